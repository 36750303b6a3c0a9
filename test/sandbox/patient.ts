/** Machines for the doctor: one in good health, and what can be wrong with it. */
import { writeFile } from 'node:fs/promises';
import { type Ended, EXECUTABLE, type Machine } from './machine.ts';

const DEVICES = '/sys/bus/pci/devices';
export const PF = `${DEVICES}/0000:01:00.0`;
/** Where a runtime has the executable, and where we have it ourselves. */
export const PLUGIN = '/opt/cni/bin/sriov';
export const DOCTOR = '/run/doctor';

/** Directories of its own for what it would share with this host, and PCI facts for its cards. */
const SETTLE = `
mkdir -p /run/etc/cni/net.d
cp -a /etc/ld.so.cache /etc/passwd /etc/group /run/etc/
echo 'ID=debian' >/run/etc/os-release
mount --bind /run/etc /etc
mount -t tmpfs tmpfs /opt
mkdir -p /opt/cni/bin
for place in ${PLUGIN} ${DOCTOR}; do
  touch $place
  mount --bind ${EXECUTABLE} $place
done
for device in ${DEVICES}/*; do
  echo 0x020000 >"$device/class"
  echo 0x8086 >"$device/vendor"
  echo 0x10c9 >"$device/device"
done
cd ${PF}
echo 0x1003 >net/pf0/flags
echo 1 | tee sriov_drivers_autoprobe >net/pf0/carrier`;

export async function settle(machine: Machine): Promise<void> {
  await machine.sh(SETTLE);
  await pretendLinux(machine, '6.1.0-13-amd64');
}

export async function pretendLinux(machine: Machine, release: string): Promise<void> {
  await plant(machine, '/run/osrelease', `${release}\n`);
  await machine.sh('mount --bind /run/osrelease /proc/sys/kernel/osrelease');
}

/** Writes a file of the machine, and the directories above it. */
export async function plant(machine: Machine, path: string, text = ''): Promise<void> {
  await machine.sh(`mkdir -p "$(dirname '${path}')"`);
  await writeFile(machine.path(path), text);
}

/** What systemd keeps of a service that is active. */
export async function start(machine: Machine, unit: string): Promise<void> {
  await machine.sh(`mkdir -p /run/systemd/units; ln -s 0 /run/systemd/units/invocation:${unit}.service`);
}

/** Whatever the doctor looks into, with the times of the last change. */
function traces(machine: Machine): Promise<string> {
  return machine.sh("find /etc /opt /run /var/lib /sys -printf '%p %m %U %s %T@ %C@\\n' | sort");
}

export type Examined = Ended & { readonly isUntouched: boolean };

export async function examine(machine: Machine, ...words: readonly string[]): Promise<Examined> {
  const before = [await traces(machine), await machine.snapshot()];
  const ended = await machine.run([DOCTOR, 'doctor', ...words]);
  const after = [await traces(machine), await machine.snapshot()];
  return { ...ended, isUntouched: JSON.stringify(after) === JSON.stringify(before) };
}

type Told = { readonly check: string; readonly verdict: string; readonly cure?: readonly string[] };

export async function findings(machine: Machine, ...words: readonly string[]): Promise<readonly Told[]> {
  const { stdout } = await examine(machine, '-o', 'json', ...words);
  return JSON.parse(stdout).findings;
}

/** What is wrong, by the names of the checks. */
export const wrongIn = (told: readonly Told[]) =>
  told.flatMap(({ check, verdict }) => (verdict === 'ok' ? [] : [`${verdict}: ${check}`]));
