/** What the plugin would refuse of a variable is refused of the option. */
import { Command, type Option } from 'commander';
import { expect, test } from 'vitest';
import {
  containerIdOption,
  deviceOption,
  fileOption,
  ifNameOption,
} from '../../../src/tool/attachment-options.ts';

function parsed(option: Option, ...words: readonly string[]) {
  const command = new Command()
    .addOption(option)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return command.parse(words, { from: 'user' }).opts();
}

test.for([
  [deviceOption(), ['-d', '0000:0A:10.0'], { device: '0000:0a:10.0' }],
  [ifNameOption(), ['-i', 'eth1.5'], { ifname: 'eth1.5' }],
  [ifNameOption(), [], { ifname: 'net1' }],
  [containerIdOption(), ['-c', 'c1'], { containerId: 'c1' }],
  [fileOption(), ['-f', '-'], { file: '-' }],
] as const)('%# is taken', ([option, words, expected]) => {
  expect(parsed(option, ...words)).toEqual(expected);
});

test.for([
  [deviceOption(), ['-d', '01:10.0'], /Expected a PCI address such as 0000:01:10\.0\. sriov discover shows/],
  [ifNameOption(), ['-i', 'a/b'], /'-i, --ifname <name>' .*Expected an interface name: 1 to 15 bytes/],
  [containerIdOption(), ['-c', 'a b'], /Expected letters, digits, .* the first a letter or digit\.$/],
] as const)('%# is refused', ([option, words, sentence]) => {
  expect(() => parsed(option, ...words)).toThrow(sentence);
});
