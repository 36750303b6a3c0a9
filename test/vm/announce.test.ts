import { beforeAll, expect, test } from 'vitest';
import { someOf } from '../figures.ts';
import { type Call, TUTORIAL, useNode, VF, VF_OF_SECOND_PF } from './node.ts';

const node = useNode();

const DUAL = {
  ...TUTORIAL,
  ipam: {
    type: 'host-local',
    ranges: [
      [{ subnet: '10.20.30.0/25', rangeStart: '10.20.30.7' }],
      [{ subnet: '2001:db8::/64', rangeStart: '2001:db8::7' }],
    ],
  },
};

/** A packet of 10.20.30.7 about itself to all, and a neighbour advertisement of 2001:db8::7 to all nodes. */
const FRAMES = {
  ARP: 'ether broadcast and arp[14:4] = 0x0a141e07 and arp[24:4] = 0x0a141e07',
  NA: 'dst host ff02::1 and ip6[7] = 255 and ip6[40] = 136 and ip6[48:4] = 0x20010db8 and ip6[60:4] = 7',
};
const KINDS = Object.keys(FRAMES) as (keyof typeof FRAMES)[];

const PF_OF_PEER = '0000:02:00.0';
/** A VF of the other NIC: QEMU passes multicast of VFs on to VFs only, not to a PF, be it promiscuous. */
let peer: string;

beforeAll(async () => {
  peer = await node.linkName(VF_OF_SECOND_PF);
  await node.sh(`ip link set ${peer} up`);
});

/** Ends with the first such frame. Without immediate mode frames wait for a second, and are lost at the end. */
const capture = (kind: keyof typeof FRAMES, mac: string) =>
  `timeout 30 tcpdump -i ${peer} --immediate-mode -n -c 1 'ether src ${mac} and ${FRAMES[kind]}' >/run/${kind} 2>/run/${kind}.log &
  until grep -q 'listening on' /run/${kind}.log; do sleep 0.05; done`;

/** What the peer sees during ADD. */
async function announced(call: Call, mac: string): Promise<readonly string[]> {
  const captures = KINDS.map((kind) => capture(kind, mac)).join('\n');
  const kinds = `cd /run; wait; grep -l . ${KINDS.join(' ')}`;
  const output = await node.sh(`${captures}\n${node.script('ADD', call)} >/run/result && { ${kinds}; }`);
  return output.split('\n');
}

const MAC = '02:aa:00:00:00:01';

const PODS = [
  { what: 'its own MAC', call: { netconf: DUAL } },
  { what: 'the configured MAC', call: { netconf: { ...DUAL, mac: MAC } }, mac: MAC },
  { what: 'the MAC of CNI_ARGS', call: { netconf: DUAL, args: `MAC=${MAC}` }, mac: MAC },
  { what: 'a VLAN', call: { netconf: { ...DUAL, vlan: 100 } }, vlan: 100 },
];

test.for(someOf('announcing', PODS, { fast: 2 }))(
  'a pod with $what announces its addresses (F28, PAIN-43)',
  async ({ call, mac, vlan = 0 }) => {
    await node.sh(`ip link set ${await node.linkName(PF_OF_PEER)} vf 0 vlan ${vlan}`);
    const own = (await node.link(await node.linkName(VF))).address;
    expect(await announced(call, mac ?? own)).toEqual(KINDS);
    await node.del(call);
  },
);
