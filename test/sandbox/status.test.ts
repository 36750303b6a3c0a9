/** STATUS tells before an ADD whether there will be what it needs, and whether what is attached still works. */
import { describe, expect } from 'vitest';
import type { Fault } from '../../schemas/fault.ts';
import { test } from './machine-test.ts';
import { network } from './networks.ts';
import { attached, expectSilence, refused } from './outcome.ts';

const PF = '/sys/bus/pci/devices/0000:01:00.0';
/** One address besides the gateway. */
const pod = { netconf: network({ ipam: { subnet: '10.1.2.0/30' } }) };
const roomy = { netconf: network({ ipam: { subnet: '10.1.2.0/24' } }) };

describe.concurrent('STATUS', () => {
  test('says nothing if all is well, with and without attachments', async ({ machine }) => {
    expectSilence(await machine.cni('STATUS', roomy));
    attached(await machine.add(roomy));
    expectSilence(await machine.cni('STATUS', roomy));
  });

  test('reads a configuration as ADD would, before there is a VF', async ({ machine }) => {
    const { deviceID: _, ...soon } = roomy.netconf;
    expectSilence(await machine.cni('STATUS', { netconf: soon }));
    const details = refused(
      await machine.cni('STATUS', { netconf: { ...soon, vlan: '5', spoofchk: 'yes', logFile: 'x' } }),
      'netconf',
    );
    for (const key of ['vlan', 'spoofchk', 'logFile']) expect(details).toContain(`${key}: expected`);
  });

  test('says that a range is exhausted, until an address is free again (F30, P8)', async ({ machine }) => {
    attached(await machine.add(pod));
    expect(refused(await machine.cni('STATUS', pod), 'unavailable')).toContain('10.1.2.1-10.1.2.2');
    expectSilence(await machine.del(pod));
    expectSilence(await machine.cni('STATUS', pod));
  });

  test.for<readonly [string, string, Fault, readonly string[]]>([
    [
      'that iproute2 is missing',
      'mount --bind /dev/null "$(readlink -f /usr/sbin/ip)"',
      'unavailable',
      ['Cannot find ip', 'install iproute2'],
    ],
    ['that the store is read-only', 'mount -o remount,ro /var/lib/cni', 'unavailable', ['/var/lib/cni']],
    [
      'that the VF of a pod is gone',
      'rm -r /sys/bus/pci/devices/0000:01:10.0',
      'limited',
      ['0000:01:10.0', 'container c1', 'is gone'],
    ],
    [
      'that the PF of a pod is down',
      `echo 0x1002 >${PF}/net/pf0/flags`,
      'limited',
      ['pf0', '0000:01:10.0', 'is down'],
    ],
    [
      'all that is wrong at once',
      `echo 0x1002 >${PF}/net/pf0/flags; mount --bind /dev/null "$(readlink -f /usr/sbin/ip)"`,
      'limited',
      ['pf0', 'install iproute2'],
    ],
  ])('says %s', async ([, script, fault, words], { machine }) => {
    attached(await machine.add(roomy));
    await machine.sh(script);
    const details = refused(await machine.cni('STATUS', roomy), fault);
    for (const word of words) expect(details).toContain(word);
  });

  test('does not mind what is wrong with another network', async ({ machine }) => {
    attached(await machine.add(pod));
    await machine.sh(`echo 0x1002 >${PF}/net/pf0/flags`);
    expectSilence(await machine.cni('STATUS', { netconf: { ...pod.netconf, name: 'other' } }));
  });
});
