/** Commands that the distributions spell in different ways. */
import type { Distribution } from '../../host/node/kernel.ts';

type Package = 'iproute2' | 'util-linux' | 'coreutils';

const NAMES_OF_RHEL: Readonly<Record<Package, string>> = {
  iproute2: 'iproute',
  'util-linux': 'util-linux',
  coreutils: 'coreutils',
};

export function installing(wanted: Package, distribution: Distribution): string[] {
  return by(distribution, {
    debian: `apt-get install ${wanted}`,
    rhel: `dnf install ${NAMES_OF_RHEL[wanted]}`,
  });
}

export function addingToCommandLine(words: string, distribution: Distribution): string[] {
  return by(distribution, {
    debian: `sed -i 's/^GRUB_CMDLINE_LINUX="/&${words} /' /etc/default/grub && update-grub && reboot`,
    rhel: `grubby --update-kernel=ALL --args='${words}' && reboot`,
  });
}

/** Where the distributions have the plugins of containernetworking/plugins. */
export function copyingReference(type: string, directory: string, distribution: Distribution): string[] {
  const to = quoted(directory);
  return by(distribution, {
    debian: `apt-get install containernetworking-plugins && cp /usr/lib/cni/${type} ${to}/`,
    rhel: `dnf install containernetworking-plugins && cp /usr/libexec/cni/${type} ${to}/`,
  });
}

/** On a distribution that we do not know, the one that fits. */
function by(
  distribution: Distribution,
  { debian, rhel }: Readonly<Record<'debian' | 'rhel', string>>,
): string[] {
  const lines = { debian: [debian], rhel: [rhel], other: [`${debian}  # Debian, Ubuntu`, `${rhel}  # RHEL`] };
  return lines[distribution];
}

/** A word that a shell takes as it is: names of links and files may come from a pod, and are copied by root. */
export const quoted = (text: string) =>
  /^[\w.@:,/+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** Processes in whose namespace a link of the device is. */
export const whoHasLink = (address: string) =>
  `lsns -t net -no PID | while read p; do nsenter -t "$p" -n ip -d -o link | grep -q 'parentdev ${address}' && ps "$p"; done`;

export const deviceOf = (address: string) => `/sys/bus/pci/devices/${address}`;

/** Loads the driver that the kernel knows for the device, and has it look. */
export const bindingDriver = (address: string) =>
  `modprobe "$(cat ${deviceOf(address)}/modalias)"; echo ${address} > /sys/bus/pci/drivers_probe`;

export const givingBack = (address: string) => [
  `echo > ${deviceOf(address)}/driver_override`,
  `echo ${address} > ${deviceOf(address)}/driver/unbind`,
  bindingDriver(address),
];
