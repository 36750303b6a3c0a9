/** How drivers take MACs: what the PF shows, what the netdev has, and what binds one to the other. */
import { ZERO_MAC } from '../../schemas/words.ts';
import type { Clock } from './clock.ts';
import type { ModelVf } from './machine.ts';

export type DriverModel = {
  /** Through the PF. Zeros take the admin MAC away. */
  readonly writeAdminMac: (vf: ModelVf, mac: string, clock: Clock) => void;
  /** On the netdev. The errno if it is refused. */
  readonly writeMac: (vf: ModelVf, mac: string) => string | undefined;
  /** The link went from up to down. */
  readonly goDown: (vf: ModelVf) => void;
};

const mayOverride = ({ isPinned, trust }: ModelVf) => !isPinned || trust === 'on';

function pin(vf: ModelVf, mac: string): void {
  vf.isPinned = mac !== ZERO_MAC;
  vf.shownMac = mac;
}

/** igb and igbvf: the PF shows the VF's own MAC; a VF that goes down asks its PF for the MAC, or tells it. */
const reset: DriverModel = {
  writeAdminMac(vf, mac) {
    pin(vf, mac);
    vf.isDeaf = false;
  },
  writeMac(vf, mac) {
    if (!mayOverride(vf)) return 'EADDRNOTAVAIL';
    vf.link.mac = mac;
    if (!vf.isDeaf) vf.shownMac = mac;
    return undefined;
  },
  goDown(vf) {
    if (mayOverride(vf)) vf.shownMac = vf.link.mac;
    else vf.link.mac = vf.shownMac;
    vf.isDeaf = false;
  },
};

/** As `reset`, but a VF whose admin MAC was taken away cannot make itself heard until it goes down. */
const deaf: DriverModel = {
  ...reset,
  writeAdminMac(vf, mac) {
    pin(vf, mac);
    vf.isDeaf = mac === ZERO_MAC;
  },
};

const LATE_MS = 300;

/** i40e and iavf: the PF resets the VF after an admin MAC was written, and then the netdev has it. */
const late: DriverModel = {
  writeAdminMac(vf, mac, clock) {
    pin(vf, mac);
    clock.after(LATE_MS, () => {
      if (vf.isPinned) vf.link.mac = vf.shownMac;
      else vf.shownMac = vf.link.mac;
    });
  },
  writeMac(vf, mac) {
    if (!mayOverride(vf)) return 'EACCES';
    vf.link.mac = mac;
    vf.shownMac = mac;
    return undefined;
  },
  goDown() {},
};

/** mlx5: the PF shows what was written to it and nothing else; the netdev takes everything. */
const both: DriverModel = {
  writeAdminMac: pin,
  writeMac(vf, mac) {
    vf.link.mac = mac;
    return undefined;
  },
  goDown() {},
};

/** No driver that we know of: its netdev never has another MAC. */
const stubborn: DriverModel = {
  writeAdminMac(vf, mac) {
    vf.shownMac = mac;
  },
  writeMac: () => 'EADDRNOTAVAIL',
  goDown() {},
};

export const DRIVER_MODELS = { reset, late, both, deaf, stubborn };
export type DriverName = keyof typeof DRIVER_MODELS;

/** What the PF of a driver shows for a VF that was never given an admin MAC. */
export function shownUnpinned(driver: DriverName, mac: string): string {
  return driver === 'both' ? ZERO_MAC : mac;
}
