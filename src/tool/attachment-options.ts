/** Options that tell of an attachment. A value that the plugin would refuse is refused as that of the option. */
import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import * as z from 'zod/mini';
import { ContainerId, IfName, PciAddress } from '../../schemas/words.ts';

export const WHERE_VFS_ARE = 'sriov discover shows the VFs of this machine';

export const fileOption = () =>
  new Option(
    '-f, --file <file>',
    'network configuration: JSON, a list, or a NetworkAttachmentDefinition; - for standard input',
  );

export const deviceOption = () =>
  new Option(
    '-d, --device <address>',
    'PCI address of the VF, as the device plugin would choose it',
  ).argParser(parserOf(PciAddress, ` ${WHERE_VFS_ARE}.`));

export const ifNameOption = () =>
  new Option('-i, --ifname <name>', 'name of the interface in the pod')
    .default('net1')
    .argParser(parserOf(IfName));

/** Of a namespace that is told by its name, as `ip netns` has them, or by a path. */
export const netnsPath = (netns: string) => (netns.includes('/') ? resolve(netns) : `/run/netns/${netns}`);

export const containerIdOption = () =>
  new Option(
    '-c, --container-id <id>',
    'CNI_CONTAINERID (default: made from the name of the namespace)',
  ).argParser(parserOf(ContainerId));

function parserOf(word: z.core.$ZodType<string>, more = '') {
  return (text: string): string => {
    const { data, error } = z.safeParse(word, text);
    if (data !== undefined) return data;
    const expected = error?.issues.map(({ message }) => message).join(', ');
    throw new InvalidArgumentError(`Expected ${expected}.${more}`);
  };
}
