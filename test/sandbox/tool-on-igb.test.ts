/** What the tool prints, to the letter, on a machine that was recorded. */
import { writeFile } from 'node:fs/promises';
import { describe } from 'vitest';
import { EXECUTABLE, type Machine } from './machine.ts';
import { test } from './machine-test.ts';
import { TUTORIAL } from './networks.ts';
import { becomeIgb, plantRecord } from './recorded-machine.ts';

async function stage(machine: Machine): Promise<void> {
  await becomeIgb(machine);
  await plantRecord(machine);
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
  'explain -f /run/net.json -d 0000:01:00.0',
  'explain -f /run/net.json -d 0000:02:10.0',
];

describe.concurrent('on the recorded igb machine', () => {
  test.for(COMMAND_LINES)('sriov %s', async (line, { machine, expect }) => {
    await stage(machine);
    const { code, stdout, stderr } = await machine.run([EXECUTABLE, ...line.split(' ')]);
    expect(`${stdout}\n${stderr}[ends with ${code}]`).toMatchSnapshot();
  });
});
