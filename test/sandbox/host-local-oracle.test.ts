/**
 * The executable as `host-local` beside the reference plugin: the same commands have to give the same results and the
 * same files.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import { ipamCall, OURS, THEIRS, withHostLocal } from './as-host-local.ts';
import { BOTH_FAMILIES, SEQUENCES, type Sequence, type Step } from './host-local-sequences.ts';
import type { Call, Machine } from './machine.ts';
import { machineTest } from './machine-test.ts';
import type { Outcome } from './outcome.ts';

const test = machineTest({ vfs: 0, pods: ['pod1'] });

const DIRECTORIES: Readonly<Record<string, string>> = {
  [OURS]: '/var/lib/cni/ours',
  [THEIRS]: '/var/lib/cni/theirs',
};

const RESOLV_CONF = `# comment
nameserver 10.1.2.1
nameserver 10.1.2.2
domain example.org
search a.example.org b.example.org
options ndots:3 rotate`;

async function plant(machine: Machine, files: Readonly<Record<string, string>>): Promise<void> {
  await withHostLocal(machine);
  await writeFile(machine.path('/run/resolv.conf'), RESOLV_CONF);
  for (const directory of Object.values(DIRECTORIES)) {
    await machine.sh(`mkdir -p ${directory}/net`);
    for (const [name, content] of Object.entries(files)) {
      await writeFile(machine.path(`${directory}/net/${name}`), content);
    }
  }
}

type Wish = { readonly cniVersion: string; readonly ipam: object };

function callOf(plugin: string, { cniVersion, ipam }: Wish, [, containerId, more = {}]: Step): Call {
  const conf = { cniVersion, ...more.conf };
  return ipamCall({ dataDir: DIRECTORIES[plugin], ...ipam }, { ...more, plugin, containerId, conf });
}

/** Empty parts say the same as absent ones. */
function meant({ code, answer }: Outcome): unknown {
  if (code !== 0) return 'refused';
  const { dns, routes, ...rest } = answer ?? {};
  return {
    ...rest,
    ...(Object.keys(dns ?? {}).length > 0 && { dns }),
    ...(routes?.length && { routes }),
  };
}

async function filesOf(machine: Machine, plugin: string): Promise<Record<string, string>> {
  const directory = machine.path(`${DIRECTORIES[plugin]}/net`);
  const names = (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isFile());
  const files = names.map(async ({ name }) => [name, await readFile(`${directory}/${name}`, 'utf8')]);
  return Object.fromEntries(await Promise.all(files));
}

async function expectSame(
  machine: Machine,
  { ipam, steps, files = {} }: Omit<Sequence, 'title'>,
  cniVersion: string,
) {
  await plant(machine, files);
  for (const step of steps) {
    const [command] = step;
    const theirs = await machine.cni(command, callOf(THEIRS, { cniVersion, ipam }, step));
    const ours = await machine.cni(command, callOf(OURS, { cniVersion, ipam }, step));
    expect([step, meant(ours)]).toEqual([step, meant(theirs)]);
    expect([step, await filesOf(machine, OURS)]).toEqual([step, await filesOf(machine, THEIRS)]);
  }
}

describe.concurrent('as the reference plugin', () => {
  test.for(SEQUENCES)('$title', (sequence, { machine }) => expectSame(machine, sequence, '1.0.0'));

  // Newer ones the reference plugin does not know.
  test.for(['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0'])(
    'both families in version %s',
    (version, { machine }) => expectSame(machine, BOTH_FAMILIES, version),
  );
});
