#!/bin/bash
# run.sh CMD [ARG...]    runs CMD as root in the lab VM: same folder, output and exit status
#                        a VM left up by --up is used, else one is booted for this command
# run.sh --up            boots a VM and leaves it up
# run.sh --hold          boots a VM, says "ready", and ends it when its standard input ends
# run.sh --down          ends the VM
# run.sh --console       shows the VM's console
#
# LAB_SHARE  folder the guest may write to, at the same path (default: the current folder)
# LAB_RUN    the VM's run folder (default /run/sriov-lab); another folder is another VM
# LAB_ARGS   more kernel parameters (lab.udev=1: udevd and its names)
# LAB_QEMU   more QEMU options
# LAB_PFS=2  LAB_CPUS=2  LAB_MEM=2800 (MiB, no more: see notes/lab.md)  LAB_CACHE=loose (9p cache of the share)
# LAB_CPU=Nehalem  a processor without AVX, which is emulated slowly: commands take a tenth less than with "max"
# LAB_DISK   an image that outlives the VM, as /var/lib/cni; made if it is not there
# LAB_HOME   what setup.sh made (default /var/cache/sriov-lab)
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
home=${LAB_HOME:-/var/cache/sriov-lab} run=${LAB_RUN:-/run/sriov-lab} share=${LAB_SHARE:-$PWD}

stop() {
  echo "lab: $*" >&2
  exit 1
}

# a process that ended but was not reaped has a /proc/PID/cmdline, an empty one
vm_lives() { read -r -N 1 _ <"/proc/$(cat "$run/pid")/cmdline"; } 2>/dev/null

is_up() { [ -e "$run/ready" ] && vm_lives; }

require_lab() {
  local path
  [ -e "$home/ready" ] || stop "the lab is missing in $home: run $here/setup.sh"
  for path in "$home" "$run" "$share" "$here" "${LAB_DISK:-}"; do
    case $path in *[\ ,]*) stop "cannot share '$path' with the VM: blank or comma in the path" ;; esac
  done
}

# per PF: a root port, the PF in it, a cable to the one hub
nic_options() {
  local i
  for ((i = 0; i < ${LAB_PFS:-2}; i++)); do
    echo "-device pcie-root-port,id=rp$i,chassis=$i,slot=$i -netdev hubport,id=n$i,hubid=0"
    printf -- '-device igb,id=pf%d,bus=rp%d,netdev=n%d,mac=52:54:00:00:%02x:00,romfile=\n' "$i" "$i" "$i" "$i"
  done
}

share_options() {
  local entry
  for entry in root=/,readonly=on "share=$share" "run=$run"; do
    echo "-fsdev local,id=${entry%%=*},path=${entry#*=},security_model=none,multidevs=remap"
    echo "-device virtio-9p-pci,fsdev=${entry%%=*},mount_tag=${entry%%=*}"
  done
}

disk_options() {
  [ -n "${LAB_DISK:-}" ] || return 0
  echo "-drive if=none,id=disk,format=raw,file=$LAB_DISK -device virtio-blk-pci,drive=disk"
}

make_disk() {
  if [ -z "${LAB_DISK:-}" ] || [ -e "$LAB_DISK" ]; then return; fi
  truncate -s 64M "$LAB_DISK"
  mkfs.ext4 -q "$LAB_DISK"
}

kernel_parameters() {
  echo "console=ttyS0 panic=-1 quiet mitigations=off nokaslr tsc=reliable nowatchdog audit=0 8250.nr_uarts=2"
  echo "rcupdate.rcu_expedited=1 intel_iommu=on iommu=pt lab.init=$here/guest-init.sh"
  echo "lab.home=$home lab.run=$run lab.share=$share lab.cache=${LAB_CACHE:-loose} ${LAB_DISK:+lab.disk=1}"
  echo "${LAB_ARGS:-}"
}

boot() {
  # shellcheck disable=SC2046,SC2086  # options without blanks of their own
  qemu-system-x86_64 -name sriov-lab -nodefaults -no-user-config -display none -no-reboot \
    -machine q35 -accel tcg,thread=multi,tb-size=512 -cpu "${LAB_CPU:-Nehalem}" -smp "${LAB_CPUS:-2}" -m "${LAB_MEM:-2800}" \
    -device intel-iommu -kernel "$home/vmlinux" -initrd "$home/initramfs" -append "$(kernel_parameters | xargs)" \
    -serial "file:$run/console" -serial "pipe:$run/orders" \
    $(share_options) $(disk_options) -nic none $(nic_options) ${LAB_QEMU:-} \
    -daemonize -pidfile "$run/pid" 2> >(grep -v 'hub 0 is not connected' >&2)
}

up() {
  if is_up; then return; fi
  require_lab
  rm -rf "$run"
  mkdir -p "$run"
  mkfifo "$run/orders.in" "$run/orders.out"
  make_disk
  boot
  until [ -e "$run/ready" ]; do
    vm_lives || stop "the VM ended while booting: $(tail -n 1 "$run/console")"
    sleep 0.05
  done
}

# nothing in the VM is worth an orderly end, which takes QEMU a second
down() {
  while vm_lives; do
    kill -KILL "$(cat "$run/pid")"
    sleep 0.02
  done
  rm -rf "$run"
}

# A pipe is closed whatever its owner dies of: no VM is left behind, even by a killed test runner.
hold() {
  trap down EXIT
  trap exit INT TERM HUP
  up
  echo ready
  cat >/dev/null
}

write_job() {
  local job=$1
  shift
  printf 'cd %q\nexec' "$PWD"
  printf ' %q' "$@"
} >"$1.sh"

run_command() {
  local job waiter status
  job=$(mktemp -u "$run/XXXXXXXX")
  write_job "$job" "$@"
  : >"$job.out"
  : >"$job.err"
  trap 'echo "TERM ${job##*/}" >"$run/orders.in"' INT TERM
  echo "fresh ${job##*/}" >"$run/orders.in"
  (trap '' INT TERM; while [ ! -s "$job.rc" ] && is_up; do sleep 0.02; done) &
  waiter=$!
  tail -s 0.05 -n +1 -f --pid=$waiter "$job.err" >&2 &
  tail -s 0.05 -n +1 -f --pid=$waiter "$job.out" &
  while [ -n "$(jobs -rp)" ]; do wait || true; done
  trap - INT TERM
  status=$(cat "$job.rc" 2>/dev/null || echo 255)
  rm -f "$job".*
  return "$status"
}

run_once() {
  trap down EXIT
  up
  run_command "$@"
}

case ${1:-} in
  --up) up ;;
  --hold) hold ;;
  --down) down ;;
  --console) cat "$run/console" ;;
  '' | -*)
    sed -n '2,/^set/{/^#/s/^# \?//p}' "$0"
    exit 2 ;;
  *) if is_up; then run_command "$@"; else run_once "$@"; fi ;;
esac
