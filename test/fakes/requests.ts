/** Requests as the protocol side makes them from a network configuration. */
import type { Attachment } from '../../schemas/attachment.ts';
import { decode } from '../../schemas/decode.ts';
import { DelConf, parseNetConf } from '../../schemas/netconf.ts';
import type { AddRequest, CheckRequest, DelRequest, GcRequest } from '../../schemas/request.ts';
import type { Result } from '../../schemas/result.ts';
import { ContainerId, IfName, Mac, NetworkName } from '../../schemas/words.ts';
import { FIRST_VF } from './machine.ts';

export type Keys = Readonly<Record<string, unknown>>;
export type Call = {
  readonly conf?: Keys;
  readonly pod?: string;
  readonly ifName?: string;
  readonly macArgument?: string;
};

/** The network of the tutorials: its gateway lies outside its subnet. */
export const TUTORIAL_IPAM = {
  type: 'host-local',
  subnet: '10.20.30.0/25',
  routes: [{ dst: '0.0.0.0/0' }],
  gateway: '10.20.10.1',
};

const keysOf = ({ conf = {} }: Call) => ({
  name: 'sriov-network',
  type: 'sriov',
  deviceID: FIRST_VF,
  ...conf,
});

function attachmentOf({ pod = 'pod-a', ifName = 'net1', ...call }: Call): Attachment {
  return {
    network: NetworkName.parse(keysOf(call).name),
    containerId: ContainerId.parse(pod),
    ifName: IfName.parse(ifName),
  };
}

const sandboxOf = ({ pod = 'pod-a' }: Call) => `/run/netns/${pod}`;

export function addRequest(call: Call = {}): AddRequest {
  return {
    attachment: attachmentOf(call),
    sandbox: sandboxOf(call),
    conf: parseNetConf(keysOf(call)),
    ...(call.macArgument && { macArgument: Mac.parse(call.macArgument) }),
  };
}

export function checkRequest(call: Call, prevResult: Result | undefined): CheckRequest {
  return { ...addRequest(call), prevResult };
}

/** Without a sandbox: as runtimes call when it is gone. */
export function delRequest(call: Call & { readonly isWithoutSandbox?: boolean } = {}): DelRequest {
  return {
    attachment: attachmentOf(call),
    ...(!call.isWithoutSandbox && { sandbox: sandboxOf(call) }),
    conf: decode(DelConf, keysOf(call), 'netconf'),
  };
}

export function gcRequest(valid: GcRequest['valid'], call: Call = {}): GcRequest {
  const conf = decode(DelConf, keysOf(call), 'netconf');
  return { network: conf.name, conf, valid };
}
