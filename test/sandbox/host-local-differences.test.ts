/** Where the executable, as `host-local`, is meant to differ from the reference plugin. */
import { describe, expect } from 'vitest';
import type { Fault } from '../../schemas/fault.ts';
import { ipamCall, OURS, THEIRS, withHostLocal } from './as-host-local.ts';
import { machineTest } from './machine-test.ts';
import { IPV4, IPV6 } from './networks.ts';
import { addressesOf, attached, refused } from './outcome.ts';

const test = machineTest({ vfs: 0, pods: ['pod1'] });

const gets = (...ips: string[]) => ({ ips });
const isRefused = (fault: Fault, details: RegExp) => ({ fault, details });

type Difference = {
  readonly title: string;
  readonly ipam: object;
  readonly more?: Parameters<typeof ipamCall>[1];
  readonly theirs: 'refuses' | readonly string[];
  readonly ours: ReturnType<typeof gets> | ReturnType<typeof isRefused>;
};

const DIFFERENCES: readonly Difference[] = [
  {
    title: 'a configuration that is wrong has a code of its own',
    ipam: { subnet: '10.1.2.3/24' },
    theirs: 'refuses',
    ours: isRefused('netconf', /ipam\.subnet: expected a network without host bits/),
  },
  {
    title: 'a range of nothing but its gateway is a wrong configuration',
    ipam: { subnet: '10.1.2.0/24', rangeStart: '10.1.2.1', rangeEnd: '10.1.2.1' },
    theirs: 'refuses',
    ours: isRefused('netconf', /gateway|10\.1\.2\.1/),
  },
  {
    title: 'an address outside all ranges is told with the ranges',
    ipam: IPV4,
    more: { conf: { runtimeConfig: { ips: ['10.9.9.9'] } } },
    theirs: 'refuses',
    ours: isRefused('netconf', /"10\.9\.9\.9": it is no address of 10\.1\.2\.1-10\.1\.2\.254/),
  },
  {
    title: 'IP in CNI_ARGS may have an address of each family (I4)',
    ipam: { ranges: [[IPV4], [IPV6]] },
    more: { args: 'IP=10.1.2.9,2001:db8:1::9' },
    theirs: 'refuses',
    ours: gets('10.1.2.9', '2001:db8:1::9'),
  },
  {
    title: 'CNI_ARGS may end with a semicolon, and have = in a value',
    ipam: IPV4,
    more: { args: 'IgnoreUnknown=1;K8S_POD_UID=a=b;' },
    theirs: 'refuses',
    ours: gets('10.1.2.2'),
  },
  {
    title: 'a /31 has two addresses (I12)',
    ipam: { subnet: '10.1.2.0/31' },
    theirs: 'refuses',
    ours: gets('10.1.2.0'),
  },
  {
    title: 'a /32 has one (I12)',
    ipam: { subnet: '10.1.2.7/32' },
    theirs: 'refuses',
    ours: gets('10.1.2.7'),
  },
  {
    title: 'addresses can be excluded (I11)',
    ipam: { subnet: '10.1.2.0/24', exclude: ['10.1.2.2-10.1.2.9'] },
    theirs: ['10.1.2.2'],
    ours: gets('10.1.2.10'),
  },
  {
    title: 'a network may have no gateway (I12)',
    ipam: { subnet: '10.1.2.0/24', gateway: 'none' },
    theirs: 'refuses',
    ours: gets('10.1.2.1'),
  },
];

describe.concurrent('unlike the reference plugin', () => {
  test.for(DIFFERENCES)('$title', async ({ ipam, more, theirs, ours }, { machine }) => {
    await withHostLocal(machine);
    const call = ipamCall(ipam, more);
    const other = await machine.add({
      ...ipamCall({ ...ipam, dataDir: '/run/theirs' }, more),
      plugin: THEIRS,
    });
    if (theirs === 'refuses') expect(other.answer?.code).toBe(999);
    else expect(addressesOf(attached(other))).toEqual(theirs);
    const outcome = await machine.add(call);
    if ('ips' in ours) expect(addressesOf(attached(outcome))).toEqual(ours.ips);
    else expect(refused(outcome, ours.fault)).toMatch(ours.details);
  });

  test('an ADD that comes again is refused, unless what it holds is from before the last boot (I8)', async ({
    machine,
  }) => {
    await withHostLocal(machine);
    for (const [plugin, code, codeAfterBoot] of [
      [OURS, 102, undefined],
      [THEIRS, 999, 999],
    ] as const) {
      const dataDir = `/run/of-${code}`;
      const call = { ...ipamCall({ ...IPV4, dataDir }), plugin };
      attached(await machine.add(call));
      expect((await machine.add(call)).answer?.code).toBe(code);
      await machine.sh(`find ${dataDir} -name '10.*' -exec touch -d 1990-01-01 {} +`);
      expect((await machine.add(call)).answer?.code).toBe(codeAfterBoot);
      expect(await machine.sh(`find ${dataDir} -name '10.*' | wc -l`)).toBe('1');
    }
  });

  test('a refused request is no step of the round robin', async ({ machine }) => {
    await withHostLocal(machine);
    const next = async (plugin: string, dataDir: string) => {
      const ipam = { ...IPV4, dataDir };
      const request = { conf: { runtimeConfig: { ips: ['10.9.9.9'] } } };
      expect((await machine.add({ ...ipamCall(ipam, request), plugin })).code).toBe(1);
      return addressesOf(attached(await machine.add({ ...ipamCall(ipam), plugin })));
    };
    expect(await next(THEIRS, '/run/theirs')).toEqual(['10.1.2.3']);
    expect(await next(OURS, '/run/ours')).toEqual(['10.1.2.2']);
  });
});
