#!/bin/bash
# In the guest: podman with its CNI back end; its folders are below /run, which is in memory.
set -euo pipefail
mkdir -p /etc/containers /etc/cni/net.d
# runc, since crun is not there; cgroupfs, since systemd is not
cat >/etc/containers/containers.conf <<'END'
[containers]
log_driver = "none"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
[network]
network_backend = "cni"
network_config_dir = "/etc/cni/net.d"
cni_plugin_dirs = ["/opt/cni/bin"]
END
cat >/etc/containers/storage.conf <<'END'
[storage]
driver = "vfs"
runroot = "/run/podman/run"
graphroot = "/run/podman/graph"
END
