#!/bin/bash
# The whole story on real SR-IOV, in a VM on this machine: VFs are made, the plugin is installed, two pods get a VF of
# two NICs each, talk over a VLAN, and everything is as before at the end. Root on Debian 12 with Node and npm.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

bash scripts/prepare.sh
echo '==> booting a VM with two SR-IOV NICs (about 8 s)' >&2
colours=$([ -t 1 ] && [ -z "${NO_COLOR:-}" ] && echo yes || echo no)
LAB_RUN=$(mktemp -d /run/sriov-demo.XXXXXX)
export LAB_RUN LAB_SHARE=$PWD LAB_ARGS=lab.udev=1
exec bash scripts/lab/run.sh bash scripts/demo/guest.sh "$colours"
