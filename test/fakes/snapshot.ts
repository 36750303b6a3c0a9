import type { Machine, Namespace } from '../../src/model/machine.ts';

const LONG_MS = 20_000;

/** All that there is, once what is under way has happened. Equal if nothing was changed, or all was restored. */
export function snapshot(machine: Machine): object {
  machine.clock.pass(LONG_MS);
  const shown = ({ links }: Namespace) =>
    links
      .map(({ altnames, addresses, doubtful, routes, ...link }) => ({
        ...link,
        altnames: [...altnames].sort(),
        addresses: [...addresses],
        doubtful: [...doubtful],
        routes: [...routes],
      }))
      .sort((one, other) => one.name.localeCompare(other.name));
  return {
    pf: { ...machine.pf },
    vfs: machine.vfs.map(({ model, link, ...vf }) => ({ ...vf, vlan: { ...vf.vlan }, mac: link.mac })),
    home: shown(machine.home),
    sandboxes: Object.fromEntries([...machine.sandboxes].map(([path, sandbox]) => [path, shown(sandbox)])),
    locked: [...machine.locked],
  };
}
