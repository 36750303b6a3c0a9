/** What the tool prints, to the letter, on a machine that was recorded. */
import { writeFile } from 'node:fs/promises';
import { describe } from 'vitest';
import type { Machine } from './machine.ts';
import { test } from './machine-test.ts';
import { TUTORIAL } from './networks.ts';
import { DOCTOR, settle } from './patient.ts';
import { becomeIgb, plantRecord } from './recorded-machine.ts';

async function stage(machine: Machine): Promise<void> {
  // The doctor looks into directories of its own, which are made while the planted /sys is there.
  await settle(machine);
  await becomeIgb(machine);
  await plantRecord(machine);
  await machine.sh(`mkdir -p /var/lib/cni/networks/blue; cd /var/lib/cni/networks/blue
    printf '4c01f5e9d0a7\\r\\nnet1' >10.20.30.7; printf 'f00d\\r\\neth0' >10.20.30.9
    touch -d '2026-11-22 08:30Z' 10.20.30.*`);
  await writeFile(machine.path('/run/net.json'), JSON.stringify({ ...TUTORIAL, vlan: 0, trust: 'on' }));
}

const COMMAND_LINES = [
  'discover',
  'discover -o wide',
  'discover -o yaml',
  'explain -f /run/net.json',
  'explain -f /run/net.json -d 0000:01:10.4',
  'explain -f /run/net.json -d 0000:01:10.2',
  'attachments',
  'attachments -o wide',
  'attachments show 0000:01:10.2',
  'attachments check',
  'attachments release 0000:01:10.2',
  'ipam -f /run/net.json',
  'ipam show blue',
  'ipam check',
  'ipam release 10.20.30.7 --network blue',
  'ipam reclaim',
  'validate /run/net.json',
  'run ADD -f /run/net.json -n none',
  'uninstall --to /run/none',
  'doctor',
  'doctor -f /run/net.json',
  'explain -f /run/net.json -d 0000:01:00.0',
  'explain -f /run/net.json -d 0000:02:10.0',
];

/** Times, and sizes of what is built, differ. */
const steady = (text: string) =>
  text
    .replace(/time=\S+/g, 'time=...')
    .replace(/(ms=|after )\d+/g, '$1N')
    .replace(/process \d+/g, 'process N');

describe.concurrent('on the recorded igb machine', () => {
  test.for(COMMAND_LINES)('sriov %s', async (line, { machine, expect }) => {
    await stage(machine);
    const { code, stdout, stderr } = await machine.run([DOCTOR, ...line.split(' ')]);
    expect(steady(`${stdout}\n${stderr}[ends with ${code}]`)).toMatchSnapshot();
  });
});
