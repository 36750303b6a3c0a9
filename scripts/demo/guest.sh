#!/bin/bash
# In the VM: the demo itself. Ends with an error at the first step that fails.
set -euo pipefail
guest=scripts/lab/guest
if [ "${1:-no}" = yes ]; then bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' plain=$'\e[0m'; else bold='' dim='' green='' plain=''; fi

number=0
title() { printf '\n%s%d. %s%s\n' "$bold" $((number += 1)) "$*" "$plain"; }
say() { printf '   %s\n' "$*"; }
ok() { printf '   %s✓ %s%s\n' "$green" "$*" "$plain"; }

# shows the command, then what it prints
show() {
  printf '   %s$ %s%s\n' "$dim" "$*" "$plain"
  "$@" 2>&1 | sed 's/^/     /'
}

fail() {
  printf '\ndemo: %s\n' "$*" >&2
  exit 1
}
trap 'fail "the step above failed (line $LINENO)"' ERR

netconf() {
  cat <<END
{ "type": "sriov", "cniVersion": "0.3.1", "name": "sriov-network", "deviceID": "$1", "vlan": 100,
  "ipam": { "type": "host-local", "subnet": "10.20.30.0/25", "routes": [{ "dst": "0.0.0.0/0" }], "gateway": "10.20.10.1" } }
END
}

# what a container runtime does: configuration on standard input, the rest in the environment
cni() {
  local command=$1 pod=$2 device=$3
  netconf "$device" | env -i CNI_COMMAND="$command" CNI_CONTAINERID="$pod" CNI_NETNS="/run/netns/$pod" \
    CNI_IFNAME=net1 CNI_PATH=/opt/cni/bin /opt/cni/bin/sriov
}

link_of() { ls "/sys/bus/pci/devices/$1/net"; }

wait_for_carrier() {
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    ip -n "$1" link show net1 | grep -q 'state UP' && return 0
    sleep 0.1
  done
  fail "net1 in $1 has no carrier"
}

# pod, and the VF it gets: one of each NIC
pods=(red 0000:01:10.0 blue 0000:02:10.0)

title 'The node: two NICs that can do SR-IOV; three VFs are made on each'
bash "$guest/make-vfs.sh" 3 >/run/vfs
nics=("$(link_of 0000:01:00.0)" "$(link_of 0000:02:00.0)")
show lspci -d 8086:10ca
show ip -br link
mkdir -p /var/lib/cni
bash "$guest/snapshot.sh" >/run/before

title 'The plugin: one file'
install -D dist/sriov /opt/cni/bin/sriov
show ls -lh /opt/cni/bin
say "it answers what it can:"
echo '{"cniVersion":"1.1.0"}' | CNI_COMMAND=VERSION /opt/cni/bin/sriov | tr -d ' \n' | sed 's/^/     /'
echo

title 'The network: VLAN 100, and a gateway that lies outside the subnet'
netconf 0000:01:10.0 | sed 's/^/     /'
say '(Multus adds the deviceID; other plugins answer "network is unreachable" to such a gateway)'

title 'Two pods get a VF each, one of either NIC'
for ((i = 0; i < ${#pods[@]}; i += 2)); do
  ip netns add "${pods[i]}"
  say "ADD for pod ${pods[i]} with VF ${pods[i + 1]}:"
  cni ADD "${pods[i]}" "${pods[i + 1]}" 2>/run/log | sed 's/^/     /'
  sed -E 's/^time=.*msg="(.*)"$/       \1/; s/\\"/"/g' /run/log
done

title 'What the pods have'
for pod in red blue; do
  wait_for_carrier "$pod"
  show ip -n "$pod" -br address show dev net1
  show ip -n "$pod" route
done

title 'What the node has: the VFs are gone from it, and their NICs hold them to VLAN 100'
for nic in "${nics[@]}"; do show ip link show "$nic"; done
show ls /var/lib/cni/sriov-attachments /var/lib/cni/networks/sriov-network

title 'From pod to pod, from NIC to NIC'
show ip netns exec red ping -c 3 -i 0.3 -W 2 10.20.30.2

title 'The pods end'
for ((i = 0; i < ${#pods[@]}; i += 2)); do
  say "DEL for pod ${pods[i]}:"
  cni DEL "${pods[i]}" "${pods[i + 1]}" 2>/run/log
  sed -E 's/^time=.*msg="(.*)"$/       \1/; s/\\"/"/g' /run/log
  ip netns del "${pods[i]}"
done

title 'The node is as before'
udevadm settle
bash "$guest/snapshot.sh" >/run/after
diff /run/before /run/after || fail 'the node is not as before: see the difference above'
show ip -br link
ok 'links, VF settings, records and addresses: no difference'
