/** What the bench measures, as bench.json has it. */
export type Spread = { readonly medianMs: number; readonly p90Ms: number };

export type Figures = {
  readonly machine: string;
  /** By `COMMAND, contestant`. */
  readonly commands: Readonly<Record<string, Spread>>;
  readonly families: Readonly<Record<string, Spread>>;
  /** Spans of ADD and DEL, in their order. */
  readonly budget: Record<
    string,
    readonly { readonly name: string; readonly fromMs: number; readonly ms: number }[]
  >;
  /** Of one ADD; `survivors` of 1, 2, ... at once within 50 MiB. */
  readonly resources: Record<
    string,
    {
      readonly cpuMs: number;
      readonly mebibytes: number;
      readonly mebibytesOfAll: number;
      readonly survivors: readonly number[];
      readonly throttledMs: number;
    }
  >;
  /** By contestant, addresses held, and command. */
  readonly stores: Readonly<Record<string, Readonly<Record<number, Readonly<Record<string, Spread>>>>>>;
  /** Milliseconds until all of 110 ADDs have ended, by contestant and addresses held. */
  readonly parallel: Readonly<Record<string, Readonly<Record<number, number>>>>;
  /** Milliseconds until 110 that only start and end have ended. */
  readonly startsMs: number;
  /** On real VFs. `atOnce`: milliseconds until all 14 are attached, by contestant. */
  readonly vm: {
    readonly commands: Readonly<Record<string, Spread>>;
    readonly atOnce: Readonly<Record<string, number>>;
  };
};
