/** Who has which VF and which addresses, so far as the answers of the plugin and the calls to it tell. */
import { expect } from 'vitest';
import { netnsOf, vfAddress } from './machine.ts';
import { IPV4, IPV6, network } from './networks.ts';
import { type Answer, addressesOf } from './outcome.ts';
import type { Snapshot } from './snapshot.ts';

/** The last has three addresses. */
const RANGES = {
  wide: IPV4,
  dual: { ranges: [[{ subnet: '10.2.0.0/24' }], [IPV6]] },
  tight: { subnet: '10.3.0.0/29', rangeEnd: '10.3.0.4' },
} as const;
export type NetworkName = keyof typeof RANGES;
export const NETWORKS = ['wide', 'dual', 'tight'] as const;
const TIGHT = 3;

export type Pod = {
  readonly vf: number;
  readonly name: string;
  readonly containerId: string;
  readonly netns: string;
  readonly netconf: ReturnType<typeof network>;
  readonly network: NetworkName;
  /** When it may first, and may last, have held an address (ms). */
  begunAt: number;
  endedAt: number;
};

export function podOf(vf: number, number: number, name: NetworkName): Pod {
  const pod = `p${vf}-${number}`;
  return {
    vf,
    name: pod,
    containerId: `c${vf}-${number}`,
    netns: netnsOf(pod),
    netconf: network({ vf, name, ipam: RANGES[name] }),
    network: name,
    begunAt: Number.POSITIVE_INFINITY,
    endedAt: Number.POSITIVE_INFINITY,
  };
}

export type Owner = { readonly pod: Pod; readonly answer: Answer };
export type Model = ReturnType<typeof createModel>;

export function createModel() {
  const owners = new Map<number, Owner>();
  const pods: Pod[] = [];
  const living = () => [...owners.values()];

  return {
    living,
    ownerOf: (vf: number) => owners.get(vf),
    begins(pod: Pod) {
      if (!pods.includes(pod)) pods.push(pod);
      pod.begunAt = Math.min(pod.begunAt, performance.now());
    },
    /** No address of a pod that lives is in the answer to another. */
    owns(pod: Pod, answer: Answer) {
      expect([pod, owners.get(pod.vf)?.pod]).toEqual([pod, undefined]);
      const held = living().flatMap((owner) => addressesOf(owner.answer));
      expect(addressesOf(answer).filter((address) => held.includes(address))).toEqual([]);
      owners.set(pod.vf, { pod, answer });
    },
    /** From now on others may have what it had. */
    leaves: ({ vf }: Pod) => void owners.delete(vf),
    holdsNothing(pod: Pod) {
      pod.endedAt = Math.min(pod.endedAt, performance.now());
    },
    /** Whether others may have held all addresses while the pod's ADD ran. */
    mayLackAddress(pod: Pod, sinceMs: number): boolean {
      const others = pods.filter((other) => other !== pod && other.network === pod.network);
      const overlapping = others.filter(
        ({ begunAt, endedAt }) => begunAt < performance.now() && endedAt > sinceMs,
      );
      return pod.network === 'tight' && overlapping.length >= TIGHT;
    },
    expectAgreement: (snapshot: Snapshot, vfs: number) => expectAgreement(living(), snapshot, vfs),
  };
}

/** While no command runs: VFs, addresses in the store and on links, and records are those of the owners and no others. */
function expectAgreement(owners: readonly Owner[], { links, pods, state }: Snapshot, vfs: number): void {
  const isHome = (vf: number) => !owners.some(({ pod }) => pod.vf === vf);
  const free = Array.from({ length: vfs }, (_, vf) => vf).filter(isHome);
  const atHome = links.filter(({ ifname }) => /^vf\d+$/.test(String(ifname)));
  expect(atHome.map(({ ifname, ifalias }) => [ifname, ifalias]).sort()).toEqual(
    free.map((vf) => [`vf${vf}`, undefined]).sort(),
  );
  const inPods = Object.entries(pods).flatMap(([pod, { links: own, addresses }]) =>
    own
      .filter(({ ifname }) => ifname !== 'lo')
      .map(({ ifname, address }) => [
        pod,
        ifname,
        address,
        ...addresses.filter((text) => /^net1 /.test(text)).sort(),
      ]),
  );
  const expected = owners.map(({ pod, answer: { ips = [] } }) => [
    pod.name,
    'net1',
    `02:00:00:00:01:${pod.vf.toString(16).padStart(2, '0')}`,
    ...ips.map(({ address }) => `net1 ${address}`).sort(),
  ]);
  expect(inPods.sort()).toEqual(expected.sort());
  expect(summaryOf(state)).toEqual(
    Object.fromEntries(
      owners.flatMap(({ pod, answer }) => [
        [`sriov-attachments/${vfAddress(pod.vf)}.json`, `${pod.network} ${pod.containerId} finished`],
        ...addressesOf(answer).map((ip) => [`networks/${pod.network}/${ip}`, `${pod.containerId}\r\nnet1`]),
      ]),
    ),
  );
}

function summaryOf(state: Snapshot['state']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(state).map(([path, content]) => [
      path,
      path.endsWith('.json') ? ownerIn(content) : content,
    ]),
  );
}

function ownerIn(record: string): string {
  const { attachment, isUnfinished } = JSON.parse(record);
  return `${attachment.network} ${attachment.containerId} ${isUnfinished ? 'unfinished' : 'finished'}`;
}
