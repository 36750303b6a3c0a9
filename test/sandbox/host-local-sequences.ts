/** What containers may ask of an address store, one after the other. */
import type { More } from './as-host-local.ts';

export type Step = readonly [command: 'ADD' | 'DEL', containerId: string, more?: More];
export type Sequence = {
  readonly title: string;
  readonly ipam: object;
  /** Files of the directory before, name -> content. */
  readonly files?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
};

const add = (...ids: readonly string[]): Step[] => ids.map((id) => ['ADD', id]);
const del = (...ids: readonly string[]): Step[] => ids.map((id) => ['DEL', id]);
const asking = (id: string, ...ips: string[]): Step => ['ADD', id, { conf: { runtimeConfig: { ips } } }];
const V6 = '2001:db8:1::';

export const BOTH_FAMILIES = {
  ipam: {
    ranges: [[{ subnet: '10.1.2.0/24' }], [{ subnet: `${V6}/64`, gateway: `${V6}ff` }]],
    routes: [{ dst: '0.0.0.0/0' }, { dst: '10.77.0.0/16', gw: '10.1.2.9' }, { dst: '::/0' }],
    resolvConf: '/run/resolv.conf',
  },
  steps: [...add('c1', 'c2'), ...del('c1'), ...add('c1', 'c3')],
};

export const SEQUENCES: readonly Sequence[] = [
  {
    title: 'a set of two ranges, to its end and again',
    ipam: { ranges: [[{ subnet: '10.0.0.0/30' }, { subnet: '10.0.1.0/29', gateway: '10.0.1.4' }]] },
    steps: [
      ...add('c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7'),
      ...del('c1', 'c4'),
      ...add('c8', 'c9', 'c10'),
      ...del('c2', 'c2', 'unknown'),
      ...add('c11'),
    ],
  },
  {
    title: 'the short form beside ranges',
    ipam: {
      subnet: '10.1.2.0/24',
      rangeStart: '10.1.2.10',
      rangeEnd: '10.1.2.11',
      gateway: '10.1.2.254',
      ranges: [[{ subnet: '10.5.0.0/16', rangeStart: '10.5.0.254' }]],
    },
    steps: [...add('c1', 'c2', 'c3'), ...del('c2'), ...add('c4')],
  },
  {
    title: 'bounds and a gateway outside the subnet',
    ipam: {
      ranges: [
        [{ subnet: '10.1.2.0/24', rangeStart: '10.1.2.0', rangeEnd: '10.1.2.2', gateway: '10.9.9.1' }],
      ],
    },
    steps: [...add('c1', 'c2', 'c3', 'c4'), ...del('c3'), ...add('c5')],
  },
  {
    title: 'a /30 and a /126',
    ipam: { ranges: [[{ subnet: '10.0.0.0/30' }], [{ subnet: `${V6}/126` }]] },
    steps: [...add('c1', 'c2'), ...del('c1'), ...add('c3')],
  },
  {
    title: 'several interfaces of a container',
    ipam: { subnet: '10.1.2.0/24' },
    steps: [
      ['ADD', 'c1', { ifName: 'net1' }],
      ['ADD', 'c1', { ifName: 'net2' }],
      ['DEL', 'c1', { ifName: 'net1' }],
      ['ADD', 'c2'],
      ['DEL', 'c1', { ifName: 'net2' }],
    ],
  },
  {
    title: 'requested addresses, from everywhere',
    ipam: { ranges: [[{ subnet: '10.1.2.0/24' }], [{ subnet: `${V6}/64` }]] },
    steps: [
      asking('c1', '10.1.2.100'),
      asking('c2', '10.1.2.101/24', `${V6}101`),
      ['ADD', 'c3', { args: 'IP=10.1.2.102' }],
      ['ADD', 'c4', { args: 'IgnoreUnknown=1;IP=10.1.2.103/24;K8S_POD_NAME=p' }],
      ['ADD', 'c5', { conf: { args: { cni: { ips: ['10.1.2.104', `${V6}104`] } } } }],
      ['ADD', 'c6', { args: 'IP=10.1.2.105', conf: { runtimeConfig: { ips: [`${V6}105`] } } }],
      ...add('c7'),
      ['ADD', 'c8', { args: 'IgnoreUnknown=1;IP=' }],
    ],
  },
  {
    title: 'requests that cannot be had',
    ipam: { subnet: '10.1.2.0/24' },
    steps: [asking('c1', '10.1.2.9'), asking('c2', '10.1.2.9'), asking('c3', '10.1.2.1'), ...add('c4')],
  },
  {
    title: 'ranges of the runtime before those of the network',
    ipam: { subnet: '10.1.2.0/24' },
    steps: [
      [
        'ADD',
        'c1',
        { conf: { runtimeConfig: { ipRanges: [[{ subnet: '10.7.0.0/24', gateway: '10.7.0.9' }]] } } },
      ],
      ['ADD', 'c2', { conf: { runtimeConfig: { ipRanges: [[{ subnet: `${V6}/64` }]] } } }],
      ['ADD', 'c3', { conf: { runtimeConfig: { ipRanges: [] } } }],
      ...del('c1', 'c2'),
    ],
  },
  {
    title: 'what others left',
    ipam: { subnet: '10.1.2.0/24' },
    files: {
      '10.1.2.2': 'old',
      '10.1.2.3': 'old\n',
      '10.1.2.4': 'c9\r\nnet1',
      'last_reserved_ip.0': 'garbage',
    },
    steps: [...add('c1', 'c2'), ...del('c9', 'c1'), ...add('c3'), ...del('old'), ...add('c4')],
  },
];
