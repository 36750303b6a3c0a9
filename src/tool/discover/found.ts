/** What `sriov discover` tells of a machine. */
import type { AttachmentRecord } from '../../../schemas/record.ts';
import { isForUserspace, type ShownByPf } from '../../attachment/observed.ts';
import type { Nic } from '../../host/nics.ts';
import { type Holder, holderOf } from '../holder.ts';

export type FoundVf = {
  readonly address: string;
  readonly pf: string;
  readonly index: number;
  readonly driver?: string;
  readonly link?: string;
  readonly iommuGroup?: string;
  /** As the PF shows them. */
  readonly settings?: ShownByPf;
  readonly holder?: Holder;
  /** ADD has not ended, or a DEL has begun. */
  readonly isUnfinished?: true;
};

export type FoundNic = Omit<Nic, 'vfs' | 'pf'> & {
  readonly vfs?: { readonly possible: number; readonly made: number };
  /** Why no VF of it can be attached. */
  readonly obstacle?: string;
};

export type Found = { readonly nics: readonly FoundNic[]; readonly vfs: readonly FoundVf[] };

/** `shown` is what each PF shows of its VFs, by address and index. */
export type Sight = {
  readonly nics: readonly Nic[];
  readonly shown: ReadonlyMap<string, readonly (ShownByPf | undefined)[]>;
  readonly records: readonly AttachmentRecord[];
};

export function foundIn({ nics, shown, records }: Sight): Found {
  const byAddress = new Map<string, Nic>(nics.map((nic) => [nic.address, nic]));
  const holders = new Map<string, AttachmentRecord>(records.map((record) => [record.device, record]));
  const vfs = nics.flatMap(({ address: pf, vfs: { addresses } = { addresses: [] } }) =>
    addresses.flatMap((address, index) => {
      const vf = address && byAddress.get(address);
      if (!vf) return [];
      const settings = shown.get(pf)?.[index];
      const record = holders.get(address);
      return [vfOf({ vf, pf, index }, { settings, record })];
    }),
  );
  return { nics: nics.filter(({ pf }) => pf === undefined).map(nicOf), vfs };
}

function nicOf({ vfs, pf: _, ...nic }: Nic): FoundNic {
  const obstacle = obstacleOf({ ...nic, ...(vfs && { vfs }) });
  return {
    ...nic,
    ...(vfs && { vfs: { possible: vfs.possible, made: vfs.addresses.length } }),
    ...(obstacle && { obstacle }),
  };
}

type Place = { readonly vf: Nic; readonly pf: string; readonly index: number };
type Seen = { readonly settings: ShownByPf | undefined; readonly record: AttachmentRecord | undefined };

function vfOf({ vf, pf, index }: Place, { settings, record }: Seen): FoundVf {
  const { address, driver, links, iommuGroup } = vf;
  const [link] = links;
  return {
    address,
    pf,
    index,
    ...(driver && { driver }),
    ...(link && { link }),
    ...(iommuGroup && { iommuGroup }),
    ...(settings && { settings }),
    ...(record && { holder: holderOf(record) }),
    ...(record?.isUnfinished && { isUnfinished: true }),
  };
}

const VIRTUAL = /^(virtio|vmxnet3|xen|hv_netvsc|ena$)/;

export const isVirtual = (driver = '') => VIRTUAL.test(driver);

function obstacleOf({ address, driver, vfs, isUp, links }: Nic): string | undefined {
  if (isVirtual(driver)) return 'a virtual card, which has no VFs';
  if (!vfs)
    return 'no SR-IOV capability: the card has none, or the firmware of card or machine has it switched off';
  if (vfs.possible === 0)
    return "the card's firmware allows no VFs: raise their number with its vendor's tool";
  if (vfs.addresses.length > 0) return undefined;
  if (!driver) return 'no driver has it: load the one of the card';
  if (isForUserspace({ driver }))
    return `${driver} has it, which makes no VFs: give it to the driver of the card`;
  const up = isUp === false && links[0] ? `ip link set ${links[0]} up; ` : '';
  return `no VFs made: ${up}echo ${Math.min(vfs.possible, 4)} > /sys/bus/pci/devices/${address}/sriov_numvfs`;
}
