import { CniError } from '../../schemas/fault.ts';

type Values<Readings extends readonly (() => unknown)[]> = {
  [Index in keyof Readings]: ReturnType<Readings[Index]>;
};

/** Takes all readings, so that all problems come out at once: as the fault of the first that failed. */
export function together<Readings extends readonly (() => unknown)[]>(
  ...readings: Readings
): Values<Readings> {
  const failed: CniError[] = [];
  const values = readings.map((read) => {
    try {
      return read();
    } catch (cause) {
      if (!(cause instanceof CniError)) throw cause;
      failed.push(cause);
      return undefined;
    }
  });
  const [first] = failed;
  if (!first) return values as Values<Readings>;
  throw new CniError(first.fault, failed.map(({ message }) => message).join('; '), {
    cause: first,
    problems: failed.flatMap(({ problems }) => problems),
  });
}
