/** Requests as the protocol side makes them from a network configuration. */
import type { Attachment } from '../../schemas/attachment.ts';
import { decode } from '../../schemas/decode.ts';
import { parseArguments } from '../../schemas/environment.ts';
import { DevicelessConf, delegateOf, parseNetConf } from '../../schemas/netconf.ts';
import { DelConf, NamedConf, parseOwnIpam } from '../../schemas/partial-conf.ts';
import type {
  AddRequest,
  CheckRequest,
  DelRequest,
  GcRequest,
  StatusRequest,
} from '../../schemas/request.ts';
import { parsePrevResult, type Result } from '../../schemas/result.ts';
import { ContainerId, IfName } from '../../schemas/words.ts';
import { FIRST_VF } from '../../src/model/machine.ts';

export type Keys = Readonly<Record<string, unknown>>;
export type Call = {
  readonly conf?: Keys;
  readonly pod?: string;
  readonly ifName?: string;
  /** CNI_ARGS. */
  readonly cniArgs?: string;
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

function identityOf({ pod = 'pod-a', ifName = 'net1' }: Call): Omit<Attachment, 'network'> {
  return { containerId: ContainerId.parse(pod), ifName: IfName.parse(ifName) };
}

const sandboxOf = ({ pod = 'pod-a' }: Call) => `/run/netns/${pod}`;

export function addRequest(call: Call = {}): AddRequest {
  const keys = keysOf(call);
  const conf = parseNetConf(keys);
  return {
    attachment: { network: conf.name, ...identityOf(call) },
    sandbox: sandboxOf(call),
    conf,
    cniArgs: parseArguments({ CNI_ARGS: call.cniArgs }),
    delegate: delegateOf(keys),
    prevResult: parsePrevResult(keys),
  };
}

export function checkRequest(call: Call, prevResult: Result | undefined): CheckRequest {
  return { ...addRequest(call), prevResult };
}

/** Without a sandbox: as runtimes call when it is gone. */
export function delRequest(call: Call & { readonly isWithoutSandbox?: boolean } = {}): DelRequest {
  const keys = keysOf(call);
  const conf = decode(DelConf, keys, 'netconf');
  return {
    attachment: { network: conf.name, ...identityOf(call) },
    ...(!call.isWithoutSandbox && { sandbox: sandboxOf(call) }),
    conf,
    delegate: delegateOf(keys),
  };
}

export function gcRequest(valid: GcRequest['valid'], call: Call = {}): GcRequest {
  const keys = { ...keysOf(call), 'cni.dev/valid-attachments': valid };
  const conf = decode(NamedConf, keys, 'netconf');
  return { network: conf.name, conf, delegate: delegateOf(keys), valid };
}

export function statusRequest(call: Call = {}): StatusRequest {
  const keys = keysOf(call);
  const conf = parseNetConf(keys, DevicelessConf);
  return { network: conf.name, conf, delegate: delegateOf(keys), ipam: parseOwnIpam(keys) };
}
