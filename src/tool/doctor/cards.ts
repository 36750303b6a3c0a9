/** PFs: what each has to be for its VFs to be attached. */
import { isForUserspace } from '../../attachment/observed.ts';
import type { PfNic } from '../../host/node/pfs.ts';
import { bindingDriver, deviceOf, givingBack, quoted, whoHasLink } from './cures.ts';
import { counted, type Outcome, ok, problem, warning, wrongOr } from './finding.ts';

export type CardFacts = { readonly pfs: readonly PfNic[] };

type CardCheck = {
  readonly well: (pfs: readonly PfNic[]) => Outcome;
  readonly wrong: (pf: PfNic, all: readonly PfNic[]) => Outcome | undefined;
};

export function cardOutcomes({ pfs }: CardFacts): Outcome[] {
  if (pfs.length === 0) return [ok('pf-driver', 'there is no PF to look at')];
  return CHECKS.flatMap(({ well, wrong }) =>
    wrongOr(
      pfs.flatMap((pf) => wrong(pf, pfs) ?? []),
      well(pfs),
    ),
  );
}

export const pfText = ({ links: [link], address }: Pick<PfNic, 'links' | 'address'>) =>
  link ? `${link} (${address})` : address;

const namesOf = (pfs: readonly PfNic[]) => pfs.map(pfText).join(', ') || 'none';

const made = ({ vfs }: PfNic) => vfs.addresses.length;

const CHECKS: readonly CardCheck[] = [
  {
    well: (pfs) => ok('pf-driver', `${counted(pfs.length, 'PF has', 'PFs have')} a driver`),
    wrong: driverless,
  },
  { well: () => ok('pf-firmware', 'the firmware of each PF allows VFs'), wrong: withoutPossibleVfs },
  {
    well: (pfs) =>
      ok(
        'pf-vfs',
        `VFs are made: ${pfs.map((pf) => `${made(pf)} of ${pf.vfs.possible}`).join(', ') || 'none'}`,
      ),
    wrong: withoutVfs,
  },
  { well: (pfs) => ok('pf-up', `no PF with VFs is down: ${namesOf(pfs.filter(made))}`), wrong: down },
  { well: () => ok('pf-carrier', 'no PF with VFs lacks a carrier'), wrong: withoutCarrier },
  { well: () => ok('pf-link', 'each PF with VFs has its network interface here'), wrong: withoutLink },
  { well: () => ok('pf-autoprobe', 'new VFs get their driver'), wrong: notBinding },
  { well: () => ok('pf-switchdev', 'no PF is in switchdev mode'), wrong: switchdev },
];

function driverless(pf: PfNic): Outcome | undefined {
  const { driver, address } = pf;
  if (driver === undefined)
    return problem('pf-driver', `No driver has the PF ${address}: it makes no VFs.`, [
      bindingDriver(address),
    ]);
  if (!isForUserspace({ driver })) return undefined;
  return warning(
    'pf-driver',
    `${driver} has the PF ${address}, so that a program drives it: nothing of its VFs can be set through it.`,
    givingBack(address),
  );
}

/** PCI vendor of Mellanox. */
const MELLANOX = /^15b3:/;

function withoutPossibleVfs(pf: PfNic): Outcome | undefined {
  if (pf.vfs.possible > 0) return undefined;
  const cure = MELLANOX.test(pf.id)
    ? `mstconfig -d ${pf.address} set SRIOV_EN=1 NUM_OF_VFS=8 && reboot`
    : "Raise the number of VFs in the card's own set-up at boot, or with its vendor's tool.";
  return warning('pf-firmware', `The firmware of ${pfText(pf)} allows no VFs.`, [cure]);
}

const FEW = 4;

/** Of those that could have VFs while none has any. */
function mostPromising(all: readonly PfNic[]): PfNic | undefined {
  if (all.some((pf) => made(pf) > 0)) return undefined;
  const able = all.filter((pf) => pf.vfs.possible > 0 && pf.driver && !isForUserspace(pf));
  return able.find(({ hasCarrier }) => hasCarrier) ?? able[0];
}

/** Their PF has to be up before they are made: igb's are deaf otherwise. */
function withoutVfs(pf: PfNic, all: readonly PfNic[]): Outcome | undefined {
  const { possible } = pf.vfs;
  if (pf !== mostPromising(all)) return undefined;
  const [link] = pf.links;
  return problem(
    'pf-vfs',
    `No VFs are made, of ${possible} possible at ${pfText(pf)}: they have to be made after every boot. If the kernel refuses (dmesg: "not enough MMIO resources"), boot it with pci=realloc.`,
    [
      ...(link && pf.isUp === false ? [`ip link set ${quoted(link)} up`] : []),
      `echo ${Math.min(possible, FEW)} > ${deviceOf(pf.address)}/sriov_numvfs`,
    ],
  );
}

/** From notes/drivers.md and notes/lab.md. */
function down(pf: PfNic): Outcome | undefined {
  const [link] = pf.links;
  if (!link || made(pf) === 0 || pf.isUp !== false) return undefined;
  const again =
    pf.driver === 'igb'
      ? [
          `echo 0 > ${deviceOf(pf.address)}/sriov_numvfs && echo ${made(pf)} > ${deviceOf(pf.address)}/sriov_numvfs  # only while no pod has a VF of it`,
        ]
      : [];
  const deaf =
    again.length > 0 ? ' Those that were made while it was down stay deaf until they are made anew.' : '';
  return problem(
    'pf-up',
    `${pfText(pf)} is down: its ${counted(made(pf), 'VF')} may have no carrier.${deaf}`,
    [`ip link set ${quoted(link)} up`, ...again],
  );
}

function withoutCarrier(pf: PfNic): Outcome | undefined {
  const [link] = pf.links;
  if (!link || made(pf) === 0 || !pf.isUp || pf.hasCarrier !== false) return undefined;
  return warning('pf-carrier', `${pfText(pf)} has no carrier: its VFs reach each other at most.`, [
    `ethtool ${quoted(link)}  # then cable, transceiver and port of the switch`,
  ]);
}

function withoutLink(pf: PfNic): Outcome | undefined {
  if (made(pf) === 0 || pf.links.length > 0 || !pf.driver || isForUserspace(pf)) return undefined;
  return warning(
    'pf-link',
    `The PF ${pf.address} has no network interface here: VLAN, MAC and the like of its VFs cannot be set. Somebody moved it into a namespace.`,
    [whoHasLink(pf.address)],
  );
}

function notBinding(pf: PfNic): Outcome | undefined {
  if (pf.bindsVfs !== false) return undefined;
  return warning('pf-autoprobe', `New VFs of ${pfText(pf)} get no driver: somebody has switched that off.`, [
    `echo 1 > ${deviceOf(pf.address)}/sriov_drivers_autoprobe`,
  ]);
}

function switchdev(pf: PfNic): Outcome | undefined {
  if (!pf.isSwitchdev) return undefined;
  return problem(
    'pf-switchdev',
    `${pfText(pf)} is in switchdev mode: its VFs are refused, since they are set up through their representors (ovs-cni, accelerated-bridge-cni).`,
    [`devlink dev eswitch set pci/${pf.address} mode legacy`],
  );
}
