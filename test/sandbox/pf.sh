#!/bin/bash
# Stands in for `ip`: passes everything on to the real one, but the PF of the machine, a veth, also has VFs with
# settings, as `vf N KEY VALUE ...` sets them and `ip -d -j` shows them. /run/pf/N holds those that were set. The driver
# lacks the setting that /run/pf-lacks names: what stands before it in a message is set, as the kernel does it.
real=/run/real/kernel-ip
lacks=$(cat /run/pf-lacks 2>/dev/null)

# A VLAN is by 802.1Q unless its own message tells the protocol.
take() {
  local file=/run/pf/$1
  shift
  while (($# > 0)); do
    [[ $1 != "$lacks" ]] || return 1
    [[ $1 != vlan ]] || sed -i /^proto=/d "$file"
    echo "$1=$2" >>"$file"
    shift 2
  done
}

is_on() {
  [[ $1 == on ]] && echo true || echo false
}

vfs() {
  local file comma=
  for file in /run/pf/*; do
    local mac=00:00:00:00:00:00 vlan=0 qos=0 proto='' spoofchk=on trust=off state=auto max_tx_rate='' min_tx_rate=0
    # shellcheck source=/dev/null
    source "$file"
    echo -n "$comma{\"vf\":${file##*/},\"address\":\"$mac\","
    echo -n "\"vlan_list\":[{\"vlan\":$vlan,\"qos\":$qos${proto:+,\"protocol\":\"$proto\"}}],"
    echo -n "${max_tx_rate:+\"rate\":{\"max_tx\":$max_tx_rate,\"min_tx\":$min_tx_rate\},}"
    echo -n "\"spoofchk\":$(is_on "$spoofchk"),\"trust\":$(is_on "$trust"),\"link_state\":\"$state\"}"
    comma=,
  done
}

# A line by itself: what the PF takes is not told to the kernel, which refuses all of it for a veth.
tell() {
  local line=$1 words code
  if [[ $line == 'link set dev pf0 vf '* ]]; then
    # shellcheck disable=SC2086 # words
    ! take ${line#* vf } || return 0
    line='link set dev pf0 vf 0 spoofchk on'
  fi
  { words=$("$real" "${flags[@]}" -batch - <<<"$line" 2>&1 >&7); code=$?; } 7> >(
    sed -u "/\"ifname\":\"pf0\"/s/}]\$/,\"vfinfo_list\":[$(vfs)]}]/"
  )
  wait $!
  [[ -z $words ]] || grep -v '^Command failed' <<<"$words" >&2
  return $code
}

# The planted sysfs names a link only while it is at home, as the real one does. Descriptor 5 is the plugin's own namespace.
follow() {
  local vf name
  for vf in /sys/bus/pci/devices/0000:01:00.0/virtfn*; do
    [[ -d $vf/net ]] || continue
    name=$(nsenter --net=/proc/$$/fd/5 "$real" -o link show type veth | sed -n "s/^[0-9]*: \(.*\)@vf${vf##*virtfn}p: .*/\1/p")
    rm -r "$vf/net"
    mkdir -p "$vf/net/$name"
  done
}

[[ " $* " == *' -batch - ' ]] || exec "$real" "$@"
flags=("${@:1:$#-2}")
number=0
while IFS= read -r line || [[ $line ]]; do
  ((++number))
  tell "$line"
  code=$?
  [[ ! -e /proc/$$/fd/5 || $line == *' show'* ]] || follow
  ((code != 0)) || continue
  echo "Command failed -:$number" >&2
  exit 1
done
