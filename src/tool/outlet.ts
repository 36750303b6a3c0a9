/** Where text goes whose reader may leave, or whose disk may fill: nothing that the tool does depends on it. */

export type Outlet = {
  /** Never throws. After the first text that could not be written it writes no more. */
  readonly write: (text: string) => void;
  /** Why a text was lost; undefined if none was. */
  readonly loss: () => NodeJS.ErrnoException | undefined;
};

export function outletTo(write: (text: string) => void): Outlet {
  let loss: NodeJS.ErrnoException | undefined;
  return {
    loss: () => loss,
    write(text) {
      if (loss) return;
      try {
        write(text);
      } catch (cause) {
        loss = cause as NodeJS.ErrnoException;
      }
    },
  };
}
