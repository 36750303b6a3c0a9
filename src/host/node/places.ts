/** Where a node keeps what has a say in its network. */

export const COMMAND_LINE = '/proc/cmdline';
export const KERNEL_RELEASE = '/proc/sys/kernel/osrelease';
export const OS_RELEASE = '/etc/os-release';

/** What firmware tells of an IOMMU: Intel's table, and AMD's. Below /sys. */
export const IOMMU_TABLES = { DMAR: 'firmware/acpi/tables/DMAR', IVRS: 'firmware/acpi/tables/IVRS' } as const;

/** Runtimes that say where plugins and networks are; k3s and RKE2 write their own. */
export const CONTAINERD_FILES = [
  '/etc/containerd/config.toml',
  '/var/lib/rancher/k3s/agent/etc/containerd/config.toml',
  '/var/lib/rancher/rke2/agent/etc/containerd/config.toml',
];
export const CRIO_FILE = '/etc/crio/crio.conf';
export const CRIO_DIRECTORY = '/etc/crio/crio.conf.d';

export const DEFAULT_PLUGIN_DIRECTORY = '/opt/cni/bin';
export const DEFAULT_NETWORK_DIRECTORY = '/etc/cni/net.d';
export const KUBELET_DIRECTORY = '/var/lib/kubelet';

/** systemd keeps a link here for each unit that is active. */
export const ACTIVE_UNITS = '/run/systemd/units';
export const NETWORK_MANAGER_RUN = '/run/NetworkManager';

export const NETWORK_MANAGER_FILE = '/etc/NetworkManager/NetworkManager.conf';
export const NETWORK_MANAGER_DIRECTORIES = [
  '/usr/lib/NetworkManager/conf.d',
  '/run/NetworkManager/conf.d',
  '/etc/NetworkManager/conf.d',
];

/** A file of the first hides one of the same name in the others. */
export const SYSTEMD_DIRECTORIES = [
  '/etc/systemd/network',
  '/run/systemd/network',
  '/usr/lib/systemd/network',
  '/lib/systemd/network',
];

export const UDEV_DIRECTORIES = ['/etc/udev/rules.d', '/run/udev/rules.d'];
export const INTERFACES_FILE = '/etc/network/interfaces';
export const INTERFACES_DIRECTORY = '/etc/network/interfaces.d';

/** The SR-IOV network operator's daemon keeps its state in the one, and its unit is the other. */
export const OPERATOR_TRACES = ['/etc/sriov-operator', '/etc/systemd/system/sriov-config.service'];
