#!/bin/bash
# Stands in for `ip`: passes everything on to the real one, but the PF of the machine, a veth, also has VFs with
# settings, as `vf N KEY VALUE ...` sets them and `ip -d -j` shows them. /run/pf/N holds those that were set.
real=/run/real/ip

take() {
  local index=$1
  shift
  printf '%s=%s\n' "$@" >>"/run/pf/$index"
}

is_on() {
  [[ $1 == on ]] && echo true || echo false
}

vfs() {
  local file comma=
  for file in /run/pf/*; do
    local mac=00:00:00:00:00:00 vlan=0 qos=0 spoofchk=on trust=off state=auto
    # shellcheck source=/dev/null
    source "$file"
    echo -n "$comma{\"vf\":${file##*/},\"address\":\"$mac\",\"vlan_list\":[{\"vlan\":$vlan,\"qos\":$qos}],"
    echo -n "\"spoofchk\":$(is_on "$spoofchk"),\"trust\":$(is_on "$trust"),\"link_state\":\"$state\"}"
    comma=,
  done
}

# What the PF takes is replaced by what changes nothing, so that the numbers of the lines stay.
without_vfs() {
  local line
  while IFS= read -r line; do
    if [[ $line == 'link set dev pf0 vf '* ]]; then
      # shellcheck disable=SC2086 # words
      take ${line#* vf }
      line='link set dev pf0 up'
    fi
    echo "$line"
  done
}

[[ " $* " == *' -batch - ' ]] || exec "$real" "$@"
without_vfs | "$real" "$@" | sed "/\"ifname\":\"pf0\"/s/}]\$/,\"vfinfo_list\":[$(vfs)]}]/"
exit "${PIPESTATUS[1]}"
