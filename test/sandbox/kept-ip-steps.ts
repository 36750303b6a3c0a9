/**
 * Run by Node inside a machine: `node kept-ip-steps.ts STEP...`, each a line for the kept `ip`, or for the shell behind "sh: ". Prints
 * what each line answered.
 */
import { execFileSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { converse } from '../../src/host/conversation.ts';
import { createSessions } from '../../src/host/ip-sessions.ts';
import { runChild } from '../../src/host/run-child.ts';
import { createIp, type IpAnswer } from '../../src/host/run-ip.ts';
import { numberOfLink } from '../../src/host/sysfs.ts';

const home = openSync('/proc/self/ns/net', 'r');
const ip = createIp({
  run: runChild,
  sessions: createSessions(converse),
  inherited: () => ({ locks: [], home }),
  numberOfLink: (name) => numberOfLink('/sys', name),
});

const answers: IpAnswer[] = [];
for (const step of process.argv.slice(2)) {
  if (step.startsWith('sh: ')) execFileSync('bash', ['-ec', step.slice('sh: '.length)]);
  else answers.push(await ip.run({ lines: [step.split(' ')], place: 'home', onRefusal: 'stop' }));
}
process.stdout.write(`${JSON.stringify(answers)}\n`, () => process.exit());
