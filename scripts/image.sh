#!/bin/bash
# image.sh [ARCHIVE]    Makes the container image of dist/sriov as an OCI archive, default dist/sriov-image.tar. No registry is
# asked: the libraries are those of this machine, a Debian 12. Two runs on one machine make the same image. Wants buildah or podman.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
archive=$(realpath -m "${1:-dist/sriov-image.tar}")
version=$(sed -nE 's/^  "version": "(.*)",/\1/p' package.json)

stop() {
  echo "image: $*" >&2
  exit 1
}

[ -x dist/sriov ] || stop 'dist/sriov is missing: npm run build'
builder=$(command -v buildah || command -v podman) || stop 'install buildah or podman'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

# by the paths at which the loader looks for them
libraries() {
  ldd dist/sriov | grep -oE '/[^ ]+'
}

package_of() {
  dpkg-query -S "$1" 2>/dev/null || dpkg-query -S "$(readlink -f "$1")" || stop "no package has $1"
}

# What scanners for vulnerabilities read, and what licences ask for.
tell_packages() {
  local package
  mkdir -p "$root/var/lib/dpkg/status.d" "$root/usr/share/doc"
  cp -L --parents /etc/os-release "$root"
  libraries | while read -r library; do package_of "$library"; done | sed 's/: .*//' | sort -u | while read -r package; do
    dpkg-query -s "$package" >"$root/var/lib/dpkg/status.d/${package%:*}"
    mkdir -p "$root/usr/share/doc/${package%:*}"
    cp -L "/usr/share/doc/${package%:*}/copyright" "$root/usr/share/doc/${package%:*}/" || stop "no copyright of $package"
  done
}

mkdir -p "$root"
libraries | while read -r library; do cp -L --parents "$library" "$root"; done
tell_packages
install -m 755 dist/sriov "$root/sriov"
install -D -m 644 LICENSE "$root/usr/share/doc/sriov/copyright"
# runtimes mount here; a root that is read-only has no place to make it
mkdir -p "$root/host/opt/cni/bin" "$root/proc" "$root/sys" "$root/dev"
chmod -R go-w "$root"

# a store of its own: the machine's images are not touched
build() { "$builder" --root "$work/store" --runroot "$work/run" --storage-driver vfs "$@"; }
build build --quiet --timestamp 0 --build-arg "VERSION=$version" --tag "sriov:$version" --file Containerfile "$root" >/dev/null
rm -f "$archive"
# the full name, as which Kubernetes knows `sriov`: so a runtime takes it without being told another
build push --quiet "sriov:$version" "oci-archive:$archive:docker.io/library/sriov:$version"
echo "$archive: docker.io/library/sriov:$version, $(($(stat -c %s "$archive") / 1000000)) MB"
