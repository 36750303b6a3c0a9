/** Every network card of the machine, and what it has to do with SR-IOV: for a person, not for the plugin. */
import { PciAddress } from '../../schemas/words.ts';
import { entriesOf, isLinkUp, linkTarget, numberOf, textOf } from './sysfs-file.ts';

export type Nic = {
  readonly address: PciAddress;
  /** `vendor:device`, in hexadecimal. */
  readonly id: string;
  readonly driver?: string;
  /** Its links in our own network namespace. */
  readonly links: readonly string[];
  /** Absent where the machine has one node only, or the firmware does not tell. */
  readonly numaNode?: number;
  /** Mbit/s; absent while there is no carrier. */
  readonly speed?: number;
  readonly isUp?: boolean;
  readonly hasCarrier?: boolean;
  readonly mtu?: number;
  /** Absent where the kernel sees no such capability. */
  readonly vfs?: { readonly possible: number; readonly addresses: readonly (PciAddress | undefined)[] };
  /** Of a VF: its PF. */
  readonly pf?: string;
  /** The group that has to be given to a program as a whole; absent without IOMMU. */
  readonly iommuGroup?: string;
};

/** Base class 02 of PCI: network controllers. */
const NETWORK = /^0x02/;

export function nicsOf(sys: string): Nic[] {
  const root = `${sys}/bus/pci/devices`;
  return entriesOf(root)
    .filter((name) => NETWORK.test(textOf(`${root}/${name}/class`) ?? ''))
    .flatMap((name) => {
      const address = PciAddress.safeParse(name).data;
      return address ? [nicAt(`${root}/${name}`, address)] : [];
    });
}

function nicAt(path: string, address: PciAddress): Nic {
  const driver = linkTarget(`${path}/driver`);
  const numaNode = numberOf(`${path}/numa_node`);
  const links = entriesOf(`${path}/net`);
  const possible = numberOf(`${path}/sriov_totalvfs`);
  const pf = linkTarget(`${path}/physfn`);
  const iommuGroup = linkTarget(`${path}/iommu_group`);
  const [link] = links;
  return {
    address,
    id: ['vendor', 'device'].map((file) => (textOf(`${path}/${file}`) ?? '?').replace(/^0x/, '')).join(':'),
    links,
    ...(driver && { driver }),
    ...(numaNode !== undefined && numaNode >= 0 && { numaNode }),
    ...(link && linkFacts(`${path}/net/${link}`)),
    ...(possible !== undefined && { vfs: { possible, addresses: vfsOf(path) } }),
    ...(pf && { pf }),
    ...(iommuGroup && { iommuGroup }),
  };
}

/** `carrier` and `speed` of a link that is down cannot be read; the speed of one without carrier is -1. */
function linkFacts(link: string): Pick<Nic, 'speed' | 'isUp' | 'hasCarrier' | 'mtu'> {
  const isUp = isLinkUp(link);
  const [mtu, carrier, speed] = ['mtu', 'carrier', 'speed'].map((file) => numberOf(`${link}/${file}`));
  return {
    ...(isUp !== undefined && { isUp }),
    ...(mtu !== undefined && { mtu }),
    ...(carrier !== undefined && { hasCarrier: carrier === 1 }),
    ...(speed !== undefined && speed > 0 && { speed }),
  };
}

/** In the order of their index. */
function vfsOf(path: string): (PciAddress | undefined)[] {
  const made = entriesOf(path).flatMap((entry) => /^virtfn(\d+)$/.exec(entry)?.[1] ?? []);
  return made
    .map(Number)
    .sort((one, other) => one - other)
    .map((index) => PciAddress.safeParse(linkTarget(`${path}/virtfn${index}`)).data);
}
