/** What an ADD with a configuration would be refused for on this node. */
import { POLICY_FILE } from '../../../schemas/policy.ts';
import { quoted } from './cures.ts';
import { counted, notChecked, type Outcome, ok, problem, sentence, warning } from './finding.ts';

/** In the order in which they are asked. */
export type StepName = 'keys' | 'device' | 'policy' | 'holder' | 'fitness' | 'ipam' | 'addresses';

/** Something that an ADD insists on. */
export type Step = {
  readonly check: StepName;
  readonly well: string;
  /** Why it would be refused. */
  readonly refusal?: string;
  /** If more is known of it than what mostly helps. */
  readonly cure?: string;
};

export type ConfigurationFacts = {
  readonly steps: readonly Step[];
  readonly unknownKeys: readonly string[];
  /** What is no reason to refuse. */
  readonly oddities: readonly string[];
  /** Present if the configuration names no device. */
  readonly anyDevice?: {
    readonly mtu?: number;
    readonly pfs: readonly { readonly name: string; readonly mtu?: number }[];
    readonly vfs: number;
    readonly freeVfs: number;
  };
};

export function configurationOutcomes(facts: ConfigurationFacts): Outcome[] {
  const { steps, unknownKeys, oddities, anyDevice } = facts;
  return [
    ...steps.map(stepOutcome),
    ...unknownKeys.map((one) => warning('unknown-keys', sentence(one), [CORRECT])),
    ...oddities.map((one) => warning('oddities', sentence(one), [SEE])),
    ...(anyDevice ? deviceOutcomes(anyDevice) : []),
  ];
}

const CORRECT = 'Correct it in the NetworkAttachmentDefinition, or in the file of the network.';
const SEE = 'sriov discover -o wide  # cards, VFs and their settings, and who has them';

const MAKE = 'Make VFs: "Firmware and kernel" and "Cards" tell what they need.';

const CURES: Readonly<Record<StepName, string>> = {
  keys: CORRECT,
  device: SEE,
  policy: `Change the configuration, or let the administrator of the node change ${POLICY_FILE}.`,
  holder: SEE,
  fitness: SEE,
  ipam: 'Install that plugin in a directory of the runtime, or name another.',
  addresses: 'Enlarge the range, or release what "What is recorded" shows to be held for nobody.',
};

function stepOutcome({ check, well, refusal, cure = CURES[check] }: Step): Outcome {
  if (refusal === undefined) return ok(check, well);
  return problem(check, sentence(refusal), [cure]);
}

function deviceOutcomes({ mtu, pfs, vfs, freeVfs }: NonNullable<ConfigurationFacts['anyDevice']>): Outcome[] {
  const check = 'device';
  return [
    notChecked(check, 'the configuration names no deviceID, which Multus adds: --device ADDRESS tries one'),
    vfsOutcome(vfs, freeVfs),
    ...(mtu === undefined ? [] : [mtuOutcome(mtu, pfs)]),
  ];
}

function vfsOutcome(vfs: number, free: number): Outcome {
  const check = 'free-vfs';
  if (vfs === 0) return problem(check, 'This node has no VF.', [MAKE]);
  if (free === 0) return problem(check, 'No VF of this node is free.', [SEE]);
  return ok(check, `${counted(free, 'VF')} free`);
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
