/**
 * The least that a plugin in Node can do for a pod's link, as a single file of the same making: no check, no lock, no record, no
 * address store, no undo, no word to the neighbours. What it takes, any other takes too.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeSync } from 'node:fs';
import { startupSnapshot } from 'node:v8';

type Conf = { readonly link: string; readonly address: string; readonly gateway: string };

const IP = ['/usr/sbin/ip', '-batch', '-'];

function run([program = '', ...args]: readonly string[], lines: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { input: `${lines.join('\n')}\n`, env: {}, cwd: '/' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}

const COMMANDS: Readonly<Record<string, (conf: Conf, sandbox: string) => void>> = {
  ADD: ({ link, address, gateway }, sandbox) => {
    run(IP, [`link set dev ${link} netns ${sandbox} name net1`]);
    run(
      ['/usr/bin/nsenter', `--net=${sandbox}`, ...IP],
      [`address add ${address} dev net1`, 'link set dev net1 up', `route add default via ${gateway}`],
    );
    writeSync(1, '{"cniVersion":"0.3.1"}');
  },
  DEL: ({ link }, sandbox) =>
    run(
      ['/usr/bin/nsenter', `--net=${sandbox}`, ...IP],
      [`link set dev net1 netns /proc/${process.pid}/ns/net name ${link}`],
    ),
  VERSION: () => {},
};

function main(): never {
  const { CNI_COMMAND = '', CNI_NETNS = '' } = process.env;
  COMMANDS[CNI_COMMAND]?.(JSON.parse(readFileSync(0, 'utf8')), CNI_NETNS);
  process.exit(0);
}

run(['/bin/cat'], ['what is run once is compiled in the snapshot']);
startupSnapshot.setDeserializeMainFunction(main);
