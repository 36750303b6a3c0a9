#!/bin/bash
# All checks and tests, on a fresh Debian 12 machine with Node and npm, as root.
#   test.sh          everything
#   test.sh --fast   without the VM
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT

step() { printf '\n==> %s (after %d s)\n' "$*" "$SECONDS"; }

# vitest's own words on the terminal, and a report to count from
suite() {
  local name=$1 project=$2
  shift 2
  node_modules/.bin/vitest run --project "$project" "$@" --reporter=default --reporter=json \
    --outputFile.json="$reports/$name.json"
}

count() {
  PATH=$PWD/node_modules/.bin:$PATH node scripts/count-tests.mjs "$reports"
}

export PATH=$PWD/node_modules/.bin:$PATH
if [ "${1:-}" = --fast ]; then bash scripts/prepare.sh --without-lab; else bash scripts/prepare.sh; fi

step 'types, style, dead code, generated files, shell scripts'
npm run --silent check
git ls-files '*.sh' | xargs shellcheck --severity=warning

status=0
step 'unit tests'
suite unit unit || status=1
step 'sandbox tests: the executable on this kernel'
suite sandbox sandbox || status=1
if [ "${1:-}" != --fast ]; then
  step 'VM tests: the executable on real SR-IOV, with udevd'
  LAB_UDEV=1 suite vm-udev vm || status=1
fi
step 'the demo, as a newcomer runs it'
[ "${1:-}" = --fast ] || bash scripts/demo.sh >"$reports.demo" 2>&1 || { status=1; tail -n 30 "$reports.demo"; }
rm -f "$reports.demo"
step 'done'
count
exit $status
