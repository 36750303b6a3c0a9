/** What the plugin itself would refuse: it is asked as by STATUS, which reads what ADD reads and needs no VF. */
import { rangeSetsOf } from '../../../ipam/range-set.ts';
import { valueAt } from '../../../schemas/decode.ts';
import { CniError, type Problem, problemText } from '../../../schemas/fault.ts';
import { delegateOf, type NetConf } from '../../../schemas/netconf.ts';
import { rangesIn } from '../../../schemas/partial-conf.ts';
import { type CheckRanges, requestOf, versionOf } from '../../cni/request.ts';
import { expressed, NEWEST_VERSION, type Version } from '../../cni/versions.ts';
import { isFileName } from '../../host/run-plugin.ts';
import type { Sent } from './configuration.ts';
import { type Finding, findingAt } from './finding.ts';
import { keysOf } from './nodes.ts';

export function refusalsOf(sent: Sent): Finding[] {
  const { conf, problems } = readBy(sent);
  const isVersion = !problems.some(({ path }) => path === 'cniVersion');
  const { version, refusal } = isVersion ? versionIn(sent) : {};
  const unspoken = conf && version && refusalBy(() => mustExpress(sent, conf, version));
  const place = sent.at(['cniVersion']);
  return [
    ...wrongValues(sent, problems),
    ...delegateRefusals(sent),
    ...(refusal ? [findingAt(place, 'unsupported-version', { problem: refusal })] : []),
    ...(unspoken ? [inexpressible(sent, unspoken)] : []),
  ];
}

const checkRanges: CheckRanges = (ipam, ipRanges) => void rangeSetsOf(ipam, ipRanges);

type Read = { readonly conf?: NetConf; readonly problems: readonly Problem[] };

function readBy({ json }: Sent): Read {
  try {
    const call = { command: 'STATUS', version: NEWEST_VERSION, env: {}, json } as const;
    const request = requestOf(call, checkRanges);
    return request.command === 'STATUS' ? { conf: request.conf, problems: [] } : { problems: [] };
  } catch (cause) {
    if (!(cause instanceof CniError) || cause.problems.length === 0) throw cause;
    return { problems: cause.problems };
  }
}

/** Of a file with thousands nobody reads the others. */
const MOST_TOLD = 100;

function wrongValues(sent: Sent, problems: readonly Problem[]): Finding[] {
  const told = problems.slice(0, MOST_TOLD).map((problem) => {
    const place = sent.at(keysOf(problem.path));
    return findingAt(place, 'wrong-value', { problem: problemText(problem) });
  });
  const others = problems.length - told.length;
  if (others === 0) return told;
  return [...told, findingAt(sent.at([]), 'wrong-value', { problem: `${others} more values are wrong` })];
}

function delegateRefusals({ json, at }: Sent): Finding[] {
  const delegate = delegateOf(json);
  if (!delegate || isFileName(delegate.type)) return [];
  const problem = `ipam.type: expected the name of a plugin's file, got ${JSON.stringify(delegate.type)}`;
  return [findingAt(at(['ipam', 'type']), 'wrong-value', { problem })];
}

function refusalBy(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (cause) {
    if (!(cause instanceof CniError)) throw cause;
    return cause.message;
  }
}

function versionIn({ json }: Sent): { version?: Version; refusal?: string } {
  let version: Version | undefined;
  const refusal = refusalBy(() => {
    version = versionOf(json);
  });
  return { ...(version && { version }), ...(refusal && { refusal }) };
}

function inexpressible({ json, at }: Sent, problem: string): Finding {
  const isStated = Boolean(valueAt(json, ['cniVersion']));
  const remedy = isStated ? undefined : 'Without a cniVersion it is 0.1.0: add "cniVersion": "1.0.0"';
  return findingAt(at(['cniVersion']), 'inexpressible-result', { problem, ...(remedy && { remedy }) });
}

/** As ADD does before it changes anything; what other plugins give is known only when they have given it. */
function mustExpress({ json, isBehindOthers }: Sent, { ipam }: NetConf, version: Version): void {
  if (isBehindOthers || delegateOf(json)) return;
  const given = rangesIn(json);
  const sets = given ? rangeSetsOf(given.ipam, given.ipRanges) : [];
  const families = sets.flatMap(({ ranges: [range] }) => range?.family ?? []);
  const ips = families.map((family) => ({ address: family === 4 ? '0.0.0.0/0' : '::/0' }));
  expressed({ interfaces: [], ips, routes: (ipam?.routes ?? []).map(({ dst }) => ({ dst })) }, version);
}
