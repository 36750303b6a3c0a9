/** What works, but hardly as it is meant: of one configuration of ours. */
import { valueAt } from '../../../schemas/decode.ts';
import { lacksIpamType, unknownKeysOf, unknownKeyText } from '../../../schemas/unknown-keys.ts';
import { defaultRouteLints, gatewayLints, type Reader } from './address-lints.ts';
import { capabilityLints } from './capabilities.ts';
import type { Sent } from './configuration.ts';
import { type Finding, findingAt } from './finding.ts';
import { keysOf } from './nodes.ts';

export function lintsOf(sent: Sent, reader: Reader): Finding[] {
  return [
    ...unknownKeyLints(sent),
    ...capabilityLints(sent),
    ...gatewayLints(sent),
    ...defaultRouteLints(sent, reader),
    ...(reader === 'anybody' ? versionLints(sent) : []),
  ];
}

/** Each is compared with all that are known. */
const MOST_TOLD = 100;

function unknownKeyLints({ json, at, atKey }: Sent): Finding[] {
  const unknown = unknownKeysOf(json).slice(0, MOST_TOLD);
  const told = unknown.map((one) => {
    const place = atKey([...keysOf(one.path), one.key]);
    return findingAt(place, 'unknown-key', { problem: unknownKeyText(one) });
  });
  if (!lacksIpamType(json)) return told;
  const said = {
    problem: 'ipam has no `type`: the interface gets no address',
    remedy: 'Add "type": "host-local", or take ipam away',
  };
  return [...told, findingAt(at(['ipam']), 'ipam-without-type', said)];
}

function versionLints({ json, at }: Sent): Finding[] {
  if (valueAt(json, ['cniVersion']) !== '1.1.0') return [];
  const problem = 'containerd 1.6 refuses results of cniVersion 1.1.0';
  const remedy = 'Use 1.0.0 if a node has it (Debian 12 does); STATUS and GC need 1.1.0';
  return [findingAt(at(['cniVersion']), 'version-for-new-runtimes', { problem, remedy })];
}
