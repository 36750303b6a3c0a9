/** What the machine has, as a person sees it. */
import { describe, expect } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { EXECUTABLE, type Machine } from './machine.ts';
import { machineTest, test } from './machine-test.ts';
import { TUTORIAL } from './networks.ts';
import { attached } from './outcome.ts';
import { plantPf } from './planted-pf.ts';

const discover = async (machine: Machine, ...words: readonly string[]) => {
  const { code, stdout, stderr } = await machine.run([EXECUTABLE, 'discover', ...words]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
};

const args = 'IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=cart-7d9f';

async function withPod(machine: Machine): Promise<void> {
  await plantPf(machine, { 0: '', 1: 'vlan=7\nqos=2\ntrust=on\n' });
  attached(await machine.add({ netconf: { ...TUTORIAL, vlan: 100 }, args }));
}

describe.concurrent('discover', () => {
  test('shows every card, VF and holder, and why a card has no VFs', async ({ machine, expect }) => {
    await withPod(machine);
    expect(await discover(machine)).toMatchSnapshot();
  });

  test('shows more if asked for', async ({ machine, expect }) => {
    await withPod(machine);
    expect(await discover(machine, '-o', 'wide')).toMatchSnapshot();
  });

  test('is a document for programs', async ({ machine, expect }) => {
    await withPod(machine);
    const found = JSON.parse(await discover(machine, '-o', 'json'));
    expect(found).toMatchSnapshot();
    expect(parse(await discover(machine, '-o', 'yaml'))).toEqual(found);
  });

  machineTest({ vfs: 0 })('shows how to make VFs where there are none', async ({ machine }) => {
    const text = await discover(machine);
    expect(text).toContain("0000:01:00.0  the card's firmware allows no VFs");
    await machine.sh('echo 8 >/sys/bus/pci/devices/0000:01:00.0/sriov_totalvfs');
    expect(await discover(machine)).toContain('echo 4 > /sys/bus/pci/devices/0000:01:00.0/sriov_numvfs');
  });

  test('--watch shows it again when something changes', async ({ machine }) => {
    const script = `${EXECUTABLE} discover --watch >/run/seen & watcher=$!
      until grep -q 0000:01:10.0 /run/seen; do sleep 0.05; done
      rm /sys/bus/pci/devices/0000:01:00.0/virtfn1
      until [ "$(grep -c '^NIC' /run/seen)" = 2 ]; do sleep 0.05; done
      kill -INT $watcher; wait $watcher || echo ended with $?`;
    expect(await machine.sh(script)).toBe('ended with 130');
  });

  test('--watch -o yaml is a stream of documents', async ({ machine }) => {
    const script = `${EXECUTABLE} discover --watch -o yaml >/run/seen & watcher=$!
      until grep -q 0000:01:10.0 /run/seen; do sleep 0.05; done
      rm /sys/bus/pci/devices/0000:01:00.0/virtfn1
      until [ "$(grep -c '^nics' /run/seen)" = 2 ]; do sleep 0.05; done
      kill -INT $watcher; wait $watcher || cat /run/seen`;
    const documents = parseAllDocuments(await machine.sh(script));
    expect(documents.map((one) => 'errors' in one && one.errors.length)).toEqual([0, 0]);
  });
});
