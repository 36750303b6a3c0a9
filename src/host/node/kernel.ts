import { entriesOf } from '../sysfs-file.ts';
import { fileAt, isThere } from './files.ts';
import { COMMAND_LINE, IOMMU_TABLES, KERNEL_RELEASE, OS_RELEASE } from './places.ts';

/** Whose words for packages and boot loader are to be used. */
export type Distribution = 'debian' | 'rhel' | 'other';

export type IommuTable = keyof typeof IOMMU_TABLES;

export type Kernel = {
  /** As `uname -r`. */
  readonly release: string;
  readonly commandLine: string;
  /** `dmar0`, `ivhd0`, ... that the kernel uses. */
  readonly iommus: readonly string[];
  /** The firmware offers an IOMMU. */
  readonly iommuTable?: IommuTable;
};

const textOf = (path: string) => fileAt(path)?.text.trim() ?? '';

export function kernelOf(sys: string): Kernel {
  const tables = Object.entries(IOMMU_TABLES) as [IommuTable, string][];
  const [table] = tables.find(([, path]) => isThere(`${sys}/${path}`)) ?? [];
  return {
    release: textOf(KERNEL_RELEASE),
    commandLine: textOf(COMMAND_LINE),
    iommus: entriesOf(`${sys}/class/iommu`),
    ...(table && { iommuTable: table }),
  };
}

export const distribution = () => distributionIn(textOf(OS_RELEASE));

const FAMILIES: readonly (readonly [Distribution, RegExp])[] = [
  ['debian', /\b(debian|ubuntu)\b/],
  ['rhel', /\b(rhel|fedora|centos)\b/],
];

/** From os-release(5). */
export function distributionIn(text: string): Distribution {
  const ids = text.split('\n').filter((line) => /^ID(_LIKE)?=/.test(line));
  return FAMILIES.find(([, pattern]) => ids.some((line) => pattern.test(line)))?.[0] ?? 'other';
}
