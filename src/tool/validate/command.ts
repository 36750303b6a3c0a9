import { Command } from 'commander';
import { CniError } from '../../../schemas/fault.ts';
import { withExamples } from '../help.ts';
import { type Format, formatOption, show } from '../output.ts';
import { plain, toned } from '../terminal.ts';
import { EXIT_CODES, type ExitCode, type Tool } from '../tool.ts';
import { type Finding, findingAt } from './finding.ts';
import { MOST_BYTES, nameOf, readSource } from './read-source.ts';
import { countOf, reportOf } from './report.ts';
import type { Source } from './source.ts';
import { type Validation, validationOf } from './validation.ts';

type Options = { readonly output: Format; readonly strict?: true };

export function validateCommand(tool: Tool): Command {
  const command = new Command('validate')
    .summary('look for mistakes in network configurations')
    .description(
      'Looks for mistakes in network configurations, lists of plugins and NetworkAttachmentDefinitions, before a pod meets them. Errors are what the plugin refuses; warnings are what works, but hardly as it is meant. Exit code 3: there are errors; 1: a file cannot be read.',
    )
    .argument('<file...>', 'JSON or YAML; - is standard input')
    .option('--strict', 'let warnings count for the exit code, too')
    .addOption(formatOption())
    .action((files: readonly string[], options: Options) => validate(files, options, tool));
  return withExamples(command, [
    ['sriov validate net.json', 'a configuration'],
    ['sriov validate --strict deploy/*.yaml', 'everything in a directory, for instance in CI'],
    ['kubectl get net-attach-def -A -o yaml | sriov validate -', 'what a cluster has'],
    [`sriov validate -o json net.yaml | jq -r '.[].rule'`, 'for programs'],
  ]);
}

async function validate(files: readonly string[], { output, strict }: Options, tool: Tool): Promise<void> {
  const read = [...new Set(files)].map((file) => readFile(file, tool));
  const sources = read.filter(isSource);
  const validation = await tool.terminal.during('Reading ...', async () =>
    withTooLarge(validationOf(sources), read),
  );
  const { findings } = validation;
  tool.terminal.print(
    show(output, { value: findings, text: (isWide) => reportOf(validation, tool.terminal, isWide) }),
  );
  tool.endWith(
    exitCodeOf(findings, { isStrict: strict === true, isUnreadable: read.includes('unreadable') }),
  );
}

/** `Finding`: it is too large to be read. */
type Read = Source | Finding | 'unreadable';

const isSource = (read: Read): read is Source => typeof read === 'object' && 'text' in read;
const isFinding = (read: Read): read is Finding => typeof read === 'object' && 'rule' in read;

function withTooLarge({ findings, counts, ...rest }: Validation, read: readonly Read[]): Validation {
  const tooLarge = read.filter(isFinding);
  const files = counts.files + tooLarge.length;
  return { ...rest, counts: { ...counts, files }, findings: [...tooLarge, ...findings] };
}

function readFile(file: string, tool: Tool): Read {
  try {
    return readSource(file, tool);
  } catch (cause) {
    if (!(cause instanceof CniError)) throw cause;
    if (cause.fault === 'decode') return tooLarge(nameOf(file));
    tool.terminal.tell(`${toned(tool.terminal, 'bad', 'error:')} ${plain(cause.message)}\n`);
    return 'unreadable';
  }
}

function tooLarge(file: string): Finding {
  const problem = `The file has more than ${MOST_BYTES} bytes: it is not read`;
  return findingAt({ file, line: 1, column: 1, path: '' }, 'too-large', { problem });
}

type Strictness = { readonly isStrict: boolean; readonly isUnreadable: boolean };

function exitCodeOf(findings: readonly Finding[], { isStrict, isUnreadable }: Strictness): ExitCode {
  if (isUnreadable) return EXIT_CODES.failed;
  const isWrong = countOf(findings, 'error') > 0 || (isStrict && findings.length > 0);
  return isWrong ? EXIT_CODES.found : EXIT_CODES.done;
}
