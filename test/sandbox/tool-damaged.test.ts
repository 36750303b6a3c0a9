/** A record that cannot be read may be of a pod that lives, and others than root can read none. */
import { describe, expect } from 'vitest';
import { EXECUTABLE, type Machine } from './machine.ts';
import { test } from './machine-test.ts';

const STATE = '/var/lib/cni/sriov-attachments';
const RECORD = `${STATE}/0000:01:10.0.json`;

const sriov = (machine: Machine, line: string) => machine.run([EXECUTABLE, ...line.split(' ')]);

describe.concurrent('a damaged record', () => {
  test.for(['attachments check', 'ipam check'])('is found by sriov %s', async (line, { machine }) => {
    await machine.sh(`mkdir -m 700 ${STATE}; echo '{bad' >${RECORD}`);
    const { code, stderr } = await sriov(machine, line);
    expect({ code, stderr }).toEqual({ code: 3, stderr: `warning: The record ${RECORD} is damaged` });
    expect(await machine.sh(`ls ${STATE}`)).toBe('0000:01:10.0.json');
  });

  test('keeps the executable from being taken away, unless it is forced', async ({ machine }) => {
    await machine.sh(`mkdir -m 700 ${STATE}; echo '{bad' >${RECORD}`);
    const installed = await sriov(machine, 'install --to /run/bin');
    expect(installed.code, installed.stderr).toBe(0);
    const { code, stderr } = await sriov(machine, 'uninstall --to /run/bin');
    expect(code).toBe(1);
    expect(stderr).toContain(`It cannot be told what is attached: ${RECORD} cannot be read`);
    expect(await machine.sh('ls /run/bin')).toBe('sriov');
    expect((await sriov(machine, 'uninstall --to /run/bin --force')).code).toBe(0);
  });
});

describe.concurrent('others than root', () => {
  const asNobody = (machine: Machine, line: string) =>
    machine.run(['setpriv', '--reuid=65534', '--clear-groups', EXECUTABLE, ...line.split(' ')]);

  test('see the VFs, but not who has them', async ({ machine }) => {
    await machine.sh(`mkdir -m 700 ${STATE}`);
    const { code, stdout, stderr } = await asNobody(machine, 'discover');
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'warning: only root is told who has which VF' });
    expect(stdout).toContain('0000:01:10.0');
  });

  test('are told to be root where that is what is missing', async ({ machine }) => {
    await machine.sh(`mkdir -m 700 ${STATE}`);
    const { code, stderr } = await asNobody(machine, 'attachments');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: Cannot read .*EACCES.*\. Run it as root$/);
  });
});
