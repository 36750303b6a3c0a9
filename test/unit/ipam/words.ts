import type { Attachment } from '../../../schemas/attachment.ts';
import { type Ip, parseIp } from '../../../schemas/ip.ts';
import { ContainerId, IfName, NetworkName } from '../../../schemas/words.ts';

export const NET = NetworkName.parse('net');

export function owner(containerId: string, ifName = 'net1'): Attachment {
  return { network: NET, containerId: ContainerId.parse(containerId), ifName: IfName.parse(ifName) };
}

export function ip(text: string): Ip {
  const parsed = parseIp(text);
  if (!parsed) throw new Error(`no address: ${text}`);
  return parsed;
}
