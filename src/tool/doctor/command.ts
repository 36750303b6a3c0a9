import { Command } from 'commander';
import { deviceOption, fileOption } from '../attachment-options.ts';
import { withExamples } from '../help.ts';
import { readNetconf } from '../netconf-file.ts';
import { type Format, formatOption, show } from '../output.ts';
import { EXIT_CODES, type Tool } from '../tool.ts';
import { collect } from './collect.ts';
import { findingsOf } from './facts.ts';
import type { Finding } from './finding.ts';
import { countsOf, reportOf } from './report.ts';

type Options = { readonly output: Format; readonly file?: string; readonly device?: string };

export function doctorCommand(tool: Tool): Command {
  const command = new Command('doctor')
    .summary('look for what is wrong on this node, from its firmware to a pod')
    .description(
      'Checks this node from its firmware to a pod, changes nothing, and tells for each finding the command that cures it. With -f also whether an ADD with that configuration would be refused. The exit code is 3 if there is a problem, and 0 if there are warnings only.',
    )
    .addOption(formatOption())
    .addOption(fileOption())
    .addOption(deviceOption())
    .action((options: Options) => {
      if (options.device && !options.file) command.error('error: --device needs a configuration: -f FILE');
      return examine(tool, options);
    });
  return withExamples(command, [
    ['sriov doctor', 'what is wrong, and how to cure it'],
    ['sriov doctor -o wide', 'also what was found to be in order'],
    [
      'sriov doctor -f net.json --device 0000:01:10.0',
      'whether that VF could be attached with this configuration',
    ],
    [
      `sriov doctor -o json | jq -r '.findings[] | select(.verdict == "problem") | .cure[]?'`,
      'the cures alone',
    ],
  ]);
}

async function examine(tool: Tool, { output, file, device }: Options): Promise<void> {
  const asked = file === undefined ? undefined : readNetconf({ file, device }, tool);
  const findings = findingsOf(
    await tool.terminal.during('Looking at the node ...', () => collect(tool, asked)),
  );
  const isWide = output === 'wide';
  tool.terminal.print(
    show(output, { value: documentOf(findings), text: () => reportOf({ findings, isWide }, tool.terminal) }),
  );
  if (countsOf(findings).problem > 0) tool.endWith(EXIT_CODES.found);
}

const documentOf = (findings: readonly Finding[]) => ({ counts: countsOf(findings), findings });
