import { Command } from 'commander';
import type { Json } from '../../../schemas/decode.ts';
import { CniError, FAULTS } from '../../../schemas/fault.ts';
import type { AddRequest } from '../../../schemas/request.ts';
import type { Result } from '../../../schemas/result.ts';
import { desiredOf } from '../../attachment/desired.ts';
import type { Vf } from '../../attachment/observed.ts';
import { vfOf } from '../../attachment/refusals.ts';
import { isRoot } from '../../host/node/directories.ts';
import { isLocked } from '../../host/node/locks.ts';
import { newLink, newNamespace } from '../../model/machine.ts';
import { deviceOption, fileOption, ifNameOption, netnsPath, WHERE_VFS_ARE } from '../attachment-options.ts';
import { withExamples } from '../help.ts';
import { mustNameVf, readNetconf } from '../netconf-file.ts';
import { type Format, formatOption, show } from '../output.ts';
import { look, modelOf } from '../rehearsal/model-of.ts';
import { plain, type Terminal, toned } from '../terminal.ts';
import { EXIT_CODES, type Tool } from '../tool.ts';
import { type Refusal, type Rehearsal, refusalOf, rehearse } from './rehearsal.ts';

type Options = {
  readonly file: string;
  readonly device?: string;
  readonly netns?: string;
  readonly ifname: string;
  readonly args?: string;
  readonly cniPath: string;
  readonly output: Format;
};

export function explainCommand(tool: Tool): Command {
  const command = new Command('explain')
    .summary('tell what an ADD would do here, and what DEL would put back')
    .description(
      'Tells what an ADD with this configuration would do on this machine, step by step, and what DEL would put back. It changes nothing: the plugin attaches a VF of a model that is made of what this machine shows.',
    )
    .addOption(fileOption().makeOptionMandatory())
    .addOption(deviceOption())
    .option(
      '-n, --netns <name>',
      'network namespace of the pod, by name or path (default: that of a new pod)',
    )
    .addOption(ifNameOption())
    .option('--args <text>', 'CNI_ARGS, such as MAC=02:00:00:00:00:01')
    .option('--cni-path <dirs>', 'CNI_PATH, where other IPAM plugins are', '/opt/cni/bin')
    .addOption(formatOption())
    .action((options: Options) => explain(tool, options));
  return withExamples(command, [
    ['sriov explain -f net.json --device 0000:01:10.0', 'what would happen to this VF'],
    ['sriov explain -f net.json --netns pod1 -o json', 'for a pod that is there, as a document'],
  ]);
}

/** Of a pod that is not there yet. */
const NEW_POD = '/run/netns/new-pod';

async function explain(tool: Tool, options: Options): Promise<void> {
  const json = readNetconf(options, tool);
  const explained = await explanationOf(tool, json, options).catch(refusedEarly);
  const text = () => textOf(tool.terminal, explained);
  tool.terminal.print(show(options.output, { value: explained, text }));
  if (explained.refusal) tool.endWith(EXIT_CODES.found);
}

type Explanation = Rehearsal & { readonly vf?: Vf; readonly request?: AddRequest };

/** What others than root are not shown is no refusal of ADD's. */
function refusedEarly(cause: unknown): Explanation {
  if (!(cause instanceof CniError) || (cause.fault === 'input-output' && !isRoot())) throw cause;
  return { changes: [], restore: [], warnings: [], refusal: refusalOf(cause) };
}

async function explanationOf(tool: Tool, json: Json, options: Options): Promise<Explanation> {
  mustNameVf(json);
  const sandbox = options.netns === undefined ? NEW_POD : netnsPath(options.netns);
  const request = tool.addRequest(json, {
    CNI_CONTAINERID: 'explained',
    CNI_NETNS: sandbox,
    CNI_IFNAME: options.ifname,
    CNI_ARGS: options.args,
  });
  const world = tool.world(() => {}, { CNI_PATH: options.cniPath });
  const real = { ...world, mustExpress: tool.mustExpress(json) };
  const desired = desiredOf(request);
  const vf = vfOf(real.host.findDevice(desired.device), desired);
  const records = await tool.records();
  const record = records.find(({ device }) => device === vf.address);
  const claim = record ? undefined : await real.records.claimOfOthers(vf.address);
  const addresses = tool.rehearsedAddresses();
  const paths = [record?.sandbox, sandbox, claim].filter((path) => path !== undefined);
  const setStage = async () => {
    const machine = modelOf(await look(real, vf, { asks: 'link and PF', paths }), record);
    if (options.netns === undefined) machine.sandboxes.set(NEW_POD, newNamespace([newLink({ name: 'lo' })]));
    return { machine, record, claim, records, addresses, real };
  };
  const rehearsal = await rehearse(request, setStage);
  const busy = isLocked(`${tool.places.stateDir}/${vf.address}.lock`);
  const waiting = `Another command is at work on ${vf.address}: ADD would wait for it, and may find it otherwise`;
  return { vf, ...rehearsal, warnings: [...(busy ? [waiting] : []), ...rehearsal.warnings] };
}

function textOf(
  terminal: Terminal,
  { vf, changes, restore, warnings, result, refusal }: Explanation,
): string {
  const warned = warnings.map((one) => `${toned(terminal, 'doubtful', 'warning:')} ${plain(one)}\n`);
  if (refusal) {
    return [...warned, refusalText(terminal, refusal)].join('');
  }
  return [
    ...warned,
    `ADD would attach ${vf && vfText(vf)}:\n`,
    numbered(changes),
    `and answer with ${result && plain(answerText(result))}.\n`,
    '\nDEL would put back:\n',
    numbered(restore),
    '\nNothing was changed.\n',
  ].join('');
}

function refusalText(terminal: Terminal, { code, msg, details }: Refusal): string {
  const words = `${toned(terminal, 'bad', 'ADD would be refused:')} ${msg}: ${plain(details)} (code ${code})\n`;
  return code === FAULTS['device-unfit'].code ? `${words}${WHERE_VFS_ARE}.\n` : words;
}

function vfText({ address, index, pf, driver, linkName }: Vf): string {
  const of = pf ? `VF ${index} of ${pf.name ?? pf.address}` : 'a VF whose PF is not to be seen';
  return `${address} (${[of, driver && `driver ${driver}`, linkName && `link ${linkName}`].filter(Boolean).join(', ')})`;
}

const numbered = (sentences: readonly string[]) =>
  sentences.map((sentence, index) => `${`${index + 1}`.padStart(4)}. ${plain(sentence)}\n`).join('');

function answerText({ interfaces, ips }: Result): string {
  const [link] = interfaces.slice(-1);
  const addresses = ips.map(({ address, gateway }) => `${address}${gateway ? ` (gateway ${gateway})` : ''}`);
  return [link && `${link.name}${link.mac ? `, MAC ${link.mac}` : ''}`, ...addresses]
    .filter(Boolean)
    .join(', ');
}
