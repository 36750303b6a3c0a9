/** `sriov completion bash`, read by a bash that is then asked what it offers. */
import { expect } from 'vitest';
import { bashScript } from '../../src/tool/completion/for-bash.ts';
import { offersOf } from '../../src/tool/completion/offers.ts';
import { referenceOf } from '../../src/tool/reference.ts';
import { familyOfCommands } from '../unit/tool/reference/family.ts';
import { EXECUTABLE, type Machine } from './machine.ts';
import { test } from './machine-test.ts';

/** What bash offers when TAB is pressed behind the line: it calls the function in the same way. */
async function offered(
  machine: Machine,
  line: string,
  script = '"$EXECUTABLE" completion bash',
): Promise<readonly string[]> {
  const asked = `source <(${script}); COMP_POINT=\${#COMP_LINE}
    [[ $(complete -p sriov) == *"-F _sriov "* ]] && _sriov && printf '%s\\n' "\${COMPREPLY[@]}"`;
  const env = { COMP_LINE: line, EXECUTABLE, FAMILY };
  const { code, stdout, stderr } = await machine.run(['bash', '--norc', '-c', asked], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.split('\n').filter(Boolean);
}

/** Of commands that take values of every kind. */
const FAMILY = bashScript(offersOf(referenceOf(familyOfCommands())));

test.for([
  ['sriov pods release --device ', ['0000:01:10.0', '0000:01:10.2']],
  // bash replaces what stands behind the last colon
  ['sriov pods release --device 0000:01:10', ['10.0', '10.2']],
  ['sriov pods release 0000:01:10.2', ['10.2']],
  ['sriov run ADD -n ', ['\\$\\(reboot\\)', 'pod1', 'pod2']],
  ['sriov pods release --to /run/shi', ['/run/shim']],
  ['sriov run ', ['ADD', 'DEL']],
  ['sriov pods ', ['release', 'list']],
  ['sriov pods --network b', ['blue']],
] as const)('of the machine: %s', async ([line, words], { machine }) => {
  await machine.sh(`mkdir -p '/run/netns/$(reboot)' /var/lib/cni/networks/blue`);
  const found = await offered(machine, line, `printf '%s' "$FAMILY"`);
  expect(found.slice(0, words.length)).toEqual(words);
});

test.for([
  ['sriov dis', ['discover']],
  ['sriov attach', ['attachments']],
  ['sriov --v', ['--version']],
  ['sriov discover --', ['--output', '--watch', '--help']],
  ['sriov discover -o ', ['table', 'wide', 'json', 'yaml']],
  ['sriov discover -w --output j', ['json']],
  ['sriov discover --output=y', ['yaml']],
  ['sriov completion ', ['bash', 'zsh', 'fish']],
  ['sriov completion z', ['zsh']],
  ['sriov nothing-of-ours', []],
] as const)('%s', async ([line, words], { machine }) => {
  expect(await offered(machine, line)).toEqual(words);
});

test('behind the name alone all commands are offered', async ({ machine }) => {
  expect(await offered(machine, 'sriov ')).toEqual(
    expect.arrayContaining(['discover', 'attachments', 'completion']),
  );
});

test('zsh and fish get a script each, and another shell is refused', async ({ machine }) => {
  const zsh = await machine.run([EXECUTABLE, 'completion', 'zsh']);
  expect(zsh).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^#compdef sriov\n/) });
  const fish = await machine.run([EXECUTABLE, 'completion', 'fish']);
  expect(fish).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('complete -c sriov') });
  const other = await machine.run([EXECUTABLE, 'completion', 'csh']);
  expect(other).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('bash, zsh, fish') });
});

test('the help of the program tells what its exit codes mean', async ({ machine }) => {
  const { stdout } = await machine.run([EXECUTABLE, '--help']);
  expect(stdout).toMatch(/\nExit codes:\n {2}0 {4}It is done\.\n(.*\n)+ {2}130 {2}Ctrl-C ended it/);
});
