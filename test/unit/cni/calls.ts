/** Calls of the plugin as a runtime makes them, and its answers. */
import { expect } from 'vitest';
import { rangeSetsOf } from '../../../ipam/range-set.ts';
import { type Plugin, runPlugin } from '../../../src/cni/plugin.ts';
import { type CheckRanges, requestOf as parsed, type Request } from '../../../src/cni/request.ts';

export type Run = Plugin<Request>['run'];

export const MINIMAL = { cniVersion: '1.1.0', name: 'net', type: 'sriov', deviceID: '0000:01:10.0' };

const ENV = {
  CNI_CONTAINERID: 'pod-a',
  CNI_NETNS: '/run/netns/a',
  CNI_IFNAME: 'net1',
  CNI_PATH: '/opt/cni/bin',
};

export const checkRanges: CheckRanges = (ipam, ipRanges) => void rangeSetsOf(ipam, ipRanges);

export type Call = {
  readonly command?: string;
  /** Text goes to stdin as it is. */
  readonly conf?: object | string;
  readonly env?: Readonly<Record<string, string | undefined>>;
};

/** Runs one command; whatever it prints is checked to be one JSON document. */
export async function answerOf({ command = 'ADD', conf = MINIMAL, env = {} }: Call, run: Run) {
  const stdin = typeof conf === 'string' ? conf : JSON.stringify(conf);
  const input = { env: { CNI_COMMAND: command, ...ENV, ...env }, readStdin: () => stdin };
  const { stdout, exitCode, cause } = await runPlugin(input, pluginOf(run));
  expect(stdout === '' || stdout.endsWith('}\n')).toBe(true);
  return { answer: stdout === '' ? undefined : JSON.parse(stdout), exitCode, stdout, cause };
}

export function pluginOf(run: Run): Plugin<Request> {
  return { requestOf: (call) => parsed(call, checkRanges), run };
}

/** What the command asks for, as the plugin understood it. */
export async function requestOf(call: Call): Promise<Request> {
  const requests: Request[] = [];
  const { answer } = await answerOf(call, async (request) => {
    requests.push(request);
    return undefined;
  });
  const [request] = requests;
  if (!request) throw new Error(`Refused: ${JSON.stringify(answer)}`);
  return request;
}

export const notReached: Run = () => Promise.reject(new Error('The command was run'));
