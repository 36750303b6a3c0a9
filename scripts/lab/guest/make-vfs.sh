#!/bin/bash
# make-vfs.sh [N]    In the guest: N VFs (default 7) on each PF, able to receive, all down.
# One line per VF: PCI address, PF netdev, VF index, netdev.
set -euo pipefail
shopt -s nullglob
wanted=${1:-7}
pci=/sys/bus/pci/devices

stop() {
  echo "make-vfs: $*" >&2
  exit 1
}

netdev_of() {
  local -a paths=("$pci/$1"/net/*)
  echo "${paths[0]##*/}"
}

# the kernel refuses to go from N to M, neither 0
set_count() {
  local file=$pci/$1/sriov_numvfs
  [ "$(<"$file")" != "$wanted" ] || return 0
  [ "$(<"$file")" = 0 ] || echo 0 >"$file"
  echo "$wanted" >"$file"
}

wait_for_netdevs() {
  local pf tries
  local -a netdevs
  for pf in "${pfs[@]}"; do
    for ((tries = 0; tries < 100; tries++)); do
      netdevs=("$pci/$pf"/virtfn*/net/*)
      [ ${#netdevs[@]} -lt "$wanted" ] || break
      sleep 0.05
    done
    [ "$tries" -lt 100 ] || stop "of $wanted VFs of $pf, only ${#netdevs[@]} have a netdev here"
  done
  [ ! -e /run/udev/control ] || udevadm settle
}

deaf_vfs() {
  ip link show "$1" | sed -nE 's#^ *vf ([0-9]+) +link/ether 00:00:00:00:00:00 .*#\1#p'
}

# In about one boot of five, the first VF shows MAC 00:... on the PF and receives nothing until it was up and down.
wake_deaf_vfs() {
  local pf=$1 netdev index tries deaf
  netdev=$(netdev_of "$pf")
  for ((tries = 0; tries < 20; tries++)); do
    deaf=$(deaf_vfs "$netdev")
    [ -n "$deaf" ] || return 0
    for index in $deaf; do
      echo "make-vfs: VF $index of $netdev is deaf: up and down" >&2
      ip link set "$(netdev_of "$pf/virtfn$index")" up
      ip link set "$(netdev_of "$pf/virtfn$index")" down
    done
    sleep 0.1
  done
  stop "VFs of $netdev stay deaf: $deaf"
}

set_all_down() {
  local pf netdev
  for pf in "${pfs[@]}"; do
    for netdev in "$pci/$pf"/virtfn*/net/*; do echo "link set ${netdev##*/} down"; done
  done | ip -batch -
}

list() {
  local pf netdev index
  local -a addresses netdevs
  [ "$wanted" != 0 ] || return 0
  for pf in "${pfs[@]}"; do
    netdev=$(netdev_of "$pf")
    mapfile -t addresses < <(readlink "$pci/$pf"/virtfn*)
    netdevs=("$pci/$pf"/virtfn*/net/*)
    for ((index = 0; index < wanted; index++)); do
      echo "${addresses[index]##*/} $netdev $index ${netdevs[index]##*/}"
    done
  done
}

pfs=(/sys/bus/pci/drivers/igb/*:*)
pfs=("${pfs[@]##*/}")
makers=()
for pf in "${pfs[@]}"; do
  set_count "$pf" &
  makers+=($!)
done
for maker in "${makers[@]}"; do wait "$maker" || stop 'the kernel refused to make the VFs'; done
wait_for_netdevs
for pf in "${pfs[@]}"; do wake_deaf_vfs "$pf"; done
set_all_down
list
