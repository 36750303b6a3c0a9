#!/bin/bash
# make-rootfs.sh DIR    In the guest: a container's root file system of nothing but busybox.
set -euo pipefail
rootfs=${1:?DIR is missing}
busybox=$(sed -nE 's/.* lab\.home=([^ ]*).*/\1/p' /proc/cmdline)/busybox

mkdir -p "$rootfs"/{bin,dev,etc,proc,sys,tmp}
cp "$busybox" "$rootfs/bin/busybox"
"$rootfs/bin/busybox" --install "$rootfs/bin"
