#!/bin/bash
# Makes this process's namespaces a machine: bash set-up.sh VFS PODS STORE-MOUNT-OPTIONS. Then holds them until its
# input ends. Nothing outside its own network and mount namespace is touched; both go with the last process in them.
set -euo pipefail
vfs=$1 pods=$2 store=$3

mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib
mkdir -p /var/lib/cni /run/netns /run/real /run/shim
# Where the runtime of this host looks for plugins is no matter of the machine.
for directory in /etc/containerd /etc/crio; do
  [ ! -d "$directory" ] || mount -t tmpfs tmpfs "$directory"
done
mount -t tmpfs -o "$store" tmpfs /var/lib/cni
cp "$(readlink -f "$(command -v ip)")" /run/real/ip
cp "$(readlink -f "$(command -v tee)")" /run/real/tee

# PCI class, vendor and device of an Ethernet card.
card() {
  echo 0x020000 >"$1/class"
  echo "0x${2%:*}" >"$1/vendor"
  echo "0x${2#*:}" >"$1/device"
}

devices=/run/sys/bus/pci/devices
pf=$devices/0000:01:00.0
mkdir -p "$pf/net/pf0" /run/sys/bus/pci/drivers/{igb,igbvf,e1000,vfio-pci} /run/sys/class /run/sys/fs/cgroup
mkdir -p "$devices/0000:00:03.0/net/eth9"
ln -s ../../drivers/e1000 "$devices/0000:00:03.0/driver"
ln -s ../../drivers/igb "$pf/driver"
card "$devices/0000:00:03.0" 8086:10d3
card "$pf" 8086:10c9
echo 1500 >"$pf/net/pf0/mtu"
echo "$vfs" | tee "$pf/sriov_totalvfs" >"$pf/sriov_numvfs"
links='link add pf0 address 02:00:00:00:00:10 type veth peer name pf0p
link set pf0 up
link set pf0p up'
for ((n = 0; n < vfs; n++)); do
  address=$(printf '0000:01:%02x.%d' $((0x10 + n / 4)) $((n % 4 * 2)))
  mkdir -p "$devices/$address/net/vf$n"
  ln -s ../0000:01:00.0 "$devices/$address/physfn"
  ln -s ../../drivers/igbvf "$devices/$address/driver"
  ln -s "../$address" "$pf/virtfn$n"
  card "$devices/$address" 8086:10ca
  links+="
link add vf$n address 02:00:00:00:01:$(printf %02x "$n") type veth peer name vf${n}p
link set vf${n}p up"
done
ip -batch - <<<"$links"
for pod in $pods; do
  ip netns add "$pod"
  nsenter --net="/run/netns/$pod" ip link set lo up
done

# The numbers of links are the kernel's own.
mkdir /run/kernel-sys /run/sys/class/net
mkdir -p /run/sys/devices/virtual
mount -t sysfs sysfs /run/kernel-sys
mount --bind /run/kernel-sys/class/net /run/sys/class/net
mount --bind /run/kernel-sys/devices/virtual /run/sys/devices/virtual
umount /run/kernel-sys
mount --rbind /run/sys /sys
echo ready
exec cat >/dev/null
