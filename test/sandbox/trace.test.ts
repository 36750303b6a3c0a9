/** SRIOV_TRACE: where the time of one command went. */
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { Machine } from './machine.ts';
import { test } from './machine-test.ts';
import { TUTORIAL } from './networks.ts';
import { attached, expectSilence, refused } from './outcome.ts';

const FILE = '/run/trace.json';
const pod = { netconf: TUTORIAL };
const traced = { ...pod, env: { SRIOV_TRACE: FILE } };

type Event = { readonly name: string; readonly ph: string; readonly ts: number; readonly dur: number };

async function spansIn(machine: Machine): Promise<readonly Event[]> {
  const { traceEvents } = JSON.parse(await readFile(machine.path(FILE), 'utf8'));
  return traceEvents.filter(({ ph }: Event) => ph === 'X');
}

test('ADD and DEL tell each read, child and step, within the time of the command, in a file for root alone', async ({
  machine,
}) => {
  for (const [command, steps] of [
    ['ADD', ['engine and snapshot', 'check the request', 'host.findDevice', 'flock', 'ip', 'records.write']],
    [
      'DEL',
      ['engine and snapshot', 'records.ofAttachment', 'nsenter', 'addresses.release', 'records.remove'],
    ],
  ] as const) {
    const outcome = await machine.cni(command, traced);
    if (command === 'ADD') attached(outcome);
    else expectSilence(outcome);
    const spans = await spansIn(machine);
    expect(spans.map(({ name }) => name)).toEqual(expect.arrayContaining([...steps]));
    const end = ({ ts, dur }: Event) => ts + dur;
    const whole = spans.find(({ name }) => name === command);
    for (const span of spans) expect(end(span)).toBeLessThanOrEqual(end(whole as Event) + 1000);
    expect(await machine.sh(`stat -c %a ${FILE}`)).toBe('600');
  }
});

test('a refused command is traced, too', async ({ machine }) => {
  const netconf = { ...TUTORIAL, deviceID: '0000:ff:1f.7' };
  refused(await machine.add({ ...traced, netconf }), 'device-unfit');
  expect((await spansIn(machine)).map(({ name }) => name)).toContain('host.findDevice');
});

test('a trace that cannot be written, or would go through a link, is told, and changes nothing else', async ({
  machine,
}) => {
  await machine.sh(`ln -s /run/elsewhere ${FILE}; mkfifo /run/fifo`);
  for (const SRIOV_TRACE of [FILE, '/run/no/such/trace', '/run/fifo']) {
    const outcome = await machine.add({ ...pod, env: { SRIOV_TRACE } });
    expect(outcome).toMatchObject({ code: 0, stderr: expect.stringContaining('Cannot write the trace') });
    expectSilence(await machine.del(pod));
  }
  expect(await machine.sh('ls /run/elsewhere 2>&1 || true')).toContain('No such file');
});
