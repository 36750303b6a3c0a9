/** One command as the plugin understood it: environment and stdin, checked. */
import type { Attachment } from './attachment.ts';
import type { DelConf, NetConf } from './netconf.ts';
import type { Result } from './result.ts';
import type { Mac, NetworkName } from './words.ts';

export type AddRequest = {
  readonly attachment: Attachment;
  /** CNI_NETNS, as the runtime gave it: the result repeats it. */
  readonly sandbox: string;
  readonly conf: NetConf;
  /** `MAC` of CNI_ARGS. */
  readonly macArgument?: Mac | undefined;
};

export type CheckRequest = AddRequest & { readonly prevResult: Result | undefined };

export type DelRequest = {
  readonly attachment: Attachment;
  readonly sandbox?: string | undefined;
  readonly conf: DelConf;
};

export type GcRequest = {
  readonly network: NetworkName;
  readonly conf: DelConf;
  /** Undefined: the runtime said nothing about them, which is not the same as "none". */
  readonly valid: readonly { readonly containerID: string; readonly ifname: string }[] | undefined;
};
