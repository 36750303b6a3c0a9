/**
 * Very little for a plugin in Node, as a single file of the same making: one `ip` moves the link, and another, started meanwhile, gives it
 * its address and route. No check, no lock, no record, no address store, no undo, no word to the neighbours.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { startupSnapshot } from 'node:v8';
import { forgetCode } from '../../cmd/sriov/forget-code.ts';

type Conf = { readonly link: string; readonly address: string; readonly gateway: string };
type Command = readonly string[];

const IP: Command = ['/usr/sbin/ip', '-batch', '-'];
const CAT: Command = ['/bin/cat'];
const WHERE = { env: {}, cwd: '/' } as const;

const inside = (sandbox: string): Command => ['/usr/bin/nsenter', `--net=${sandbox}`, ...IP];
const textOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

function start([program = '', ...args]: Command): ChildProcess {
  return spawn(program, args, { ...WHERE, stdio: ['pipe', 'ignore', 'inherit'] });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`exit code ${code}`))));
  });
}

async function attach(mover: Command, move: string, giver: Command, give: readonly string[]): Promise<void> {
  const moving = start(mover);
  moving.stdin?.end(textOf([move]));
  const moved = ended(moving);
  const giving = start(giver);
  const given = ended(giving);
  await moved;
  giving.stdin?.end(textOf(give));
  await given;
  writeSync(1, '{"cniVersion":"0.3.1"}\n');
}

function detach([program = '', ...args]: Command, move: string): void {
  const { status, stderr } = spawnSync(program, args, { ...WHERE, input: textOf([move]) });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
}

async function answer(command: string, sandbox: string, { link, address, gateway }: Conf): Promise<void> {
  const give = [
    `address add ${address} dev net1`,
    'link set dev net1 up',
    `route add default via ${gateway}`,
  ];
  if (command === 'ADD')
    await attach(IP, `link set dev ${link} netns ${sandbox} name net1`, inside(sandbox), give);
  if (command === 'DEL')
    detach(inside(sandbox), `link set dev net1 netns /proc/${process.pid}/ns/net name ${link}`);
}

async function main(): Promise<void> {
  const { CNI_COMMAND = '', CNI_NETNS = '' } = process.env;
  await answer(CNI_COMMAND, CNI_NETNS, JSON.parse(readFileSync(0, 'utf8')));
  process.exit(0);
}

async function everything(): Promise<void> {
  await attach(CAT, '', CAT, []);
  detach(CAT, '');
  await answer('VERSION', '', JSON.parse('{}'));
}

/** As warm-up.ts does, for the reasons told there. */
async function warmUp(): Promise<void> {
  await everything();
  const root = mkdtempSync(`${tmpdir()}/little-`);
  forgetCode(`${root}/heap`);
  rmSync(root, { recursive: true });
  await everything();
}

void warmUp();
startupSnapshot.setDeserializeMainFunction(() => void main());
