/** What sysfs would show of a machine with other PCI devices than the VM has, as lines of bash. */

/**
 * Everybody in the node sees the VM's PCI devices, changed by the script, as `/sys/bus/pci/devices`.
 * The script runs in a folder with a symlink to each device.
 */
export const planted = (script: string) => `mkdir -p /run/devices && cd /run/devices
  for device in /sys/bus/pci/devices/*; do ln -s "$(readlink -f "$device")" .; done
  ${script}
  mount --bind /run/devices /sys/bus/pci/devices`;

/** In a script for `planted`: the device without an entry of its folder. */
export const without = (device: string, entry: string) => `real=$(readlink -f ${device})
  rm ${device}; mkdir ${device}
  for path in "$real"/*; do ln -s "$(readlink -f "$path")" "${device}/\${path##*/}"; done
  rm ${device}/${entry}`;

/**
 * In a script for `planted`: a PF and its first VF. The PF's link is that of netdevsim1, which takes every VF
 * attribute but knows no VF; so the VF's link is a dummy of the given name, which dies with its namespace.
 */
export const netdevsimPf = ({ pf, vf, link }: { pf: string; vf: string; link: string }) => `
  modprobe -a netdevsim dummy; echo "1 1" >/sys/bus/netdevsim/new_device
  echo 2 >/sys/bus/netdevsim/devices/netdevsim1/sriov_numvfs
  mkdir -p ${pf} ${vf}/net/${link}; echo 2 | tee ${pf}/sriov_totalvfs >${pf}/sriov_numvfs
  ln -s /sys/bus/netdevsim/devices/netdevsim1/net ${pf}/net; ln -s /sys/bus/pci/drivers/igb ${pf}/driver
  ln -s ../${vf} ${pf}/virtfn0; ln -s ../${pf} ${vf}/physfn; ln -s /sys/bus/pci/drivers/igbvf ${vf}/driver
  ${newLink(link)}`;

export const newLink = (name: string) => `ip link add ${name} address 02:00:00:00:01:00 type dummy`;
