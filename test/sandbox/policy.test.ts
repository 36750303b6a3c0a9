/** What the administrator of a node forbids, no command does. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { POLICY_FILE } from '../../schemas/policy.ts';
import { ipamCall, withHostLocal } from './as-host-local.ts';
import type { Machine } from './machine.ts';
import { test } from './machine-test.ts';
import { IPV4, network } from './networks.ts';
import { attached, expectSilence, refused } from './outcome.ts';
import { plantPf, vfsOf } from './planted-pf.ts';

/** In the machine alone, in the way that docs/security.md shows; without a policy, it goes. */
async function setPolicy(machine: Machine, policy: object | undefined): Promise<void> {
  const put = `install -m 644 /dev/stdin /etc/cni/.new <<<'${JSON.stringify(policy)}' && mv /etc/cni/.new ${POLICY_FILE}`;
  await machine.sh(`
    mountpoint -q /etc || { cp -a /etc /run/etc; mount --bind /run/etc /etc; mkdir -p -m 755 /etc/cni; }
    ${policy ? put : `rm ${POLICY_FILE}`}`);
}

const DATA_DIR = '/var/lib/cni/elsewhere';
const LOG_FILE = '/var/lib/cni/sriov.log';
const pod = { netconf: network({ ipam: { ...IPV4, dataDir: DATA_DIR }, logFile: LOG_FILE }) };
const FORBIDS_PATHS = { dataDirs: ['/srv'], logFiles: ['/srv'] };

const isThere = (machine: Machine, path: string) => existsSync(machine.path(path));
const reservationsIn = (machine: Machine) =>
  readdirSync(machine.path(`${DATA_DIR}/net`)).filter((name) => name.startsWith('10.'));

describe.concurrent('a policy', () => {
  test('that forbids makes ADD and STATUS tell all at once, with no trace', async ({ machine }) => {
    const before = await machine.snapshot();
    await setPolicy(machine, { ...FORBIDS_PATHS, trust: 'off', vlans: ['100-199'], mac: 'none', pfs: ['x'] });
    const netconf = { ...pod.netconf, trust: 'on', vlan: 200 };
    const outcome = await machine.add({ netconf, args: 'MAC=02:00:00:00:aa:01' });
    const details = refused(outcome, 'policy');
    for (const key of ['trust', 'vlan', 'mac', 'ipam.dataDir', 'logFile', 'deviceID'])
      expect(details).toContain(`${key}: `);
    expect(outcome.stderr).toMatch(/level=warning .*logFile \S+ is left alone/);
    expect(refused(await machine.cni('STATUS', { netconf }), 'policy')).toContain('ipam.dataDir: ');
    expect(await machine.snapshot()).toEqual(before);
    expect([isThere(machine, DATA_DIR), isThere(machine, LOG_FILE)]).toEqual([false, false]);
  });

  test('that allows is no matter', async ({ machine }) => {
    await setPolicy(machine, {
      vlans: ['absent'],
      dataDirs: ['/var/lib/cni'],
      logFiles: ['/var/lib/cni'],
      pfs: ['pf0'],
    });
    const result = attached(await machine.add(pod));
    expectSilence(await machine.check(pod, result));
    expectSilence(await machine.del(pod));
  });

  test('limits each setting of a VF by itself, and PFs by PCI address', async ({ machine }) => {
    await plantPf(machine);
    const limits = { spoofchk: 'on', vlans: ['100-199'], pfs: ['0000:01:00.0'] };
    await setPolicy(machine, limits);
    const allowed = { netconf: network({ vlan: 150, spoofchk: 'on' }) };
    const details = refused(
      await machine.add({ netconf: network({ vlan: 150, spoofchk: 'off' }) }),
      'policy',
    );
    expect(details).toMatch(/: spoofchk: "off" is not allowed$/);
    attached(await machine.add(allowed));
    expect(await vfsOf(machine)).toMatchObject([{ vlan_list: [{ vlan: 150 }], spoofchk: true }, {}]);
    expectSilence(await machine.del(allowed));
    await setPolicy(machine, { ...limits, pfs: ['0000:02:00.0'] });
    expect(refused(await machine.add(allowed), 'policy')).toMatch(
      /: deviceID: .* got one of pf0, 0000:01:00.0 /,
    );
  });

  test('that cannot be believed stops every ADD, and says what to do', async ({ machine }) => {
    await setPolicy(machine, { trsut: 'off' });
    expect(refused(await machine.add({ netconf: network() }), 'policy')).toContain('unknown key "trsut"');
    await setPolicy(machine, {});
    await machine.sh(`chmod o+w ${POLICY_FILE}`);
    expect(refused(await machine.add({ netconf: network() }), 'policy')).toContain('chmod go-w');
    await machine.sh(`chmod o-w ${POLICY_FILE}`);
    attached(await machine.add({ netconf: network() }));
  });

  test.for(['DEL', 'GC'])(
    'never keeps %s from ending what was before it, as recorded',
    async (command, { machine }) => {
      const before = await machine.snapshot();
      attached(await machine.add(pod));
      const log = readFileSync(machine.path(LOG_FILE), 'utf8');
      await setPolicy(machine, { ...FORBIDS_PATHS, trust: 'nonsense' });
      const netconf = { ...pod.netconf, 'cni.dev/valid-attachments': [] };
      const outcome = await machine.cni(command, { netconf });
      expectSilence(outcome);
      expect(outcome.stderr).toMatch(/logFile \S+ is left alone/);
      expect(readFileSync(machine.path(LOG_FILE), 'utf8')).toBe(log);
      expect(reservationsIn(machine)).toEqual([]);
      await machine.sh(`rm ${LOG_FILE}`);
      expect(await machine.snapshot()).toEqual(before);
    },
  );

  test.for(['DEL', 'GC'])(
    'keeps %s from acting where only the configuration leads',
    async (command, { machine }) => {
      attached(await machine.add(pod));
      await machine.sh('rm /var/lib/cni/sriov-attachments/*.json');
      await setPolicy(machine, FORBIDS_PATHS);
      const netconf = { ...pod.netconf, 'cni.dev/valid-attachments': [] };
      const outcome = await machine.cni(command, { netconf });
      expectSilence(outcome);
      expect(outcome.stderr).toContain(`No address is released in ${DATA_DIR}`);
      expect(reservationsIn(machine)).toEqual(['10.1.2.2']);
      await setPolicy(machine, undefined);
      expectSilence(await machine.cni(command, { netconf }));
      expect(reservationsIn(machine)).toEqual([]);
    },
  );

  test('counts for host-local by itself, too', async ({ machine }) => {
    await withHostLocal(machine);
    const call = ipamCall({ ...IPV4, dataDir: DATA_DIR }, { conf: { logFile: LOG_FILE } });
    await setPolicy(machine, FORBIDS_PATHS);
    const details = refused(await machine.add(call), 'policy');
    expect(details).toMatch(/ipam\.dataDir: .*logFile: /);
    expect([isThere(machine, DATA_DIR), isThere(machine, LOG_FILE)]).toEqual([false, false]);
    await setPolicy(machine, { ...FORBIDS_PATHS, trust: 'off', vlans: [] });
    attached(await machine.add(ipamCall(IPV4)));
    await setPolicy(machine, undefined);
    attached(await machine.add(call));
    await setPolicy(machine, FORBIDS_PATHS);
    const outcome = await machine.del(call);
    expectSilence(outcome);
    expect(outcome.stderr).toContain(`No address is released in ${DATA_DIR}`);
    expect(reservationsIn(machine)).toEqual(['10.1.2.2']);
  });
});
