#!/busybox sh
# shellcheck shell=dash
# Stage 1 of the guest, in the initramfs: the machine's / over 9p, read-only, below an overlay in memory;
# then guest-init.sh there, under the machine's own bash.

b() { /busybox "$@"; }
b mkdir -p /proc /sys /dev /lower /memory /new
b mount -t proc proc /proc
b mount -t sysfs sysfs /sys
b mount -t devtmpfs dev /dev
for module in $(b cat /modules/order); do b insmod "/modules/$module"; done
b mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose root /lower || exec /busybox sh
b mount -t tmpfs -o size=75% tmpfs /memory
b mkdir /memory/upper /memory/work
b mount -t overlay -o lowerdir=/lower,upperdir=/memory/upper,workdir=/memory/work overlay /new || exec /busybox sh
for folder in proc sys dev; do b mount -o move /$folder /new/$folder; done
init=$(b sed -n 's/.*lab\.init=\([^ ]*\).*/\1/p' /new/proc/cmdline)
exec /busybox switch_root /new /bin/bash "$init"
