#!/bin/bash
# Gets what the bench compares with: Debian's newest containernetworking-plugins (sid) and those of this release, unpacked
# below /var/cache/sriov-bench, not installed. Prints their folders, the newest first.
set -euo pipefail
home=${BENCH_HOME:-/var/cache/sriov-bench}

stop() {
  echo "peers: $*" >&2
  exit 1
}

# The machine's own mirror: deb822 files, or else one-line sources.
mirror() {
  local files
  files=$(find /etc/apt -maxdepth 2 -path '/etc/apt/sources.list*' -type f)
  # shellcheck disable=SC2086 # no blanks in them
  awk '/^URIs:.*debian\/?$/ { print $2; exit }
    /^deb .*bookworm .*main/ { for (i = 2; i <= NF; i++) if ($i ~ /^[a-z+]+:\/\//) { print $i; exit } }' $files
}

# lists, cache and sources of its own: the machine's apt is left as it is
get() {
  local suite=$1 folder=$home/$1 uri
  [ ! -e "$folder/ready" ] || return 0
  uri=$(mirror)
  [ -n "$uri" ] || stop "no Debian mirror in /etc/apt/sources.list*"
  rm -rf "$folder"
  mkdir -p "$folder"/{lists,cache,root}/partial
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main" >"$folder/sources.list"
  local -a apt=(apt-get -qq -o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=-
    -o "Dir::State::lists=$folder/lists" -o "Dir::Cache=$folder/cache" -o APT::Sandbox::User=root)
  "${apt[@]}" update || stop "cannot read the package lists of $suite"
  (cd "$folder" && "${apt[@]}" download containernetworking-plugins) || stop "cannot download the plugins of $suite"
  dpkg-deb -x "$folder"/containernetworking-plugins_*.deb "$folder/root"
  basename "$folder"/containernetworking-plugins_*.deb | sed 's/^[^_]*_\([0-9.]*\).*/\1/' >"$folder/ready"
  rm -rf "$folder"/{lists,cache}
}

for suite in sid bookworm; do
  get "$suite"
  echo "$(cat "$home/$suite/ready") $home/$suite/root/usr/lib/cni"
done
