import type { ContainerId, IfName, NetworkName } from './words.ts';

/** What the CNI specification says identifies an attachment; it owns a VF and addresses. */
export type Attachment = {
  readonly network: NetworkName;
  readonly containerId: ContainerId;
  readonly ifName: IfName;
};

export function isSameAttachment(one: Attachment, other: Attachment): boolean {
  return (
    one.network === other.network && one.containerId === other.containerId && one.ifName === other.ifName
  );
}

/** What a DEL asks for. Its configuration may be lost, and the network's name with it. */
export type Sought = Omit<Attachment, 'network'> & { readonly network?: NetworkName | undefined };

export function isSought(attachment: Attachment, sought: Sought): boolean {
  return isSameAttachment(attachment, { ...sought, network: sought.network ?? attachment.network });
}
