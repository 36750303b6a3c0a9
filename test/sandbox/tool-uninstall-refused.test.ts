/** `sriov uninstall` where others would miss what it takes away. */
import { describe, expect } from 'vitest';
import { BIN, failed, install, namesIn, plantAnother, tool } from './installing.ts';
import { leak, STORE } from './ipam-stage.ts';
import { EXECUTABLE, type Machine } from './machine.ts';
import { machineTest } from './machine-test.ts';

const test = machineTest({ vfs: 0, pods: [] });

const uninstall = (machine: Machine, ...words: readonly string[]) =>
  tool(machine, 'uninstall', '--to', BIN, ...words);

const REFUSAL = failed(
  'Addresses are reserved in /var/lib/cni/networks (net), and no host-local would be left to release them. End the pods first (sriov ipam shows them), install another host-local, or go on with --force',
);

describe('while addresses are reserved, host-local', () => {
  test('is not taken away, unless it is forced', async ({ machine }) => {
    await install(machine, '--host-local');
    await machine.sh(leak());
    expect(await uninstall(machine)).toEqual(REFUSAL);
    expect(await namesIn(machine)).toEqual(['host-local: link to sriov', 'sriov: new']);
    expect((await uninstall(machine, '--force')).code).toBe(0);
    expect(await namesIn(machine)).toEqual([]);
  });

  test('is not taken away by a roll-back to another plugin', async ({ machine }) => {
    await plantAnother(machine);
    await install(machine, '--host-local');
    await machine.sh(leak());
    expect(await install(machine, '--roll-back')).toEqual(REFUSAL);
    await machine.sh(`rm ${STORE}/*`);
    expect((await install(machine, '--roll-back')).code).toBe(0);
  });

  test('may go if another one comes back, or if it is none of ours', async ({ machine }) => {
    await machine.sh(leak());
    await install(machine);
    expect((await uninstall(machine)).code).toBe(0);
    await plantAnother(machine, 'host-local');
    await install(machine, '--host-local');
    expect((await uninstall(machine)).code).toBe(0);
    expect(await namesIn(machine)).toEqual(['host-local: another']);
  });
});

test('as the entry point of a container that does not see the records it refuses', async ({ machine }) => {
  const inContainer = (...words: readonly string[]) =>
    machine.run([
      'unshare',
      '--pid',
      '--fork',
      '--mount-proc',
      EXECUTABLE,
      'uninstall',
      '--to',
      BIN,
      ...words,
    ]);
  await install(machine);
  expect(await inContainer()).toEqual(
    failed(
      'It cannot be told what is attached: /var/lib/cni/sriov-attachments is not there, as in a container. Run it on the node itself, or go on with --force',
    ),
  );
  await machine.sh('mkdir -p /var/lib/cni/sriov-attachments');
  expect((await inContainer()).code).toBe(0);
  await install(machine);
  await machine.sh('rmdir /var/lib/cni/sriov-attachments');
  expect((await inContainer('--force')).code).toBe(0);
});
