/** What the doctor says: one sentence for each thing it looked at. */

export const VERDICTS = ['problem', 'warning', 'not checked', 'ok'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** From the firmware to the pod. */
export const GROUPS = {
  kernel: 'Firmware and kernel',
  cards: 'Cards',
  vfs: 'VFs',
  programs: 'Programs on the node',
  cni: 'CNI directories',
  interference: 'What may interfere',
  records: 'What is recorded',
  configuration: 'This configuration',
} as const;
export type Group = keyof typeof GROUPS;

export type Outcome = {
  /** A name that stays the same from release to release. */
  readonly check: string;
  readonly verdict: Verdict;
  readonly message: string;
  /** Commands that end it, or a sentence where none can. */
  readonly cure?: readonly string[];
};

export type Finding = Outcome & { readonly group: Group };

export const ok = (check: string, message: string): Outcome => ({ check, verdict: 'ok', message });

export const problem = (check: string, message: string, cure: readonly string[] = []): Outcome =>
  outcome({ check, verdict: 'problem', message }, cure);

export const warning = (check: string, message: string, cure: readonly string[] = []): Outcome =>
  outcome({ check, verdict: 'warning', message }, cure);

export const notChecked = (check: string, message: string): Outcome => ({
  check,
  verdict: 'not checked',
  message,
});

const outcome = (told: Outcome, cure: readonly string[]): Outcome =>
  cure.length > 0 ? { ...told, cure } : told;

/** What is wrong, or else that nothing is. */
export const wrongOr = (wrong: readonly Outcome[], well: Outcome): readonly Outcome[] =>
  wrong.length > 0 ? wrong : [well];

/** A question has its mark already. */
export const sentence = (text: string) => (/[.?]$/.test(text) ? text : `${text}.`);

/** `1 VF`, `7 VFs`. */
export const counted = (count: number, one: string, several = `${one}s`) =>
  `${count} ${count === 1 ? one : several}`;
