#!/bin/bash
# Gets what the bench compares with: Debian's newest containernetworking-plugins (sid) and those of this release, unpacked
# below /var/cache/sriov-bench, not installed. Prints their folders, the newest first.
set -euo pipefail
home=${BENCH_HOME:-/var/cache/sriov-bench}

stop() {
  echo "peers: $*" >&2
  exit 1
}

# The machine's own mirrors, as its apt understands its sources: others may have a suite of that name too.
mirrors() { apt-get --print-uris update | sed -n "s#^'\(.*\)/dists/bookworm/InRelease' .*#\1#p"; }

# lists, cache and sources of its own: the machine's apt is left as it is
download() {
  local folder=$1 suite=$2 uri=$3
  rm -rf "$folder"
  mkdir -p "$folder"/{lists,cache,root}/partial || stop "cannot write below $home"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main" >"$folder/sources.list"
  local -a apt=(apt-get -qq -o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=-
    -o "Dir::State::lists=$folder/lists" -o "Dir::Cache=$folder/cache" -o APT::Sandbox::User=root)
  "${apt[@]}" update && (cd "$folder" && "${apt[@]}" download containernetworking-plugins)
}

get() {
  local suite=$1 folder=$home/$1 uri all
  [ ! -e "$folder/ready" ] || return 0
  all=$(mirrors)
  [ -n "$all" ] || stop "the apt of this machine has no mirror of bookworm"
  for uri in $all; do
    download "$folder" "$suite" "$uri" || continue
    dpkg-deb -x "$folder"/containernetworking-plugins_*.deb "$folder/root"
    basename "$folder"/containernetworking-plugins_*.deb | sed 's/^[^_]*_\([0-9.]*\).*/\1/' >"$folder/ready"
    rm -rf "$folder"/{lists,cache}
    return 0
  done
  stop "no Debian mirror in /etc/apt/sources.list* has the plugins of $suite"
}

for suite in sid bookworm; do
  get "$suite"
  echo "$(cat "$home/$suite/ready") $home/$suite/root/usr/lib/cni"
done
