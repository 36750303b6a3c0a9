/** What zsh and fish are told; bash is asked in test/sandbox/tool-completion.test.ts. */
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { bashScript } from '../../../../src/tool/completion/for-bash.ts';
import { fishScript } from '../../../../src/tool/completion/for-fish.ts';
import { zshScript } from '../../../../src/tool/completion/for-zsh.ts';
import { offersOf } from '../../../../src/tool/completion/offers.ts';
import { referenceOf } from '../../../../src/tool/reference.ts';
import { familyOfCommands } from '../reference/family.ts';

const offers = offersOf(referenceOf(familyOfCommands()));

test('bash can read its script', async () => {
  const { stderr } = await execa('bash', ['--norc', '-n'], { input: bashScript(offers) });
  expect(stderr).toBe('');
});

describe('the script for zsh', () => {
  const script = zshScript(offers);

  test('offers commands with what they are for', () => {
    expect(script).toContain(
      `(sriov)\n      if [[ \${words[CURRENT]} == -* ]]; then\n        found=('-V:output the version number'`,
    );
    expect(script).toContain(`found=('pods:show pods' 'run:what a runtime'\\''s call does: ADD or DEL')`);
  });

  test('offers the values of options, and what the machine has', () => {
    expect(script).toContain(
      `('sriov pods release -o'|'sriov pods release --output') compadd -- table json; return ;;`,
    );
    expect(script).toContain(
      `('sriov pods release --device') compadd -- /sys/bus/pci/devices/*/physfn(N:h:t); return ;;`,
    );
    expect(script).toContain(`('sriov run -n'|'sriov run --netns') compadd -- /run/netns/*(N:t); return ;;`);
  });
});

describe('the script for fish', () => {
  const lines = fishScript(offers).split('\n');
  const linesAt = (path: string) => lines.filter((line) => line.includes(`= "${path}"'`));

  test('offers commands with what they are for', () => {
    expect(linesAt('sriov')[0]).toBe(
      `complete -c sriov -n 'test (__sriov_command) = "sriov"' -a pods -d 'show pods'`,
    );
  });

  test('offers options, their values, and what the machine has', () => {
    const [output, device, to] = linesAt('sriov pods release').map((line) => line.split(`"' `)[1]);
    expect(output).toMatch(/^-s o -l output -r -f -a 'table json' -d 'how to show it/);
    expect(device).toBe(
      `-l device -r -f -a '(set -l found /sys/bus/pci/devices/*/physfn; __sriov_names $found)' -d 'another VF'`,
    );
    expect(to).toBe(`-l to -r -F -d 'where to'`);
  });
});
