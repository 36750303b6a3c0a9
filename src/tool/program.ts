/** The command line: every command of the tool, and how one of them ends. */
import { Command, CommanderError } from 'commander';
import { CniError } from '../../schemas/fault.ts';
import { isRoot } from '../host/node/directories.ts';
import { attachmentsCommand } from './attachments/command.ts';
import { completionCommand } from './completion/command.ts';
import { discoverCommand } from './discover/command.ts';
import { doctorCommand } from './doctor/command.ts';
import { explainCommand } from './explain/command.ts';
import { withExamples, withExitCodes } from './help.ts';
import { installCommand, uninstallCommand } from './install/command.ts';
import { ipamCommand } from './ipam/command.ts';
import { meantBy } from './meaning.ts';
import { runCommand } from './run/command.ts';
import { plain, toned } from './terminal.ts';
import { EXIT_CODES, type ExitCode, type Tool } from './tool.ts';
import { validateCommand } from './validate/command.ts';

const COMMANDS = [
  discoverCommand,
  doctorCommand,
  validateCommand,
  explainCommand,
  runCommand,
  attachmentsCommand,
  ipamCommand,
  installCommand,
  uninstallCommand,
  completionCommand,
];

export function programOf(tool: Tool): Command {
  const program = new Command('sriov')
    .description(
      'SR-IOV for pods: shows what this machine has, what is attached, and why something does not work. The same executable is the CNI plugin.',
    )
    .version(tool.about)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: tool.terminal.print,
      writeErr: tool.terminal.tell,
      getOutHelpWidth: () => tool.terminal.width ?? 100,
      getErrHelpWidth: () => tool.terminal.width ?? 100,
      getOutHasColors: () => tool.terminal.hasColors,
      getErrHasColors: () => tool.terminal.hasColors,
    })
    .exitOverride()
    .showHelpAfterError('(--help tells how it is used)');
  for (const commandOf of COMMANDS) program.addCommand(inheriting(commandOf(tool), program));
  withExamples(program, [
    ['sriov discover', 'PFs and VFs of this machine, and who has them'],
    ['sriov doctor', 'what is wrong on this node, and the command that cures it'],
    ['sriov explain -f net.json --device 0000:01:10.0', 'what an ADD would do, and DEL would put back'],
    ['sriov install', 'put this executable where runtimes look for plugins'],
  ]);
  return withExitCodes(program);
}

/** Settings of the program count for a command that was made by itself only if it is told so. */
function inheriting(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inheriting(child, command);
  return command;
}

/** Carries the words of a command line out, and returns the exit code. */
export async function runTool(words: readonly string[], tool: Omit<Tool, 'endWith'>): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT_CODES.done;
  const endWith = (code: ExitCode) => {
    exitCode = code;
  };
  try {
    const program = programOf({ ...tool, endWith });
    await program.parseAsync(meantBy(words, program), { from: 'user' });
  } catch (cause) {
    exitCode = failureOf(cause, tool);
  }
  return isAnswered(tool) ? exitCode : EXIT_CODES.failed;
}

/** Who reads no further has seen enough. */
function isAnswered({ terminal }: Pick<Tool, 'terminal'>): boolean {
  const loss = terminal.loss();
  if (!loss || loss.code === 'EPIPE') return true;
  terminal.tell(
    `${toned(terminal, 'bad', 'error:')} Not all of the answer could be written: ${loss.message}. What else there was to do was done\n`,
  );
  return false;
}

/** Commander has said what it has to say. */
function failureOf(cause: unknown, { terminal }: Pick<Tool, 'terminal'>): ExitCode {
  if (cause instanceof CommanderError) return cause.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage;
  const { message, stack = message } = cause as Error;
  const isOurs = cause instanceof CniError || isOfSystem(cause);
  const hint = !isRoot() && isRefusedBySystem(rootOf(cause), ['EACCES', 'EPERM']) ? '. Run it as root' : '';
  const bug = isOurs ? '' : `This is a bug:\n${stack}\n`;
  terminal.tell(`${toned(terminal, 'bad', 'error:')} ${plain(message)}${hint}\n${bug}`);
  return EXIT_CODES.failed;
}

const rootOf = (cause: unknown): unknown => (cause instanceof CniError ? (cause.cause ?? cause) : cause);

const isRefusedBySystem = (cause: unknown, codes: readonly string[]) =>
  codes.includes((cause as NodeJS.ErrnoException).code ?? '');

const isOfSystem = (cause: unknown) => typeof (cause as NodeJS.ErrnoException).syscall === 'string';
