import { type AttachmentRecord, type Before, RECORD_FORMAT, type VfSettings } from '../../schemas/record.ts';
import type { Desired } from './desired.ts';
import type { Link, Observed } from './observed.ts';

type Seen = { readonly home: Link; readonly seen: Observed };

/** What the PF shows of the settings that we are about to make; what it does not show cannot be restored. */
function settingsBefore({ settings, mac }: Desired, shown: Observed['shown']): VfSettings {
  const { vlan, spoofchk, trust } = settings;
  return {
    ...(vlan && shown && { vlan: shown.vlan }),
    ...(spoofchk && shown?.spoofchk && { spoofchk: shown.spoofchk }),
    ...((trust || mac) && shown?.trust && { trust: shown.trust }),
  };
}

function beforeOf(desired: Desired, { home, seen: { shown } }: Seen): Before {
  const { parentDevice, master: _, linkType: __, ...link } = home;
  return {
    link: { ...link, hasParentDevice: parentDevice !== undefined },
    settings: settingsBefore(desired, shown),
    ...(desired.mac && shown && { adminMac: { shown: shown.mac } }),
  };
}

/** The record of an attachment that begins: nothing is changed and no address is held yet. */
export function recordOf(desired: Desired, seen: Seen, bootId: string): AttachmentRecord {
  return {
    format: RECORD_FORMAT,
    attachment: desired.attachment,
    device: desired.device,
    sandbox: desired.sandbox,
    bootId,
    isUnfinished: true,
    addresses: { dataDir: desired.dataDir, held: [] },
    before: beforeOf(desired, seen),
  };
}
