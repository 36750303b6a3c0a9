/** What a kept `ip` is told reaches the link that it showed, with the real one and the kernel's links. */
import type { Machine } from './machine.ts';
import { test } from './machine-test.ts';

const STEPS = `${import.meta.dirname}/kept-ip-steps.ts`;
const SHOW = 'link show dev vf0';
const MARK = 'link set dev vf0 alias ours';
/** The links stay down, and may be renamed. */
const RENAME = 'sh: ip link set vf0 name away';
const SWAP = `${RENAME}; ip link set vf1 name vf0`;
const SWAP_BACK = 'sh: ip link set vf0 name vf1; ip link set away name vf0';
const ALTNAME = 'sh: ip link set vf0 name away; ip link property add dev vf1 altname vf0';

/** The MAC of whoever has our mark: those of vf0 and vf1 end in 00 and 01. */
async function marked(machine: Machine): Promise<readonly string[]> {
  const links: { address: string; ifalias?: string }[] = JSON.parse(await machine.sh('ip -j link show'));
  return links.filter(({ ifalias }) => ifalias === 'ours').map(({ address }) => address);
}

const [FIRST, SECOND] = ['02:00:00:00:01:00', '02:00:00:00:01:01'];

test.for([
  ['nothing happened', [SHOW, MARK], [FIRST]],
  ['it was renamed', [SHOW, RENAME, MARK], [FIRST]],
  ['another link took its name', [SHOW, SWAP, MARK], [FIRST]],
  ['another link took its name, and was asked for', [SHOW, SWAP, SHOW, MARK], [SECOND]],
  ['another link had its name for a while', [SHOW, SWAP, SHOW, SWAP_BACK, SHOW, MARK], [FIRST]],
  ['another link has its name as altname', [SHOW, ALTNAME, MARK], [FIRST]],
  ['another link was told of between', [SHOW, 'link set dev vf1 mtu 1400', SHOW, MARK], [FIRST]],
  ['a line was refused between', [SHOW, 'link set dev vf0 mtu 1', SHOW, MARK], [FIRST]],
] as const)('%s', async ([, steps, expected], { machine, expect }) => {
  const { code, stdout, stderr } = await machine.run([process.execPath, STEPS, ...steps]);
  expect(code, stderr).toBe(0);
  expect(await marked(machine)).toEqual(expected);
  const shown = JSON.parse(stdout).filter((_: unknown, at: number) => steps.filter(isLine)[at] === SHOW);
  for (const { stdout: text } of shown) expect(text).toContain('"ifname":"vf0"');
});

const isLine = (step: string) => !step.startsWith('sh: ');
