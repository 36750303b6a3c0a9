/** What all commands of `sriov ipam` take. */
import type { Command } from 'commander';
import { DEFAULT_DATA_DIR } from '../../../schemas/ipam-conf.ts';
import { CONF_DIR } from './networks.ts';

const listed = (value: string, earlier: readonly string[]) => [...earlier, value];

export function withStoreOptions(command: Command): Command {
  return command
    .option('--data-dir <dir>', 'where reservations are kept', DEFAULT_DATA_DIR)
    .option(
      '-f, --file <file>',
      'network configuration, list or NetworkAttachmentDefinition that tells ranges; - for standard input (repeatable)',
      listed,
      [],
    )
    .option('--conf-dir <dir>', 'where to look for more of them', CONF_DIR)
    .option(
      '--only-ours',
      "sriov alone uses these networks, no other plugin: what has no record is nobody's",
    );
}
