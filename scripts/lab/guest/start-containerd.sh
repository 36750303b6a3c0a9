#!/bin/bash
# In the guest: containerd, until the guest ends; its folders are below /run, which is in memory.
set -euo pipefail
folder=/run/containerd
log=$folder/log

is_ready() { ctr version >/dev/null 2>&1; }

# no ctr before there is a socket: it would wait for one for seconds
is_ready_soon() {
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    [ -S "$folder/containerd.sock" ] && is_ready && return 0
    kill -0 "$1" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

write_config() {
  cat <<END
version = 2
root = "$folder/root"
state = "$folder/state"
disabled_plugins = [
  "io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"
]
[grpc]
address = "$folder/containerd.sock"
END
}

if [ -S "$folder/containerd.sock" ] && is_ready; then exit 0; fi
mkdir -p "$folder"
write_config >"$folder/config.toml"
setsid containerd --config "$folder/config.toml" </dev/null >"$log" 2>&1 &
is_ready_soon $! || { echo "start-containerd: $(tail -n 1 "$log")" >&2; exit 1; }
