/** What happens to a machine without our doing. */
import { isTaken, type Machine, type ModelLink, type ModelVf, type Namespace, sandboxAt } from './machine.ts';

/** When the kernel brings a VF home from a dead sandbox, and when udev then names it; never if absent. */
export type Homecoming = { readonly afterMs?: number; readonly udevAfterMs?: number };

/** What the kernel does to a link that leaves a namespace. */
export function leave(machine: Machine, from: Namespace, link: ModelLink): void {
  setDown(machine, link);
  link.addresses = [];
  link.doubtful.clear();
  link.routes = [];
  from.links = from.links.filter((other) => other !== link);
}

export function setDown({ vfs }: Machine, link: ModelLink): void {
  if (!link.isUp) return;
  link.isUp = false;
  link.hasCarrier = false;
  link.routes = [];
  const vf = vfs.find((one) => one.link === link);
  vf?.model.goDown(vf);
}

/** The sandbox loses its path, and dies as soon as nobody has it open. */
export function kill(machine: Machine, path: string, homecoming: Homecoming = {}): void {
  const sandbox = sandboxAt(machine, path);
  machine.sandboxes.delete(path);
  sandbox.dies = homecoming;
  dieIfAlone(machine, sandbox);
}

export function dieIfAlone(machine: Machine, sandbox: Namespace): void {
  if (!sandbox.dies || sandbox.openBy > 0) return;
  const { afterMs = 0, udevAfterMs } = sandbox.dies;
  for (const vf of machine.vfs.filter(({ link }) => sandbox.links.includes(link))) {
    leave(machine, sandbox, vf.link);
    machine.clock.after(afterMs, () => {
      bringHome(machine, vf.link);
      if (udevAfterMs !== undefined) machine.clock.after(udevAfterMs, () => nameByUdev(machine, vf));
    });
  }
  machine.clock.pass(0);
}

/** The link keeps the pod's name, unless it is taken; and its altnames, but for those that are. */
function bringHome({ home }: Machine, link: ModelLink): void {
  if (isTaken(home, link.name)) link.name = 'dev7';
  link.altnames = link.altnames.filter((altname) => !isTaken(home, altname));
  home.links.push(link);
}

function nameByUdev({ home }: Machine, { link, udevName }: ModelVf): void {
  if (home.links.includes(link) && !isTaken(home, udevName)) link.altnames.push(udevName);
}

/** A driver for userspace takes the link away. */
export function bindForUserspace(machine: Machine, vf: ModelVf, driver = 'vfio-pci'): void {
  for (const namespace of [machine.home, ...machine.sandboxes.values()]) {
    namespace.links = namespace.links.filter((link) => link !== vf.link);
  }
  vf.driver = driver;
}

/** sriov_numvfs = 0: VFs and links are gone, wherever they were. */
export function removeVfs(machine: Machine): void {
  const gone = machine.vfs.map(({ link }) => link);
  for (const namespace of [machine.home, ...machine.sandboxes.values()]) {
    namespace.links = namespace.links.filter((link) => !gone.includes(link));
  }
  machine.vfs = [];
}
