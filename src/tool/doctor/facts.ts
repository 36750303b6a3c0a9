/** Facts of each group, and what is made of them. */
import { type CardFacts, cardOutcomes } from './cards.ts';
import { type CniFacts, cniOutcomes } from './cni.ts';
import { type ConfigurationFacts, configurationOutcomes } from './configuration.ts';
import { type Finding, GROUPS, type Group, notChecked, type Outcome } from './finding.ts';
import { type InterferenceFacts, interferenceOutcomes } from './interference.ts';
import { type KernelFacts, kernelOutcomes } from './kernel.ts';
import { type ProgramFacts, programOutcomes } from './programs.ts';
import { type RecordFacts, recordOutcomes } from './records.ts';
import { type VfFacts, vfOutcomes } from './vfs.ts';

type FactsOf = {
  readonly kernel: KernelFacts;
  readonly cards: CardFacts;
  readonly vfs: VfFacts;
  readonly programs: ProgramFacts;
  readonly cni: CniFacts;
  readonly interference: InterferenceFacts;
  readonly records: RecordFacts;
  readonly configuration: ConfigurationFacts;
};

/** What could be seen, or why not. */
export type Seen<T> = { readonly facts: T } | { readonly why: string };

/** Without a configuration there is nothing to say of one. */
export type Facts = { readonly [G in Exclude<Group, 'configuration'>]: Seen<FactsOf[G]> } & {
  readonly configuration?: Seen<ConfigurationFacts>;
};

const OUTCOMES: { readonly [G in Group]: (facts: FactsOf[G]) => readonly Outcome[] } = {
  kernel: kernelOutcomes,
  cards: cardOutcomes,
  vfs: vfOutcomes,
  programs: programOutcomes,
  cni: cniOutcomes,
  interference: interferenceOutcomes,
  records: recordOutcomes,
  configuration: configurationOutcomes,
};

export function findingsOf(facts: Facts): Finding[] {
  return (Object.keys(GROUPS) as Group[]).flatMap((group) => {
    const seen = facts[group] as Seen<never> | undefined;
    return seen ? outcomesOf(group, seen).map((outcome) => ({ group, ...outcome })) : [];
  });
}

function outcomesOf<G extends Group>(group: G, seen: Seen<FactsOf[G]>): readonly Outcome[] {
  return 'why' in seen ? [notChecked(group, seen.why)] : OUTCOMES[group](seen.facts);
}
