import {
  type AttachmentRecord,
  type Before,
  type LinkBefore,
  RECORD_FORMAT,
  type VfSettings,
} from '../../schemas/record.ts';
import type { Desired } from './desired.ts';
import type { Link, Observed } from './observed.ts';

type Seen = { readonly home: Link | undefined; readonly seen: Observed };

/** What tells later whether the sandbox is still the same, and a person when it began. */
type When = { readonly bootId: string; readonly since: string; readonly sandboxInode: number };

/** What the PF shows of the settings that we are about to make; what it does not show cannot be restored. */
function settingsBefore({ settings, mac }: Desired, shown: Observed['shown']): VfSettings {
  const { mac: _, ...all } = shown ?? {};
  const isTouched = (key: string) => key in settings || (key === 'trust' && mac !== undefined);
  return Object.fromEntries(Object.entries(all).filter(([key]) => isTouched(key)));
}

function beforeOf(desired: Desired, { home, seen: { shown } }: Seen): Before {
  return {
    ...(home && { link: linkBefore(home) }),
    settings: settingsBefore(desired, shown),
    ...((desired.mac || !home) && shown && { adminMac: { shown: shown.mac } }),
  };
}

function linkBefore({ parentDevice, master: _, linkType: __, hasCarrier: ___, ...link }: Link): LinkBefore {
  return { ...link, altnames: [...link.altnames], hasParentDevice: parentDevice !== undefined };
}

/** The record of an attachment that begins: nothing is changed and no address is held yet. */
export function recordOf(desired: Desired, seen: Seen, { sandboxInode, ...when }: When): AttachmentRecord {
  const { pod, deviceInfoFile, resetsFunction } = desired;
  return {
    format: RECORD_FORMAT,
    attachment: desired.attachment,
    device: desired.device,
    ...(pod && { pod }),
    sandbox: desired.sandbox,
    sandboxInode,
    ...when,
    isUnfinished: true,
    addresses: { dataDir: desired.dataDir, held: [] },
    ...(deviceInfoFile && { deviceInfoFile }),
    ...(resetsFunction && { resetsFunction: true }),
    before: beforeOf(desired, seen),
  };
}
