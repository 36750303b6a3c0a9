#!/bin/bash
# The long form of all tests that repeat something many times: kill points, refusals, races, damage, bad input.
# Prints their figures and the time.
#   soak.sh          everything
#   soak.sh --fast   without the VM
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
export PATH=$PWD/node_modules/.bin:$PATH
if [ "${1:-}" = --fast ]; then bash scripts/prepare.sh --without-lab; else bash scripts/prepare.sh; fi

FIGURES=$(mktemp)
export SOAK=1 FIGURES
trap 'rm -f "$FIGURES"' EXIT

status=0
# A test file takes part if it has a long form.
soak() {
  local project=$1 began=$SECONDS files
  mapfile -t files < <(grep -rl --include='*.ts' "figures.ts'" "test/$project")
  [ ${#files[@]} -gt 0 ] || return 0
  printf '\n==> %s\n' "${files[@]}"
  vitest run --project "$project" "${files[@]}" || status=1
  echo "figures: $project: seconds $((SECONDS - began))" >>"$FIGURES"
}

soak unit
soak sandbox
if [ "${1:-}" != --fast ]; then
  soak vm
  # What udevd has a hand in: the names of links.
  LAB_UDEV=0 vitest run --project vm main-job del-names change-over || status=1
fi
printf '\n==> done after %d s\n' "$SECONDS"
cat "$FIGURES"
exit $status
