#!/bin/bash
# Stands in for `ip`, `tee` and IPAM plugins: passes everything on to the real one, but at one of the changes that the plugin
# makes through them it does what /run/shim/plan says: `ACT STEP`. It counts the changes, and lists them in
# /run/shim/steps; those made without the device's lock also in /run/shim/unlocked.
#   refuse N       the kernel seems to refuse change N
#   refuse-from N  and all behind it
#   unsupported N  change N is refused whenever it is asked for: EOPNOTSUPP
#   busy N         so it is, with EBUSY
#   busy-twice 0   so it is with each change, the first two times
#   hang N         change N never ends
#   hang-call N    the N-th `ip` or `tee` never ends, whatever it is asked for; 0: all
#   freeze N       change N hangs in the kernel, so that nothing kills it until /run/frozen, a file system, is thawed
#   kill-before N  the plugin dies before change N, which is not made any more
#   kill-after N   the plugin dies when change N has been made
#   kill-amid N    the plugin dies before change N; its orphan goes on a little later, and makes all that it was told
#   kill-group-before N, kill-group-after N   as above, but all processes of the plugin's group die, this one, too
read -r act at </run/shim/plan
real=/run/real/$(basename "$0")

# Two may be started at once.
if [[ $act == hang-call ]]; then
  exec 8>>/run/shim/calls
  flock 8
  echo "$*" >&8
  number=$(wc -l </run/shim/calls)
  exec 8>&-
  ((at != 0 && at != number)) || exec sleep infinity
fi

say_step() {
  echo "$1" >>/run/shim/steps
  step=$(wc -l </run/shim/steps)
}

is_change_at() {
  [[ $(sed -n "${at}p" /run/shim/steps) == "$1" ]]
}

is_change() {
  [[ $1 != *" show"* ]]
}

# Whether a lock of that directory is held through a descriptor that the plugin left us.
holds() {
  local fd
  fd=$(find "/proc/$$/fd" -lname "$1/*.lock" 2>/dev/null)
  [[ $fd ]] && grep -q 'FLOCK.*WRITE' "/proc/$$/fdinfo/${fd##*/}"
}

# Sriov-cni's counts only where there is one.
has_locks() {
  local theirs=/var/lib/cni/sriov/pci/vf_lock
  holds /var/lib/cni/sriov-attachments && { [[ ! -d $theirs ]] || holds $theirs; }
}

# Makes the change named $2 by the command behind it; 1 if it was refused, with the kernel's words on stderr, as in $1.
make() {
  local refusal=$1 line=$2 words=
  shift 2
  say_step "$line"
  has_locks || echo "$line" >>/run/shim/unlocked
  case $act in
    refuse) ((step != at)) || words='Operation not permitted' ;;
    refuse-from) ((step < at)) || words='Operation not permitted' ;;
    unsupported) ! is_change_at "$line" || words='Operation not supported' ;;
    busy) ! is_change_at "$line" || words='Device or resource busy' ;;
    busy-twice) (($(grep -cxFe "$line" /run/shim/steps) > 2)) || words='Device or resource busy' ;;
    hang) ((step != at)) || exec sleep infinity ;;
    freeze) ((step != at)) || echo >/run/frozen/file ;;
    kill-before) ((step != at)) || { kill -KILL $PPID; exit 1; } ;;
    kill-group-before) ((step != at)) || kill -KILL -- -$PPID ;;
    kill-amid) ((step != at)) || { kill -KILL $PPID; sleep 0.5; } ;;
  esac
  [[ -z $words ]] || { echo "${refusal/Operation not permitted/$words}" >&2; return 1; }
  "$@"
  local code=$?
  ((step != at)) || case $act in
    kill-after) kill -KILL $PPID; exit 1 ;;
    kill-group-after) kill -KILL -- -$PPID ;;
  esac
  return $code
}

# One line in a batch of its own; the caller numbers it.
feed() {
  local words code
  { words=$("$real" "${flags[@]}" -batch - <<<"$1" 2>&1 >&7); code=$?; } 7>&1
  [[ -z $words ]] || grep -v '^Command failed' <<<"$words" >&2
  return $code
}

batch() {
  local number=0 code=0 line
  while IFS= read -r line || [[ $line ]]; do
    ((++number))
    if is_change "$line"; then
      make 'RTNETLINK answers: Operation not permitted' "$line" feed "$line" && continue
    else
      feed "$line" && continue
    fi
    echo "Command failed -:$number" >&2
    code=1
    [[ " ${flags[*]} " == *' -force '* ]] || return 1
  done
  return $code
}

if [[ ${CNI_COMMAND-} ]]; then
  case $CNI_COMMAND in
    ADD | DEL) make '{"code":7,"msg":"refused"}' "${0##*/} $CNI_COMMAND" "$real" ;;
    *) exec "$real" ;;
  esac
elif [[ $real == */tee ]]; then
  make "tee: ${!#}: Operation not permitted" "tee $*" "$real" "$@"
elif [[ " $* " == *' -batch - ' ]]; then
  flags=("${@:1:$#-2}")
  batch
elif is_change "$*"; then
  make 'RTNETLINK answers: Operation not permitted' "$*" "$real" "$@"
else
  exec "$real" "$@"
fi
