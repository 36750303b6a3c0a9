/** What DEL would do now, in sentences; pure. DEL looks again after each step, so that this is what it would begin with. */
import type { AttachmentRecord, LinkBefore } from '../../../schemas/record.ts';
import { ZERO_MAC } from '../../../schemas/words.ts';
import { type Change, sentenceOf } from '../../attachment/change.ts';
import { isForUserspace, type Link, pfNameOf, type ShownByPf, type Vf } from '../../attachment/observed.ts';
import { planHome, planHostName, planRestore } from '../../attachment/plan.ts';

/** What is seen of the VF now. */
export type Sight = {
  /** Absent if there is no such VF any more. */
  readonly vf?: Vf;
  /** Its link in the sandbox, or at home. */
  readonly away?: Link;
  readonly home?: Link;
  readonly shown?: ShownByPf;
  readonly isOfThisBoot: boolean;
};

export function restoringOf(record: AttachmentRecord, sight: Sight): string[] {
  return [...ofVf(record, sight), ...ofTheRest(record)];
}

function ofVf(record: AttachmentRecord, sight: Sight): string[] {
  const { device, before } = record;
  const { vf, home, away, isOfThisBoot } = sight;
  if (!isOfThisBoot) return [`leave ${device} as it is: since the boot it is a new VF`];
  if (!vf) return [`leave ${device}: it is no VF any more`];
  if (before.link && !home && !away) {
    return [`look for the link of ${device}, which is neither on the host nor in ${record.sandbox}`];
  }
  const changes = changesOf(record, { ...sight, vf });
  return changes.length > 0 ? changes.map(sentenceOf) : [`leave ${device} as it is: it is as it was`];
}

function changesOf(
  { before, resetsFunction }: AttachmentRecord,
  sight: Sight & { readonly vf: Vf },
): Change[] {
  const { vf, shown } = sight;
  const { changes, home } = before.link ? homecoming(before.link, sight) : { changes: [] };
  const reset: Change = { kind: 'reset-function', device: vf.address };
  return [
    ...(resetsFunction && isForUserspace(vf) ? [reset] : []),
    ...changes,
    ...adminMacBack(before, sight),
    ...(before.link && home && home.mac !== before.link.mac ? [macBack(before.link)] : []),
    ...planRestore(before, vf, { ...(home && { home }), ...(shown && { shown }) }),
  ];
}

type Homecoming = { readonly changes: readonly Change[]; readonly home?: Link };

/** The kernel takes a link down when it leaves a namespace, and we do to rename it. */
function homecoming(before: LinkBefore, { home, away }: Sight): Homecoming {
  const link = away ?? home;
  if (!link) return { changes: [] };
  const changes = away ? planHome(before, away) : planHostName(before, link);
  if (changes.length === 0) return { changes, home: link };
  const altnames = link.altnames.filter((altname) => before.altnames?.includes(altname) ?? true);
  return { changes, home: { ...link, name: before.name, altnames, isUp: false } };
}

const macBack = ({ name, mac }: LinkBefore): Change => ({
  kind: 'set-link',
  place: 'home',
  link: name,
  settings: { mac },
});

/** Only what ADD has written, or a program for userspace may have. */
function adminMacBack(
  { link, adminMac }: AttachmentRecord['before'],
  { vf, shown }: Sight & { readonly vf: Vf },
): Change[] {
  const isWritten = link ? adminMac?.isPinned !== undefined : adminMac?.shown !== shown?.mac;
  if (!adminMac || !isWritten || !shown || shown.mac === adminMac.shown) return [];
  const mac = adminMac.isPinned === false ? ZERO_MAC : adminMac.shown;
  return [{ kind: 'set-vf', pf: pfNameOf(vf), index: vf.index, settings: { mac } }];
}

function ofTheRest({
  addresses: { held, dataDir },
  delegate,
  deviceInfoFile,
  origin,
}: AttachmentRecord): string[] {
  return [
    ...(held.length > 0 ? [`release ${held.join(', ')} in ${dataDir}`] : []),
    ...(origin ? [`release what it holds in ${dataDir}`] : []),
    ...(delegate ? [`have the IPAM plugin "${delegate.type}" give its addresses back`] : []),
    ...(deviceInfoFile ? [`remove ${deviceInfoFile}`] : []),
    'remove the record',
  ];
}
