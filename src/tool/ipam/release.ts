import { Command } from 'commander';
import { CniError } from '../../../schemas/fault.ts';
import { ipText, parseIp } from '../../../schemas/ip.ts';
import { withExamples } from '../help.ts';
import { shortId } from '../holder.ts';
import { onTheNode } from '../on-the-node.ts';
import { plain } from '../terminal.ts';
import type { Tool } from '../tool.ts';
import { freeOne } from './freeing.ts';
import { isYoung, type Judged } from './judged.ts';
import { withStoreOptions } from './options.ts';
import { surveyOf, type Wanted } from './survey.ts';

type Options = Wanted & { readonly network: string; readonly yes?: true; readonly force?: true };

export function releaseCommand(tool: Tool): Command {
  const command = withStoreOptions(new Command('release'))
    .summary('free one address')
    .description(
      'Frees one address of a network. Shows whose it is; frees it with --yes. One that is in use, or of which nothing tells whether it is, takes --force. The attachment that had it, if there is one, stays as it is: to end that, too, use sriov attachments release.',
    )
    .argument('<address>', 'the IPv4 or IPv6 address, without a prefix length')
    .requiredOption('--network <name>', 'of which network')
    .option('--yes', 'do it')
    .option('--force', 'also if somebody uses it, or may: another pod may then get the same address')
    .action((address: string, options: Options) => release(tool, address, options));
  return withExamples(command, [
    ['sriov ipam release 10.20.30.7 --network sriov-network', 'whose it is, and what would be done'],
    ['sriov ipam release 10.20.30.7 --network sriov-network --yes', 'do it'],
    [
      'sriov ipam release 10.20.30.7 --network sriov-network --yes --force',
      'also if it is unknown whether somebody uses it',
    ],
  ]);
}

async function release(tool: Tool, text: string, { yes, force, ...wanted }: Options): Promise<void> {
  const { network, dataDir } = wanted;
  const ip = parseIp(text);
  if (!ip) throw new CniError('unavailable', `"${text}" is no IP address`);
  const address = ipText(ip);
  const { networks } = await surveyOf(onTheNode(tool), wanted, network);
  const found = networks[0]?.judged.find((one) => one.address === address);
  if (!found) throw new CniError('unavailable', `Network ${network} does not hold ${address} in ${dataDir}`);
  if (!force && mayBeInUse(found)) throw new CniError('address-taken', refusalOf(found, address));
  const { print } = tool.terminal;
  if (!yes) return print(`${plain(foretold(found, address))}\nNothing was changed. --yes does it.\n`);
  if (await freeOne(tool.store(), { ...found, address }, { network, dataDir }))
    return print(`${address} is free.\n`);
  throw new CniError('address-taken', `${address} was not freed: it has changed hands meanwhile`);
}

const holderOf = ({ pod, container }: Judged) => pod ?? (shortId(container) || 'nobody that is named');

/** One that names nobody may be about to be written, or go with an attachment. */
function mayBeInUse({ state, device, since }: Judged): boolean {
  if (state === 'damaged') return device !== undefined || isYoung(Date.parse(since), Date.now());
  return state !== 'stale';
}

function refusalOf(one: Judged, address: string): string {
  const how = one.why ? `: ${one.why}` : '';
  if (one.state !== 'held')
    return `${address} may be in use by ${holderOf(one)}${how}. --force frees it nevertheless`;
  return `${address} is in use by ${holderOf(one)}${how}. End the pod instead, or free the address by --force`;
}

function foretold(one: Judged, address: string): string {
  const why = one.why ? `: ${one.why}` : '';
  const stays = one.device
    ? ` The attachment of ${one.device} would stay: sriov attachments release ${one.device}`
    : '';
  return `${address} would be freed. ${holderOf(one)} has it since ${one.since}; it is ${one.state}${why}.${stays}`;
}
