/** Every system call on what the plugin keeps fails in turn: nothing is lost, and the next DEL puts right what is left. */
import { describe, expect } from 'vitest';
import { FAULTS } from '../../schemas/fault.ts';
import { seedOf, tell, times } from '../figures.ts';
import type { Machine } from './machine.ts';
import { test } from './machine-test.ts';
import { ALL_SETTINGS } from './networks.ts';
import { attached, expectSilence, type Outcome } from './outcome.ts';
import { type SystemCall, systemCalls, traced } from './strace.ts';

const LONG_MS = 1_800_000;

const LOG = '/run/log/sriov.log';
const DEVICE_INFO = '/var/run/k8s.cni.cncf.io/devinfo/cni/pod';

const pod = {
  netconf: {
    ...ALL_SETTINGS,
    logFile: LOG,
    capabilities: { CNIDeviceInfoFile: true },
    runtimeConfig: { CNIDeviceInfoFile: DEVICE_INFO },
    'cni.dev/valid-attachments': [],
  },
};

const COMMANDS = ['ADD', 'DEL', 'GC'] as const;
type Command = (typeof COMMANDS)[number];

/** About half of what there is: what strace tells is not understood otherwise. */
const MIN_FAILURES: Readonly<Record<Command, number>> = { ADD: 250, DEL: 100, GC: 100 };

const WRITING = ['EIO', 'ENOSPC', 'EDQUOT'];
const MAKING = [...WRITING, 'EROFS'];

/** On a disk that fails, is full, is read-only or over quota, and in a process that may open no more files. */
function errorsOf({ name, text }: SystemCall): readonly string[] {
  if (name === 'openat') return [...(text.includes('O_CREAT') ? MAKING : ['EIO']), 'EMFILE'];
  if (['link', 'rename', 'mkdir'].includes(name)) return MAKING;
  if (name === 'unlink') return ['EIO', 'EROFS'];
  return ['write', 'pwrite64', 'ftruncate', 'fsync', 'close'].includes(name) ? WRITING : ['EIO'];
}

/** `often`: once, or from then on. */
type Failure = {
  readonly at: SystemCall;
  readonly error: string;
  readonly often: '' | '+';
  /** Nothing is changed yet, and what comes later does not fail. */
  readonly isEarly: boolean;
};

/** What a disk refuses it goes on to refuse, mostly. */
const LASTING = ['link', 'rename', 'mkdir', 'unlink', 'fsync'];

async function failuresOf(machine: Machine, command: Command): Promise<Failure[]> {
  await prepare(machine, command);
  const { code, stdout } = await machine.cni(command, traced(pod));
  expect(code, stdout).toBe(0);
  const calls = await systemCalls(machine);
  await machine.del(pod);
  const firstChange = calls.findIndex(({ name, path }) => name === 'write' && path === LOG);
  return calls.flatMap((at, index) => {
    // How many writes and closes come before those of a draft differs from run to run.
    if (at.path === undefined && ['write', 'close'].includes(at.name)) return [];
    const often = LASTING.includes(at.name) ? (['', '+'] as const) : ([''] as const);
    return errorsOf(at).flatMap((error) =>
      often.map((often) => ({ at, error, often, isEarly: index < firstChange && often === '' })),
    );
  });
}

const textOf = ({ at, error, often }: Failure) => `${at.name} ${at.nth}${often} (${at.text}): ${error}`;

/** As on a node that was just set up, where ADD has to make all directories. */
async function prepare(machine: Machine, command: Command): Promise<void> {
  await machine.sh('rm -rf /var/lib/cni/* /run/log /run/k8s.cni.cncf.io');
  if (command === 'ADD') return;
  attached(await machine.add(pod));
  await machine.sh(`echo time=0 >${LOG}`);
}

async function disturbed(machine: Machine, command: Command, failure: Failure): Promise<Outcome> {
  const { at, error, often } = failure;
  await prepare(machine, command);
  const outcome = await machine.cni(command, traced(pod, { at, by: `error=${error}`, often }));
  const hit = (await systemCalls(machine)).find(({ isInjected }) => isInjected);
  expect(hit?.text, textOf(failure)).toBe(at.text);
  return outcome;
}

const REFUSALS = [FAULTS['input-output'], FAULTS['undo-incomplete']].map(({ code }) => code as number);

/** Of what lasts, the undo has its share. GC leaves alone, and logs, what it cannot read, for the sake of the others. */
function isLeftToDel(command: Command, { at, often }: Failure): boolean {
  if (command === 'ADD') return at.name === 'unlink' && often === '+';
  return command === 'GC' && at.path?.endsWith('.json') === true;
}

describe.concurrent.for(COMMANDS)('%s, where a system call fails,', (command) => {
  test('loses nothing, and the next DEL puts right what is left', { timeout: LONG_MS }, async ({
    machine,
  }) => {
    const before = await machine.snapshot();
    const failures = await failuresOf(machine, command);
    expect(failures.length).toBeGreaterThanOrEqual(MIN_FAILURES[command]);
    const step = Math.ceil(failures.length / times({ fast: 15, soak: failures.length }));
    const offset = seedOf(`failing disk, ${command}`) % step;
    const chosen = failures.filter((_, index) => index % step === offset);
    let refusals = 0;
    for (const failure of chosen) {
      const name = textOf(failure);
      const { code, answer } = await disturbed(machine, command, failure);
      const isRefused = code !== 0;
      if (isRefused) expect(REFUSALS, `${name}: ${answer?.details}`).toContain(answer?.code);
      const isAsBefore = isRefused === (command === 'ADD') && !isLeftToDel(command, failure);
      if (isAsBefore) expect(await machine.snapshot(), name).toEqual(before);
      if (isRefused && failure.isEarly)
        expect(await machine.sh(`cat ${LOG} || true`), name).not.toContain(' of=');
      expectSilence(await machine.del(pod));
      expect(await machine.snapshot(), name).toEqual(before);
      expect(await machine.sh(`ls ${DEVICE_INFO}* || true`), name).toBe('');
      if (isRefused) refusals += 1;
    }
    tell(`failing disk, ${command}`, {
      found: failures.length,
      failures: chosen.length,
      refused: refusals,
      leaks: 0,
    });
  });
});
