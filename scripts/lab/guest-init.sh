#!/bin/bash
# Stage 2 of the guest, in the machine's own userland: mounts, drivers, then run.sh's orders.
# run.sh hands over lab.* as kernel parameters.

parameter() {
  local line rest
  line=" $(</proc/cmdline) "
  rest=${line#* lab."$1"=}
  [ "$rest" = "$line" ] || echo "${rest%% *}"
}

mount_9p() {
  [ -d "$2" ] || mkdir -p "$2"
  mount -t 9p -o "trans=virtio,version=9p2000.L,msize=512000,cache=$3" "$1" "$2"
}

mount_all() {
  mount -t tmpfs tmpfs /run
  mkdir -p /run/netns /run/lock /dev/pts /dev/shm /lib/modules
  mount -t devpts devpts /dev/pts
  mount -t tmpfs tmpfs /dev/shm
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  mount -t debugfs debugfs /sys/kernel/debug
  # bash's <(...) wants it
  ln -s /proc/self/fd /dev/fd
  mount --bind "$home/modules" /lib/modules
  mount_9p share "$share" "$cache"
  mount_9p run "$run" none
}

mount_disk() {
  modprobe -a virtio_blk ext4
  mkdir -p /var/lib/cni
  mount /dev/vda /var/lib/cni
}

load_drivers() {
  local netdev
  modprobe -a igb igbvf
  # igbvf finds a PF that is down "still in reset state": PFs go up before any VF is made
  for netdev in /sys/bus/pci/drivers/igb/*/net/*; do ip link set "${netdev##*/}" up; done
}

# with udev the names are those of a server: enp1s0, enp1s0v3
start_udev() {
  mkdir -p /run/udev
  /lib/systemd/systemd-udevd --daemon
  udevadm trigger -s net -c add
  udevadm settle
}

# The wrapper outlives a TERM sent to the group, so that it can tell the status.
run_job() {
  trap : TERM
  bash "$1.sh" 3<&- </dev/null >"$1.out" 2>"$1.err"
  echo $? >"$1.rc"
}

# One line on the second serial port is one order about JOB, a script JOB.sh in the run folder.
# A mount made anew sees what the host wrote since the last one; a job still running keeps its own.
serve() {
  local order job
  local -A groups
  exec 3</dev/ttyS1
  stty raw -echo <&3
  # each job is a process group
  set -m
  cut -d' ' -f1 /proc/uptime >ready.new
  mv ready.new ready
  while read -r order job <&3; do
    case $order in
      fresh)
        if [ "$cache" != none ]; then
          umount -l "$share"
          mount_9p share "$share" "$cache"
        fi ;;&
      run | fresh)
        run_job "$job" &
        groups[$job]=$! ;;
      TERM | KILL) kill "-$order" -- "-${groups[$job]}" ;;
    esac
  done
}

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
home=$(parameter home) share=$(parameter share) run=$(parameter run)
cache=$(parameter cache) udev=$(parameter udev) disk=$(parameter disk)
mount_all
cd "$run" || exit
echo lab >/proc/sys/kernel/hostname
# what the machine itself has of CNI must not show through
rm -rf /etc/cni /opt/cni /var/lib/cni
[ -z "$disk" ] || mount_disk
ip link set lo up
load_drivers
[ -z "$udev" ] || start_udev
serve
