/** Names and contents of the store's files: upstream host-local's, and two directories of our own (see README.md). */
import type { Attachment } from '../schemas/attachment.ts';
import { type Ip, ipText } from '../schemas/ip.ts';
import { type Holder, NOBODY } from './reservations.ts';

export const directoryOf = (network: string, dataDir: string) => `${dataDir}/${network}`;

export const lockOf = (directory: string) => `${directory}/lock`;

export const fileOf = (directory: string, address: Ip) => `${directory}/${ipText(address)}`;

export const lastReservedFileOf = (directory: string, setIndex: number) =>
  `${directory}/last_reserved_ip.${setIndex}`;

/** A directory by itself, so that listing it is cheap however many addresses are held. */
export const draftsOf = (directory: string) => `${directory}/.reserving`;

/** What is remembered of all reservations, where they are many. */
export const ownersOf = (directory: string) => `${directory}/.holders`;

export function contentOf({ containerId, ifName }: Attachment): string {
  return `${containerId}\r\n${ifName}`;
}

/** What libcni lets be a container id and an interface name. Without bytes that are no UTF-8: Node reads them as U+FFFD. */
const CONTAINER_ID = /^[a-zA-Z0-9][\w.-]*$/;
const IF_NAME = /^[^\s/:\p{Cc}\ufffd]{1,15}$/u;

/**
 * Trimmed on both sides as host-local does; a bare container id is from before 2018. What has not this form is empty, since
 * its writer died, or damaged: it names nobody.
 */
export function holderOf(content: string): Holder {
  const [containerId = '', ifName] = content.trim().split(/\r?\n/);
  const isWhole = CONTAINER_ID.test(containerId) && (ifName === undefined || IF_NAME.test(ifName));
  return isWhole ? { containerId, ifName } : NOBODY;
}

/**
 * Never the same twice, so that nobody meets another's unfinished file. The container id comes first, because it
 * cannot contain the separator; an interface name can.
 */
export function draftNameOf({ containerId, ifName }: Attachment): string {
  return `${containerId}@${ifName}@${process.pid}-${process.hrtime.bigint()}`;
}

export function draftHolderOf(name: string): Holder {
  const [containerId = '', ...rest] = name.split('@');
  return { containerId, ifName: rest.slice(0, -1).join('@') };
}
