/** What is not as the record of an attachment says, in sentences; pure. */
import type { AttachmentRecord } from '../../../schemas/record.ts';
import type { Inside } from './inside.ts';
import type { Life } from './life.ts';

export type Checked = {
  readonly life: Life;
  readonly isVf: boolean;
  /** Absent if its link is not in its sandbox, or if it has none. */
  readonly inside?: Inside;
  /** Addresses of the record that the store does not hold for it. */
  readonly missing: readonly string[];
};

/** Not kept in records: settings of the PF, MAC and MTU as ADD made them, routes, and what an IPAM plugin gave. */
export const NOT_CHECKED =
  'Not checked: what records do not keep, which are the settings through the PF, MAC, MTU, routes, and addresses that an IPAM plugin gave. CHECK of the runtime does.';

export function differingIn(record: AttachmentRecord, checked: Checked): string[] {
  const { life, isVf, missing } = checked;
  return [
    ...(life.why ? [capitalized(life.why)] : []),
    ...(isVf ? [] : [`${record.device} is no VF any more`]),
    ...(life.state === 'living' ? ofLink(record, checked) : []),
    ...missing.map((address) => `The store in ${record.addresses.dataDir} does not hold ${address} for it`),
  ];
}

function ofLink(
  { attachment: { ifName }, device, addresses, before }: AttachmentRecord,
  { inside }: Checked,
) {
  if (!before.link) return [];
  if (!inside) return [`The link of ${device} is not seen in its namespace`];
  const { link, network } = inside;
  const has = new Set(network.addresses.map((address) => address.split('/')[0]));
  return [
    ...(link.name === ifName ? [] : [`The name of the interface is ${link.name}, wanted ${ifName}`]),
    ...(link.isUp ? [] : [`The state of ${link.name} is down, wanted up`]),
    ...addresses.held.filter((one) => !has.has(one)).map((one) => `${link.name} has no address ${one}`),
  ];
}

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
