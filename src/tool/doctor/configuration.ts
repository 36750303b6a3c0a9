/** What an ADD with a configuration would be refused for on this node. */
import { FAULTS, type Fault } from '../../../schemas/fault.ts';
import { quoted } from './cures.ts';
import { counted, notChecked, type Outcome, ok, problem, warning } from './finding.ts';

/** Something that an ADD insists on. */
export type Step = {
  readonly check: string;
  readonly well: string;
  readonly refusal?: { readonly fault: Fault; readonly message: string };
};

export type ConfigurationFacts = {
  readonly steps: readonly Step[];
  /** What is no reason to refuse. */
  readonly oddities: readonly string[];
  /** Present if the configuration names no device. */
  readonly anyDevice?: {
    readonly mtu?: number;
    readonly pfs: readonly { readonly name: string; readonly mtu?: number }[];
    readonly freeVfs: number;
  };
};

export function configurationOutcomes({ steps, oddities, anyDevice }: ConfigurationFacts): Outcome[] {
  return [
    ...steps.map(stepOutcome),
    ...oddities.map((message) => warning('oddities', message)),
    ...(anyDevice ? deviceOutcomes(anyDevice) : []),
  ];
}

function stepOutcome({ check, well, refusal }: Step): Outcome {
  if (!refusal) return ok(check, well);
  const { fault, message } = refusal;
  return problem(check, `${message.replace(/\.$/, '')}.`, [FAULTS[fault].remedy.replaceAll('`', '')]);
}

function deviceOutcomes({ mtu, pfs, freeVfs }: NonNullable<ConfigurationFacts['anyDevice']>): Outcome[] {
  const check = 'device';
  return [
    notChecked(check, 'the configuration names no deviceID, which Multus adds: --device ADDRESS tries one'),
    freeVfs > 0
      ? ok('free-vfs', `${counted(freeVfs, 'VF')} free`)
      : problem('free-vfs', 'No VF of this node is free.', ['sriov discover  # who has them']),
    ...(mtu === undefined ? [] : [mtuOutcome(mtu, pfs)]),
  ];
}

function mtuOutcome(wanted: number, pfs: NonNullable<ConfigurationFacts['anyDevice']>['pfs']): Outcome {
  const check = 'mtu';
  const small = pfs.filter(({ mtu }) => mtu !== undefined && mtu < wanted);
  if (small.length === 0) return ok(check, `each PF with VFs has the mtu ${wanted}`);
  const listed = small.map(({ name, mtu }) => `${name} has ${mtu}`).join(', ');
  const cure = small.map(({ name }) => `ip link set ${quoted(name)} mtu ${wanted}`);
  const say = small.length === pfs.length ? problem : warning;
  return say(check, `mtu ${wanted} is above that of the PF (${listed}): VFs of it are refused.`, cure);
}
