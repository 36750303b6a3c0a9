/** The port Delegates over one IPAM plugin, `static-pool`, which has state of its own. */
import type { Attachment } from '../../schemas/attachment.ts';
import { CniError } from '../../schemas/fault.ts';
import type { Delegate } from '../../schemas/record.ts';
import type { Result } from '../../schemas/result.ts';
import type { Delegates } from '../../src/attachment/ports.ts';
import type { Steps } from '../../src/model/steps.ts';

export const DELEGATE = 'static-pool';

export type MemoryDelegate = Delegates & {
  /** What it has given, by `<containerId>/<ifName>`. */
  readonly given: Map<string, string>;
  /** Whose command it is: a plugin learns it by its environment. */
  caller: Pick<Attachment, 'containerId' | 'ifName'>;
  /** What it answers besides the address. */
  more: Partial<Result>;
  isFull: boolean;
};

const nameOf = ({ containerId, ifName }: MemoryDelegate['caller']) => `${containerId}/${ifName}`;

export function memoryDelegate(steps: Steps): MemoryDelegate {
  const given = new Map<string, string>();
  const fail = (reason: string): never => {
    throw new CniError('ipam-plugin', `The IPAM plugin ${DELEGATE} failed: ${reason}`);
  };
  const found = ({ type }: Delegate) => {
    steps.mustLive();
    if (type !== DELEGATE) throw new CniError('netconf', `ipam.type: there is no plugin ${type}`);
  };
  const take = (sentence: string, effect: () => void) =>
    steps.take(`${DELEGATE}: ${sentence}`, effect, () => fail('out of order'));

  const delegate: MemoryDelegate = {
    given,
    caller: { containerId: 'pod-a', ifName: 'net1' } as Attachment,
    more: {},
    isFull: false,
    mustExist: found,
    async add(asked) {
      found(asked);
      if (delegate.isFull) fail('no address is left');
      const address = `192.0.2.${given.size + 10}/24`;
      take('ADD', () => void given.set(nameOf(delegate.caller), address));
      return { interfaces: [], ips: [{ address, gateway: '192.0.2.1' }], routes: [], ...delegate.more };
    },
    async del(asked, { attachment }) {
      found(asked);
      take('DEL', () => void given.delete(nameOf(attachment)));
    },
    async check(asked) {
      found(asked);
      if (!given.has(nameOf(delegate.caller))) fail('nothing is given');
    },
    async ask(asked, command) {
      found(asked);
      if (command === 'STATUS' && delegate.isFull) fail('no address is left');
      if (command === 'GC') take('GC', () => collect(given, asked));
    },
  };
  return delegate;
}

type Pair = { readonly containerID: string; readonly ifname: string };

function collect(given: Map<string, string>, { netconf }: Delegate): void {
  const valid = (netconf['cni.dev/valid-attachments'] ?? []) as Pair[];
  const kept = valid.map(({ containerID, ifname }) => `${containerID}/${ifname}`);
  for (const name of [...given.keys()].filter((one) => !kept.includes(one))) given.delete(name);
}
