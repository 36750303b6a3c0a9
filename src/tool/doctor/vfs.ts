/** VFs: what each has to be to be attached. */
import { ZERO_MAC } from '../../../schemas/words.ts';
import { isForUserspace } from '../../attachment/observed.ts';
import type { FoundVf } from '../discover/found.ts';
import { bindingDriver, deviceOf, quoted, whoHasLink } from './cures.ts';
import { counted, type Outcome, ok, problem, warning, wrongOr } from './finding.ts';

export type VfFacts = {
  readonly vfs: readonly FoundVf[];
  /** The link of each PF, by its address. */
  readonly pfLinks: ReadonlyMap<string, string>;
};

export function vfOutcomes(facts: VfFacts): Outcome[] {
  const { vfs } = facts;
  if (vfs.length === 0) return [ok('vf-driver', 'there is no VF to look at')];
  const each = (wrong: (vf: FoundVf, facts: VfFacts) => Outcome | undefined) =>
    vfs.flatMap((vf) => wrong(vf, facts) ?? []);
  return [
    ...wrongOr(each(driverless), ok('vf-driver', `${counted(vfs.length, 'VF has', 'VFs have')} a driver`)),
    ...wrongOr(each(astray), ok('vf-link', 'each link is at home, or its record tells where')),
    ...wrongOr(each(deaf), ok('vf-mac', 'no VF of igb lacks a MAC')),
    ...wrongOr(twins(facts), ok('vf-twins', 'no two VFs of a PF have the same MAC')),
    ...wrongOr(each(unprotected), ok('vf-iommu', 'no VF is given to programs without an IOMMU')),
  ];
}

const nameOf = ({ pf, index, address }: FoundVf, { pfLinks }: VfFacts) =>
  `${address} (VF ${index} of ${pfLinks.get(pf) ?? pf})`;

function driverless(vf: FoundVf, facts: VfFacts): Outcome | undefined {
  if (vf.driver !== undefined) return undefined;
  return problem('vf-driver', `No driver has ${nameOf(vf, facts)}: an ADD of it is refused.`, [
    bindingDriver(vf.address),
  ]);
}

/** A program with a driver of its own leaves no link to look for. */
function astray(vf: FoundVf, facts: VfFacts): Outcome | undefined {
  if (vf.driver === undefined || isForUserspace(vf) || vf.link !== undefined || vf.holder) return undefined;
  return problem(
    'vf-link',
    `The link of ${nameOf(vf, facts)} is not in the host's network namespace, and no record says whose it is: another program moved it. An ADD of it is refused.`,
    [whoHasLink(vf.address)],
  );
}

/** igbvf's alone: of other drivers the PF shows no MAC until one is set. See notes/lab.md. */
function deaf(vf: FoundVf, facts: VfFacts): Outcome | undefined {
  if (vf.driver !== 'igbvf' || vf.settings?.mac !== ZERO_MAC || vf.holder) return undefined;
  const cure = vf.link ? [upAndDown(vf.link)] : [];
  return warning(
    'vf-mac',
    `The PF shows no MAC for ${nameOf(vf, facts)}: it receives nothing until its link was up once.`,
    cure,
  );
}

const upAndDown = (link: string) => `ip link set ${quoted(link)} up && ip link set ${quoted(link)} down`;

function twins(facts: VfFacts): Outcome[] {
  const known = facts.vfs.filter(({ settings }) => settings && settings.mac !== ZERO_MAC);
  const byMac = Map.groupBy(known, ({ pf, settings }) => `${pf} ${settings?.mac}`);
  return [...byMac.values()].filter(({ length }) => length > 1).map((same) => twinsOutcome(same, facts));
}

function twinsOutcome(same: readonly FoundVf[], facts: VfFacts): Outcome {
  const pf = facts.pfLinks.get(same[0]?.pf ?? '') ?? same[0]?.pf;
  const free = same.filter(({ holder }) => !holder).slice(same.every(({ holder }) => !holder) ? 1 : 0);
  return warning(
    'vf-twins',
    `${same.map(({ index }) => `VF ${index}`).join(' and ')} of ${pf} have the same MAC ${same[0]?.settings?.mac}: frames go astray. One of them has it from a pod that never got its DEL.`,
    free.flatMap(({ index, link }) => [
      `ip link set ${quoted(pf ?? '')} vf ${index} mac ${ZERO_MAC}`,
      ...(link ? [upAndDown(link)] : []),
    ]),
  );
}

function unprotected(vf: FoundVf, facts: VfFacts): Outcome | undefined {
  const { driver = '', iommuGroup } = vf;
  if (!isForUserspace(vf) || driver === 'vfio-pci' || iommuGroup === undefined) return undefined;
  const device = deviceOf(vf.address);
  return warning(
    'vf-iommu',
    `${driver} gives ${nameOf(vf, facts)} to a program, and makes no use of the IOMMU: that program reads and writes all memory of the node.`,
    [
      `modprobe vfio-pci && echo vfio-pci > ${device}/driver_override && echo ${vf.address} > ${device}/driver/unbind && echo ${vf.address} > /sys/bus/pci/drivers_probe`,
    ],
  );
}
