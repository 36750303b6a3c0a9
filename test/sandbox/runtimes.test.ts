/**
 * Calls as runtimes make them, to the letter: environment and standard input are files of fixtures/, each with the
 * part of the answer that matters.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import { type Call, type Machine, OWN_PLUGINS } from './machine.ts';
import { test } from './machine-test.ts';
import { attached, expectSilence } from './outcome.ts';
import { plantPlugin } from './plant-plugin.ts';
import { plantPf, vfsOf } from './planted-pf.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

type RuntimesCall = {
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: { readonly cniVersion: string };
  readonly answer: object;
  /** What the PF shows of the VF afterwards. */
  readonly vf?: object;
};

/** Title -> call. */
const CALLS = globSync('*/*.json', { cwd: here('./fixtures') }).map((path): [string, RuntimesCall] => [
  path.replace('.json', '').replace('/', ': ').replaceAll('-', ' '),
  JSON.parse(readFileSync(here(`./fixtures/${path}`), 'utf8')),
]);

/** Stands in for whereabouts, which needs a cluster. */
const WHEREABOUTS = `#!/bin/bash
grep -q 192.168.2.0/24 || exit 1
[ "$CNI_COMMAND" != ADD ] || echo '{"cniVersion":"1.0.0","ips":[{"address":"192.168.2.2/24"}],"dns":{}}'`;

/** The pod, a PF that takes settings for its VFs, and the plugins that the calls name. */
async function prepare(machine: Machine, { env }: RuntimesCall): Promise<void> {
  await machine.addPod(basename(env['CNI_NETNS'] ?? ''));
  await plantPlugin(machine, 'whereabouts', WHEREABOUTS);
  await plantPf(machine);
}

function callOf({ env, stdin }: RuntimesCall, more: object = {}): Call {
  const CNI_PATH = env['CNI_PATH']?.replaceAll('/opt/cni/bin', OWN_PLUGINS);
  return { netconf: { ...stdin, ...more }, env: { ...env, CNI_PATH } };
}

describe.concurrent('ADD, CHECK and two DELs, as they come from', () => {
  test.for(CALLS)('%s (R1)', async ([, call], { machine }) => {
    await prepare(machine, call);
    const before = [await machine.snapshot(), await vfsOf(machine)];
    const prevResult = attached(await machine.add(callOf(call)));
    expect(prevResult).toMatchObject(call.answer);
    expect((await vfsOf(machine))[0]).toMatchObject(call.vf ?? {});
    const isOld = call.stdin.cniVersion === '0.3.1';
    const chained = isOld ? callOf(call) : callOf(call, { prevResult });
    if (!isOld) expectSilence(await machine.cni('CHECK', chained));
    expectSilence(await machine.del(chained));
    // containerd's second DEL: the sandbox is gone, and so is its cache.
    const again = callOf(call);
    expectSilence(await machine.del({ ...again, env: { ...again.env, CNI_NETNS: '' } }));
    expect([await machine.snapshot(), await vfsOf(machine)]).toEqual(before);
  });
});
