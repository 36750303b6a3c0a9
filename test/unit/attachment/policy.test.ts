import { relative } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NOTHING_ALLOWED, type Policy } from '../../../schemas/policy.ts';
import { PciAddress } from '../../../schemas/words.ts';
import { add } from '../../../src/attachment/add.ts';
import { askedOf } from '../../../src/attachment/desired.ts';
import type { Vf } from '../../../src/attachment/observed.ts';
import {
  logFileViolation,
  pathViolationsOf,
  pfViolationsOf,
  violationsOf,
} from '../../../src/attachment/policy.ts';
import { status } from '../../../src/attachment/status.ts';
import { FIRST_VF } from '../../../src/model/machine.ts';
import { createNode, traceOf } from '../../fakes/fake-world.ts';
import { addRequest, type Call, statusRequest, TUTORIAL_IPAM } from '../../fakes/requests.ts';
import { seedOf, times } from '../../figures.ts';

function violations(policy: Policy, call: Call): string[] {
  const { conf, cniArgs } = addRequest(call);
  return violationsOf(policy, askedOf(conf, cniArgs));
}

const MAC = '02:00:00:00:aa:01';
const DEFAULT = '/var/lib/cni/networks';

describe('a policy forbids', () => {
  test.each<[string, Policy, Call, string]>([
    ['trust', { trust: 'off' }, { conf: { trust: 'on' } }, 'trust: "on" is not allowed'],
    ['no spoof check', { spoofchk: 'on' }, { conf: { spoofchk: 'off' } }, 'spoofchk: "off" is not allowed'],
    [
      'a MAC of the network',
      { mac: 'none' },
      { conf: { mac: MAC } },
      `mac: none may be asked for, got ${MAC}`,
    ],
    [
      'a MAC in CNI_ARGS',
      { mac: 'none' },
      { cniArgs: `MAC=${MAC}` },
      `mac: none may be asked for, got ${MAC}`,
    ],
    [
      'a MAC of the runtime',
      { mac: 'none' },
      { conf: { runtimeConfig: { mac: MAC } } },
      `mac: none may be asked for, got ${MAC}`,
    ],
    [
      'a MAC in args',
      { mac: 'none' },
      { conf: { args: { cni: { mac: MAC } } } },
      `mac: none may be asked for, got ${MAC}`,
    ],
    [
      'a VLAN',
      { vlans: ['100-199', 300] },
      { conf: { vlan: 200 } },
      'vlan: expected one of 100-199, 300, got 200',
    ],
    ['to take the VLAN away', { vlans: [5] }, { conf: { vlan: 0 } }, 'vlan: expected one of 5, got 0'],
    ['to say nothing of a VLAN', { vlans: [0] }, {}, 'vlan: expected one of 0, got none'],
    ['every VLAN', { vlans: [] }, {}, 'vlan: expected one of (nothing is listed), got none'],
    [
      'a log file',
      { logFiles: ['/var/log'] },
      { conf: { logFile: '/var/logs/x' } },
      'logFile: expected one below /var/log, got /var/logs/x',
    ],
    [
      'a directory of addresses',
      { dataDirs: ['/srv'] },
      { conf: { ipam: { ...TUTORIAL_IPAM, dataDir: '/etc' } } },
      'ipam.dataDir: expected none, or one below /srv, got /etc',
    ],
    ['everything, if it cannot be read', { ...NOTHING_ALLOWED, unreadable: 'why' }, {}, 'why'],
  ])('%s', (_title, policy, call, sentence) => {
    expect(violations(policy, call)).toEqual([sentence]);
    expect(violations({}, call)).toEqual([]);
  });

  test('all that it forbids, at once', () => {
    const conf = { trust: 'on', spoofchk: 'off', mac: MAC, vlan: 5, logFile: '/x' };
    expect(violations(NOTHING_ALLOWED, { conf }).map((sentence) => sentence.split(':')[0])).toEqual([
      'trust',
      'spoofchk',
      'mac',
      'vlan',
      'logFile',
    ]);
  });
});

describe('a policy allows', () => {
  test.each<[string, Policy, Call]>([
    ['trust off', { trust: 'off' }, { conf: { trust: 'off' } }],
    ['to say nothing of trust and spoof check', { trust: 'off', spoofchk: 'on' }, {}],
    ['what it says that it allows', { trust: 'any', spoofchk: 'any', mac: 'any' }, { conf: { trust: 'on' } }],
    ['the first and the last of a stretch', { vlans: ['7-7'] }, { conf: { vlan: 7 } }],
    ['no VLAN, if that is listed', { vlans: ['absent'] }, {}],
  ])('%s', (_title, policy, call) => {
    expect(violations(policy, call)).toEqual([]);
  });

  test.each([
    ['/var/log', '/var/log/x', true],
    ['/var/log/', '/var//log/./x', true],
    ['/var/log', '/var/log', true],
    ['/var/log', '/var/logs', false],
    ['/var/log', '/var', false],
    ['/', '/var/log/x', true],
    ['/a.b', '/axb/c', false],
  ])('below %s the path %s: %s', (root, path, isAllowed) => {
    const paths = pathViolationsOf({ dataDirs: [root] }, { dataDir: path });
    expect([paths.length === 0, logFileViolation({ logFiles: [root] }, path) === undefined]).toEqual([
      isAllowed,
      isAllowed,
    ]);
  });

  test('below a root what the system finds there', () => {
    const part = fc.constantFrom('', '.', 'a', 'b', 'ab', '...');
    const path = fc.array(part, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(path, path, (root, dataDir) => {
        const isBelow = !/^\.\.(\/|$)/.test(relative(root, dataDir));
        expect(pathViolationsOf({ dataDirs: [root] }, { dataDir }).length === 0).toBe(isBelow);
      }),
      { numRuns: times({ fast: 500, soak: 20_000 }), seed: seedOf('roots of a policy') },
    );
  });

  test('the default directory of addresses always', () => {
    expect(pathViolationsOf({ dataDirs: [] }, { dataDir: `${DEFAULT}/` })).toEqual([]);
    expect(pathViolationsOf({ dataDirs: [] }, { dataDir: `${DEFAULT}/below` })).toHaveLength(1);
  });
});

describe('a PF', () => {
  const vf: Vf = {
    address: PciAddress.parse(FIRST_VF),
    index: 0,
    pf: { address: '0000:0a:00.0', name: 'ens1f0' },
  };

  test.each([
    ['by its name', ['x', 'ens1f0']],
    ['by its address, in any case', ['0000:0A:00.0']],
  ])('is allowed %s', (_title, pfs) => {
    expect(pfViolationsOf({ pfs }, vf)).toEqual([]);
  });

  test('that is not listed is told with those that are', () => {
    expect(pfViolationsOf({ pfs: ['a', 'b'] }, vf)).toEqual([
      `deviceID: expected a VF of a, b, got one of ens1f0, 0000:0a:00.0 (${FIRST_VF})`,
    ]);
  });

  test('that is not in sight is none of those listed', () => {
    const { pf: _, ...alone } = vf;
    expect(pfViolationsOf({ pfs: ['a'] }, alone)).toEqual([
      `deviceID: expected a VF of a, got one without a PF (${FIRST_VF})`,
    ]);
    expect(pfViolationsOf({}, alone)).toEqual([]);
  });
});

test('ADD tells all violations at once, those of the PF too, before it changes anything', async () => {
  const node = createNode();
  const policy: Policy = { trust: 'off', vlans: [5], pfs: ['other'] };
  const world = { ...node.world, policy };
  await expect(add(addRequest({ conf: { trust: 'on', ipam: TUTORIAL_IPAM } }), world)).rejects.toMatchObject({
    fault: 'policy',
    message:
      'Refused by the policy of this node (/etc/cni/sriov-policy.json): trust: "on" is not allowed; ' +
      'vlan: expected one of 5, got none; deviceID: expected a VF of other, got one of enp1s0, 0000:01:00.0 (0000:01:10.0)',
  });
  expect(traceOf(node)).toEqual(traceOf(createNode()));
});

test('STATUS tells them, too, before it makes a directory', async () => {
  const readiness = () => {
    throw new Error('A directory was made');
  };
  const world = { ...createNode().world, policy: NOTHING_ALLOWED, readiness };
  const conf = { trust: 'on', ipam: { ...TUTORIAL_IPAM, dataDir: '/etc' } };
  await expect(status(statusRequest({ conf }), world)).rejects.toMatchObject({
    fault: 'policy',
    message: expect.stringMatching(/trust: .*vlan: .*ipam\.dataDir: /),
  });
});
