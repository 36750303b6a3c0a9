import { expect, test } from 'vitest';
import type { Ended, ExecutableFile } from '../../../../src/host/run-child.ts';
import { endByDel } from '../../../../src/tool/attachments/ending.ts';
import { recordOf } from '../../host/a-record.ts';
import { pipe } from '../terminals.ts';

const record = recordOf('0000:01:10.0');
const DONE: Ended = { exitCode: 0, stdout: '', stderr: 'one\ntwo \u001b[2J\n' };
const answer = (details: string) => JSON.stringify({ code: 105, msg: 'Restoring is incomplete', details });

/** The executable, which ends like that. */
function pluginThat(ended: Ended) {
  const started: ExecutableFile[] = [];
  const terminal = pipe();
  const runFile = async (file: ExecutableFile) => {
    started.push(file);
    return ended;
  };
  const tool = { executable: '/opt/cni/bin/sriov', env: {}, terminal, runFile };
  return { started, terminal, end: () => endByDel(tool, record) };
}

test('a DEL gets the name of the network alone, in a session of its own', async () => {
  const { started, end } = pluginThat(DONE);
  await end();
  expect(started).toMatchObject([
    { path: '/opt/cni/bin/sriov', argv0: 'sriov', isDetached: true, env: { CNI_COMMAND: 'DEL' } },
  ]);
  expect(JSON.parse(started[0]?.input ?? '')).toEqual({ cniVersion: '1.0.0', name: 'net', type: 'sriov' });
});

test('what it logs is told, without what would move the cursor', async () => {
  const { terminal, end } = pluginThat(DONE);
  await end();
  expect(terminal.told()).toBe('Ending the attachment of 0000:01:10.0 ...\none\ntwo \ufffd[2J\n');
  expect(terminal.printed()).toBe('');
});

test.for<readonly [Partial<Ended>, string]>([
  [{ exitCode: 1, stdout: answer('Cannot set x: no') }, 'Cannot set x: no'],
  [{ exitCode: 1, stdout: answer('') }, 'Restoring is incomplete'],
  [{ exitCode: 1, stdout: 'no JSON' }, 'no JSON'],
  [{ exitCode: 1 }, 'DEL failed, and said nothing'],
  [{ exitCode: undefined, signal: 'SIGKILL' }, 'DEL was ended by SIGKILL'],
  [{ exitCode: undefined, signal: 'SIGKILL', killedAfterMs: 130_000 }, 'DEL did not end within 130 s'],
  [{ exitCode: undefined, startError: 'ENOENT' }, 'ENOENT'],
])('%o is told as %s', async ([ended, reason]) => {
  const { end } = pluginThat({ ...DONE, ...ended });
  await expect(end()).rejects.toThrow(`Cannot end the attachment of 0000:01:10.0: ${reason}`);
});
