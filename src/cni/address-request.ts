/** What an IPAM plugin is asked: environment and standard input -> one checked request. */
import type { Attachment } from '../../schemas/attachment.ts';
import { decode } from '../../schemas/decode.ts';
import { type CniArguments, parseIdentity, parseRequestedIps } from '../../schemas/environment.ts';
import { type DelConf, IpamNetConf, NamedConf, parseOwnIpam } from '../../schemas/partial-conf.ts';
import type { DelRequest, GcRequest, StatusRequest } from '../../schemas/request.ts';
import { parsePrevResult, type Result } from '../../schemas/result.ts';
import {
  type Call,
  type CheckRanges,
  delRequest,
  gcRequest,
  mustExist,
  mustHaveSoundRanges,
} from './request.ts';
import { together } from './together.ts';

export type AddressRequest =
  | ({ readonly command: 'ADD' | 'CHECK' } & AddressWish)
  | ({ readonly command: 'DEL' } & DelRequest)
  | ({ readonly command: 'GC' } & GcRequest)
  | ({ readonly command: 'STATUS' } & StatusRequest<DelConf>);

export type AddressWish = {
  readonly attachment: Attachment;
  readonly conf: IpamNetConf;
  readonly cniArgs: Pick<CniArguments, 'ips'>;
  readonly prevResult: Result | undefined;
};

export function addressRequestOf(call: Call, checkRanges: CheckRanges): AddressRequest {
  mustExist(call);
  return parsers[call.command](call, checkRanges);
}

const parsers: {
  [C in AddressRequest['command']]: (call: Call, checkRanges: CheckRanges) => AddressRequest;
} = {
  ADD: (...given) => ({ command: 'ADD', ...wishOf(...given) }),
  CHECK: (...given) => ({ command: 'CHECK', ...wishOf(...given) }),
  DEL: (call) => ({ command: 'DEL', ...delRequest(call) }),
  GC: (call) => ({ command: 'GC', ...gcRequest(call) }),
  STATUS: (...given) => ({ command: 'STATUS', ...statusOf(...given) }),
};

function statusOf({ json }: Call, checkRanges: CheckRanges): StatusRequest<DelConf> {
  const [conf, ipam] = together(
    () => decode(NamedConf, json, 'netconf'),
    () => parseOwnIpam(json),
    () => mustHaveSoundRanges(json, checkRanges),
  );
  return { network: conf.name, conf, ipam };
}

function wishOf({ env, json }: Call, checkRanges: CheckRanges): AddressWish {
  const [identity, conf, ips, prevResult] = together(
    () => parseIdentity(env),
    () => decode(IpamNetConf, json, 'netconf'),
    () => parseRequestedIps(env),
    () => parsePrevResult(json),
    () => mustHaveSoundRanges(json, checkRanges),
  );
  const attachment = { network: conf.name, ...identity };
  return { attachment, conf, cniArgs: { ips }, prevResult };
}
