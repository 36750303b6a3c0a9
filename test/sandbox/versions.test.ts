/** Every version of the CNI specification, as a runtime of that version sees the plugin. */
import { describe, expect } from 'vitest';
import { netnsOf } from './machine.ts';
import { test } from './machine-test.ts';
import { IPV4, IPV6, network } from './networks.ts';
import { attached, expectSilence, refused } from './outcome.ts';

const VERSIONS = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'];

const DUAL_STACK = { ranges: [[IPV4], [IPV6]], routes: [{ dst: '0.0.0.0/0' }, { dst: '2001:db8:7::/48' }] };

const VIA4 = { dst: '0.0.0.0/0', gw: IPV4.gateway };
const VIA6 = { dst: '2001:db8:7::/48', gw: IPV6.gateway };
const OLD_INTERFACE = { name: 'net1', mac: '02:00:00:00:01:00', sandbox: netnsOf('pod1') };
const V4 = { interface: 0, address: '10.1.2.2/24', gateway: IPV4.gateway };
const V6 = { interface: 0, address: '2001:db8:1::2/64', gateway: IPV6.gateway };

const BY_FAMILY = {
  ip4: { ip: V4.address, gateway: V4.gateway, routes: [VIA4] },
  ip6: { ip: V6.address, gateway: V6.gateway, routes: [VIA6] },
  dns: {},
};
const WITH_FAMILIES = {
  interfaces: [OLD_INTERFACE],
  ips: [
    { version: '4', ...V4 },
    { version: '6', ...V6 },
  ],
  routes: [VIA4, VIA6],
  dns: {},
};
const NEW = { ips: [V4, V6], routes: [VIA4, VIA6] };

const RESULTS: Readonly<Record<string, object>> = {
  '0.1.0': BY_FAMILY,
  '0.2.0': BY_FAMILY,
  '0.3.0': WITH_FAMILIES,
  '0.3.1': WITH_FAMILIES,
  '0.4.0': WITH_FAMILIES,
  '1.0.0': { interfaces: [OLD_INTERFACE], ...NEW },
  '1.1.0': { interfaces: [{ ...OLD_INTERFACE, mtu: 1500, pciID: '0000:01:10.0' }], ...NEW },
};

describe.concurrent.for(VERSIONS)('version %s', (cniVersion) => {
  const pod = { netconf: network({ cniVersion, ipam: DUAL_STACK }) };
  const since = (least: string) => VERSIONS.indexOf(cniVersion) >= VERSIONS.indexOf(least);

  test('ADD answers in its shape, CHECK agrees from 0.4.0 on, and DEL says nothing (F32, F33, F34, P1, P3)', async ({
    machine,
  }) => {
    const before = await machine.snapshot();
    const result = attached(await machine.add(pod));
    expect(result).toEqual({ cniVersion, ...RESULTS[cniVersion] });
    const check = await machine.check(pod, result);
    if (since('0.4.0')) expectSilence(check);
    else expect(refused(check, 'incompatible-version')).toContain(`CHECK exists from version 0.4.0 on`);
    expectSilence(await machine.del({ netconf: { ...pod.netconf, prevResult: result } }));
    expect(await machine.snapshot()).toEqual(before);
  });

  test('an attachment without addresses is refused before any change where it has no words (DEF-10)', async ({
    machine,
  }) => {
    const before = await machine.snapshot();
    const outcome = await machine.add({ netconf: network({ cniVersion }) });
    if (since('0.3.0')) {
      expect(attached(outcome)).toMatchObject({ cniVersion, interfaces: [{ name: 'net1' }] });
      return;
    }
    expect(refused(outcome, 'incompatible-version')).toContain('at least one');
    expect(outcome.answer?.cniVersion).toBe(cniVersion);
    expect(await machine.snapshot()).toEqual(before);
  });

  test('two addresses of a family are refused before any change where it has no words', async ({
    machine,
  }) => {
    const before = await machine.snapshot();
    const ipam = { ranges: [[IPV4], [{ subnet: '10.5.0.0/24' }]] };
    const outcome = await machine.add({ netconf: network({ cniVersion, ipam }) });
    if (since('0.3.0')) {
      expect(attached(outcome).ips).toMatchObject([{ address: '10.1.2.2/24' }, { address: '10.5.0.2/24' }]);
      return;
    }
    expect(refused(outcome, 'incompatible-version')).toContain('one address per family');
    expect(await machine.snapshot()).toEqual(before);
  });

  test('VERSION repeats it and lists all (DEF-20)', async ({ machine }) => {
    const answer = attached(await machine.cni('VERSION', { netconf: { cniVersion } }));
    expect(answer).toEqual({ cniVersion, supportedVersions: VERSIONS });
  });

  test.for(['STATUS', 'GC'])('%s exists from 1.1.0 on', async (command, { machine }) => {
    const before = await machine.snapshot();
    const outcome = await machine.cni(command, pod);
    if (since('1.1.0')) expectSilence(outcome);
    else
      expect(refused(outcome, 'incompatible-version')).toContain(`${command} exists from version 1.1.0 on`);
    expect(await machine.snapshot()).toEqual(before);
  });
});

test('a configuration without a version is of 0.1.0', async ({ machine }) => {
  const answer = attached(await machine.add({ netconf: network({ cniVersion: undefined, ipam: IPV4 }) }));
  expect(answer).toEqual({
    cniVersion: '0.1.0',
    ip4: { ip: '10.1.2.2/24', gateway: '10.1.2.1' },
    dns: {},
  });
});

test('VERSION needs no input and no other variable', async ({ machine }) => {
  const env = {
    CNI_CONTAINERID: undefined,
    CNI_IFNAME: undefined,
    CNI_NETNS: undefined,
    CNI_PATH: undefined,
  };
  const answer = attached(await machine.cni('VERSION', { netconf: '', env }));
  expect(answer).toEqual({ cniVersion: '1.1.0', supportedVersions: VERSIONS });
});

test('STATUS tells that a program is missing (F30, P8)', async ({ machine }) => {
  await machine.sh('cp -r /usr/bin /run/bin; rm /run/bin/flock; mount --bind /run/bin /usr/bin');
  expect(refused(await machine.cni('STATUS', { netconf: network() }), 'unavailable')).toContain('flock');
});
