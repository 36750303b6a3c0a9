/** Everything that the record of an attachment says, in words; pure. */
import type { AttachmentRecord, LinkBefore } from '../../../schemas/record.ts';
import { type ChangeOf, sentenceOf } from '../../attachment/change.ts';
import { podText } from '../holder.ts';
import type { Life } from './life.ts';

type Line = readonly [title: string, text: string];

export type Described = {
  readonly record: AttachmentRecord;
  readonly life: Life;
  readonly restoring: readonly string[];
};

export function describedText({ record, life, restoring }: Described): string {
  return [
    `${record.device}\n`,
    linesOf(holding(record, life)),
    '  Before it was attached\n',
    linesOf(beforeOf(record)),
    '  DEL would now\n',
    ...restoring.map((sentence) => `    ${sentence}\n`),
  ].join('');
}

const WIDTH = 16;

const linesOf = (lines: readonly Line[]) =>
  lines.map(([title, text]) => `    ${title.padEnd(WIDTH)}${text}\n`).join('');

function holding(record: AttachmentRecord, { state, why }: Life): Line[] {
  const { attachment, pod, sandbox, sandboxInode, since, addresses, delegate, origin } = record;
  const inode = sandboxInode === undefined ? '' : ` (inode ${sandboxInode})`;
  const lines: (Line | false | undefined | '')[] = [
    pod && ['pod', podText(pod)],
    ['container', attachment.containerId],
    ['interface', attachment.ifName],
    ['network', attachment.network],
    ['namespace', `${sandbox || 'unknown'}${inode}`],
    ['state', why ? `${state}: ${why}` : state],
    ['since', since ?? 'not recorded'],
    ['addresses', addresses.held.join(', ') || 'none'],
    addresses.held.length > 0 && ['kept in', `${addresses.dataDir}/${attachment.network}`],
    delegate && ['given by', `the IPAM plugin "${delegate.type}"`],
    record.deviceInfoFile && ['device info', record.deviceInfoFile],
    record.resetsFunction && ['reset', 'before and after'],
    origin && ['made by', origin],
  ];
  return lines.filter((line): line is Line => Boolean(line));
}

function beforeOf({ before: { link, settings, adminMac } }: AttachmentRecord): Line[] {
  const ofPf =
    Object.keys(settings).length > 0 ? wordsOf('set-vf', { pf: '', index: 0, settings }) : 'not touched';
  return [
    ['link', link ? link.name : 'none: a driver for userspace had it'],
    ...(link ? ofLink(link) : []),
    ['through the PF', ofPf],
    ...(adminMac ? [adminMacLine(adminMac)] : []),
  ];
}

function ofLink({ name: _, altnames, hasParentDevice: __, ...settings }: LinkBefore): Line[] {
  return [
    ['', wordsOf('set-link', { place: 'home', link: '', settings })],
    ...(altnames?.length ? [['altnames', altnames.join(', ')] as const] : []),
  ];
}

/** As the log words a change, without what it changes. */
function wordsOf<K extends 'set-vf' | 'set-link'>(kind: K, change: Omit<ChangeOf<K>, 'kind'>): string {
  return sentenceOf({ kind, ...change } as unknown as ChangeOf<K>).replace(/^.*?: /, '');
}

function adminMacLine({
  shown,
  isPinned,
}: {
  readonly shown: string;
  readonly isPinned?: boolean | undefined;
}): Line {
  const pin = { true: ', and the VF was bound to it', false: ', and the VF was free to choose' };
  return ['admin MAC', `${shown}${isPinned === undefined ? ', not written' : pin[`${isPinned}`]}`];
}
