/** One command as the plugin understood it: environment and stdin, checked. */
import type { Attachment, Sought } from './attachment.ts';
import type { CniArguments } from './environment.ts';
import type { IpamConf } from './ipam-conf.ts';
import type { NetConf } from './netconf.ts';
import type { DelConf } from './partial-conf.ts';
import type { Delegate } from './record.ts';
import type { Result } from './result.ts';
import type { Pair } from './valid-attachments.ts';
import type { NetworkName } from './words.ts';

export type AddRequest = {
  readonly attachment: Attachment;
  /** CNI_NETNS, as the runtime gave it: the result repeats it. */
  readonly sandbox: string;
  /** Without its `ipam`, if that is for another plugin. */
  readonly conf: NetConf;
  readonly cniArgs: CniArguments;
  /** The plugin that gives the addresses instead of our store. */
  readonly delegate?: Delegate | undefined;
  /** Result of the plugins before this one in a chain; for CHECK, of all. */
  readonly prevResult?: Result | undefined;
};

export type CheckRequest = AddRequest;

export type DelRequest = {
  readonly attachment: Sought;
  readonly sandbox?: string | undefined;
  readonly conf: DelConf;
  readonly delegate?: Delegate | undefined;
};

export type GcRequest = {
  readonly network: NetworkName;
  readonly conf: DelConf;
  readonly delegate?: Delegate | undefined;
  /** Undefined: the runtime said nothing about them, which is not the same as "none". */
  readonly valid: readonly Pair[] | undefined;
};

export type StatusRequest<Conf = NetConf> = {
  readonly network: NetworkName;
  /** As ADD would have it; a device may be missing. */
  readonly conf: Conf;
  readonly ipam?: IpamConf | undefined;
  readonly delegate?: Delegate | undefined;
};
