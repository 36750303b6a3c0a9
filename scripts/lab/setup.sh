#!/bin/bash
# Makes a Debian 12 machine able to boot the SR-IOV lab with run.sh; run as root, any number of times.
# LAB_HOME  where kernel, modules and initramfs are kept (default /var/cache/sriov-lab)
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
home=${LAB_HOME:-/var/cache/sriov-lab}
log=$home/setup.log
policy=/usr/sbin/policy-rc.d
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive
exec 3>&2

# what the lab and the tests in the guest call: command:package
tools=(
  ip:iproute2 ping:iputils-ping tcpdump:tcpdump ethtool:ethtool lspci:pciutils udevadm:udev jq:jq
  containerd:containerd ctr:containerd runc:runc podman:podman modprobe:kmod mkfs.ext4:e2fsprogs cpio:cpio zstd:zstd xz:xz-utils
)
# modules the tests use; unpacked beforehand, since xz is slow under emulation
modules=(
  9p 9pnet_virtio overlay igb igbvf 8021q macvlan ipvlan dummy bridge veth vfio-pci rdma_rxe netdevsim virtio_net
  virtio_blk ext4 bonding team vrf vxlan ifb tun br_netfilter nft_chain_nat cls_flower act_mirred sch_ingress
)
boot_modules=(9p 9pnet_virtio overlay)

say() { echo "lab: $*" >&3; }
stop() { told=yes; say "$*"; exit 1; }

step() {
  doing=$1
  say "$doing"
  shift
  "$@" >>"$log" 2>&1
}

# apt goes on after a failed download of its lists, and complains of what is missing in them only later
reason() {
  local line
  line=$(grep -m 1 '^W: Failed to fetch' "$log" || grep '^E: ' "$log" | tail -n 1)
  echo "${line:-$(tail -n 1 "$log")}"
}

at_exit() {
  local status=$?
  lift_guard
  if [ "$status" != 0 ] && [ -z "${told:-}" ]; then
    say "${doing:-set-up} failed: $(reason) (all of it: $log)"
  fi
}

require_machine() {
  [ "$(id -u)" = 0 ] || stop "root is missing: run it as root"
  [ "$(uname -m)" = x86_64 ] || stop "an x86_64 machine is missing: this one is $(uname -m)"
  # shellcheck source=/dev/null
  [ "$(. /etc/os-release 2>/dev/null; echo "${ID:-} ${VERSION_ID:-}")" = 'debian 12' ] ||
    stop "Debian 12 is missing: this is $(. /etc/os-release 2>/dev/null; echo "${PRETTY_NAME:-another system}")"
  case $home in *[\ ,]*) stop "a LAB_HOME without blanks and commas is missing: '$home' cannot be shared with the VM" ;; esac
  mkdir -p "$home/download" 2>/dev/null || stop "a writable LAB_HOME is missing: cannot create '$home'"
}

require_space() {
  local folder free
  for folder in "$home" /usr /var; do
    free=$(df --output=avail -B1M "$folder" | tail -n 1)
    [ "$free" -ge 2048 ] || stop "disk space is missing: $folder has ${free// /} MB free, 2048 are needed"
  done
}

missing_packages() {
  local tool
  for tool in "${tools[@]}"; do
    command -v "${tool%%:*}" >/dev/null || echo "${tool##*:}"
  done | sort -u
}

# igb with SR-IOV came with QEMU 8.0; Debian 12 itself has 7.2
has_qemu() {
  qemu-system-x86_64 --version 2>/dev/null | grep -qE 'version ([89]|[1-9][0-9])\.'
}

fingerprint() { cat "$here/setup.sh" "$here/initramfs-init.sh" | sha256sum; }

is_ready() {
  [ "$(cat "$home/ready" 2>/dev/null)" = "$(fingerprint)" ] && [ -z "$(missing_packages)" ] && has_qemu
}

apt() { apt-get -qq -o DPkg::Lock::Timeout=600 "$@"; }

update_lists() {
  [ -z "${updated:-}" ] || return 0
  step 'reading package lists' apt update
  updated=yes
}

download() { (cd "$home/download" && apt download "$@"); }

source_files() { find /etc/apt -maxdepth 2 -path '/etc/apt/sources.list*' \( -name '*.sources' -o -name '*.list' \) -type f; }

has_backports() { source_files | xargs -r grep -qsE '^[^#]*\bbookworm-backports\b'; }

# the machine's own Debian source, with another suite: whatever mirror it uses, backports are beside
backports_stanza() {
  # shellcheck disable=SC2016  # awk's fields
  source_files | grep '\.sources$' | xargs -r awk '
    function end_stanza() { if (wanted && !off && !done) { printf "%s", stanza; done = 1 } stanza = ""; wanted = off = 0 }
    FNR == 1 || /^[ \t]*$/ { end_stanza() }
    /^#/ || /^[ \t]*$/ { next }
    tolower($1) == "enabled:" && tolower($2) == "no" { off = 1 }
    tolower($1) == "suites:" { for (i = 2; i <= NF; i++) if ($i == "bookworm") wanted = 1
                               $0 = "Suites: bookworm-backports" }
    tolower($1) == "types:" { $0 = "Types: deb" }
    { stanza = stanza $0 "\n" }
    END { end_stanza() }'
}

backports_line() {
  source_files | grep '\.list$' | xargs -r sed -nE \
    's#^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+)[[:space:]]+bookworm[[:space:]]+(.*)#deb \1\2 bookworm-backports \3#p' |
    head -n 1
}

add_backports() {
  local text
  if text=$(backports_stanza) && [ -n "$text" ]; then
    echo "$text" >/etc/apt/sources.list.d/sriov-lab-backports.sources
  elif text=$(backports_line) && [ -n "$text" ]; then
    echo "$text" >/etc/apt/sources.list.d/sriov-lab-backports.list
  else
    stop "an apt source is missing: no suite 'bookworm' in /etc/apt/sources.list or /etc/apt/sources.list.d"
  fi
}

# packages must not start their services here: containerd is wanted in the guest only
raise_guard() {
  lift_guard
  [ ! -e "$policy" ] || mv "$policy" "$policy.before-lab"
  printf '#!/bin/sh\n# sriov lab\nexit 101\n' >"$policy"
  chmod 755 "$policy"
}

lift_guard() {
  if grep -qs '^# sriov lab$' "$policy"; then rm "$policy"; fi
  if [ -e "$policy.before-lab" ]; then mv "$policy.before-lab" "$policy"; fi
}

install_packages() {
  raise_guard
  apt install -y --no-install-recommends --no-remove "$@"
  lift_guard
}

install_qemu() { install_packages -t bookworm-backports qemu-system-x86; }

kernel_package() {
  local image
  image=$(apt-cache depends linux-image-6.12-amd64 2>/dev/null | awk '/Depends: linux-image/ { print $2 }') || true
  if [ -z "$image" ]; then
    image=$(apt-cache show linux-image-amd64/bookworm-backports | sed -n 's/^Depends: \(linux-image-[^ ]*\) .*/\1/p')
  fi
  echo "$image"
}

# the uncompressed vmlinux boots by PVH: no firmware, no decompression under emulation
extract_vmlinux() {
  local offset
  offset=$(grep -obaP -m1 '\x28\xb5\x2f\xfd' "$1" | head -n 1 | cut -d: -f1)
  # bzImage has more bytes after the zstd stream: zstd complains after having written all
  tail -c +$((offset + 1)) "$1" | zstd -dcq >"$home/vmlinux" || true
  [ "$(head -c 4 "$home/vmlinux" | tail -c 3)" = ELF ]
}

fetch_kernel() {
  local image version unpacked=$home/unpacked
  image=$(kernel_package)
  version=${image#linux-image-}
  download "$image"
  rm -rf "$unpacked" "$home/modules"
  dpkg -x "$home"/download/"$image"_*.deb "$unpacked"
  extract_vmlinux "$unpacked/boot/vmlinuz-$version"
  mkdir "$home/modules"
  mv "$unpacked/lib/modules/$version" "$home/modules/"
  # modprobe and depmod look below lib/modules
  ln -sfn . "$home/lib"
  echo "$version $(dpkg-deb -f "$home"/download/"$image"_*.deb Version)" >"$home/version"
  rm -rf "$unpacked" "$home"/download/*.deb
}

# not the installed one, if any: that may be the dynamically linked busybox
fetch_busybox() {
  local unpacked=$home/unpacked
  download busybox-static
  rm -rf "$unpacked"
  dpkg -x "$home"/download/busybox-static_*.deb "$unpacked"
  mv "$unpacked/bin/busybox" "$home/busybox"
  rm -rf "$unpacked" "$home"/download/*.deb
}

needs_compiler() {
  ! { command -v gcc-12 && command -v make && command -v strip && ldconfig -p | grep -q libelf.so.1; } >/dev/null
}

# Debian does not build netdevsim, but its source package has it
build_netdevsim() {
  local version=$1 debian_version=$2 build=$home/build headers=linux-headers-$1 source deb
  local -a parts
  source=drivers/net/netdevsim
  mapfile -t parts < <(apt-cache depends "$headers" | awk '/Depends: linux-(headers|kbuild)/ { print $2 }')
  download "$headers" "${parts[@]}" "linux-source-6.12=$debian_version"
  rm -rf "$build"
  mkdir "$build"
  for deb in "$home"/download/linux-headers-*.deb "$home"/download/linux-kbuild-*.deb; do dpkg -x "$deb" "$build"; done
  dpkg --fsys-tarfile "$home"/download/linux-source-6.12_*.deb | tar xO --wildcards '*/linux-source-6.12.tar.xz' |
    tar xJ -C "$build" "linux-source-6.12/$source"
  sed -i "s#/usr/src#$build/usr/src#" "$build/usr/src/$headers/Makefile"
  # without vmlinux the module gets no BTF, which would need pahole
  rm "$build/usr/src/$headers/vmlinux"
  make -s -C "$build/usr/src/$headers" M="$build/linux-source-6.12/$source" CONFIG_NETDEVSIM=m modules
  strip -g "$build/linux-source-6.12/$source/netdevsim.ko"
  mkdir -p "$home/modules/$version/extra"
  mv "$build/linux-source-6.12/$source/netdevsim.ko" "$home/modules/$version/extra/"
  rm -rf "$build" "$home"/download/*.deb "$home/modules/$version/indexed"
}

module_files() {
  local version=$1
  shift
  { modprobe -a -d "$home" -S "$version" --show-depends "$@" || true; } | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

index_modules() {
  depmod -b "$home" "$1"
  module_files "$1" "${modules[@]}" | { grep '\.xz$' || true; } | xargs -r unxz
  depmod -b "$home" "$1"
  touch "$home/modules/$1/indexed"
}

make_initramfs() {
  local version=$1 root=$home/initramfs.d file
  rm -rf "$root"
  mkdir -p "$root/modules"
  install -m 755 "$home/busybox" "$root/busybox"
  install -m 755 "$here/initramfs-init.sh" "$root/init"
  module_files "$version" "${boot_modules[@]}" | while read -r file; do
    cp "$file" "$root/modules/"
    echo "${file##*/}" >>"$root/modules/order"
  done
  (cd "$root" && find . | cpio -o -H newc --quiet) >"$home/initramfs.new"
  mv "$home/initramfs.new" "$home/initramfs"
  rm -rf "$root"
}

prepare() {
  local -a packages
  local version debian_version
  require_space
  : >"$log"
  chown _apt "$home/download"
  { has_qemu && [ -e "$home/version" ]; } || has_backports || add_backports
  mapfile -t packages < <(missing_packages)
  if ! has_qemu || [ ${#packages[@]} != 0 ] || [ ! -e "$home/version" ] || [ ! -e "$home/busybox" ]; then
    update_lists
  fi
  has_qemu || step 'installing QEMU' install_qemu
  [ ${#packages[@]} = 0 ] || step "installing ${packages[*]}" install_packages "${packages[@]}"
  [ -e "$home/version" ] || step 'fetching the kernel of the VM' fetch_kernel
  [ -e "$home/busybox" ] || step 'fetching busybox' fetch_busybox
  read -r version debian_version <"$home/version"
  if [ ! -e "$home/modules/$version/extra/netdevsim.ko" ]; then
    update_lists
    ! needs_compiler || step 'installing a compiler' install_packages gcc-12 make libelf1
    step 'building the netdevsim module' build_netdevsim "$version" "$debian_version"
  fi
  [ -e "$home/modules/$version/indexed" ] || step 'indexing modules' index_modules "$version"
  step 'making the initramfs' make_initramfs "$version"
  fingerprint >"$home/ready"
}

require_machine
exec 4>"$home/lock"
if ! flock -n 4; then
  say 'waiting for another set-up'
  flock 4
fi
trap at_exit EXIT
is_ready || prepare
say "ready: $(qemu-system-x86_64 --version | sed -n '1s/ (.*//p'), Linux $(cut -d' ' -f1 "$home/version") in $home"
