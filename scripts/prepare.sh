#!/bin/bash
# Everything that the demo and the tests need on a fresh Debian 12 machine with Node and npm: npm packages, the built
# executable, Debian packages, and the lab (a VM with real SR-IOV). Idempotent; says in one line what is missing.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

step() { echo "==> $*" >&2; }

stop() {
  echo "prepare: $*" >&2
  exit 1
}

require_machine() {
  [ "$(id -u)" = 0 ] || stop 'run this as root: it makes namespaces, mounts and VMs'
  [ "$(uname -m)" = x86_64 ] || stop "the lab needs an x86_64 machine, this is $(uname -m)"
  command -v npm >/dev/null || stop 'npm is missing: install Node and npm'
}

install_packages() {
  local wanted=(iproute2 iputils-ping util-linux shellcheck containernetworking-plugins tcpdump strace groff-base buildah)
  local missing=() package
  for package in "${wanted[@]}"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  step "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update >/dev/null && apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null ||
    stop "apt-get cannot install ${missing[*]}"
}

install_modules() {
  if [ -e node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ]; then return; fi
  step 'installing npm packages'
  npm ci --no-fund --no-audit --loglevel=error >&2 || stop 'npm ci failed'
  touch node_modules/.package-lock.json
}

# a build takes seconds; what it was made from is asked of the files, not of git
build() {
  local newer
  if [ -e dist/sriov ]; then
    newer=$(find cmd src ipam schemas build.mjs package-lock.json scripts/single-file.mjs scripts/trim-code-cache.mjs -newer dist/sriov -print -quit)
    [ -n "$newer" ] || return 0
  fi
  step 'building dist/sriov'
  npm run --silent build >&2 || stop 'the build failed'
}

require_machine
install_packages
install_modules
build
[ "${1:-}" = --without-lab ] || bash scripts/lab/setup.sh
