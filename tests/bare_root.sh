#!/bin/bash
# What a new user meets: ./bench from a clone, on a Debian 12 that has no compiler, no git and no Python. Run as root.
set -u
cd "$(dirname "$0")/.." || exit 1
here=$PWD

help() {
    cat <<'TEXT'
usage: tests/bare_root.sh [--root DIR] [--sweep FILE] [--configure-only] [--keep]

Makes a minimal Debian 12 in DIR with mmdebstrap, copies a clone of HEAD into it, runs ./bench --sweep FILE there, and
prints how long each step took: install, configure, build, measure, draw. Packages come from where this machine's
/etc/apt says. Uncommitted changes are not part of a clone.

  --root DIR         the folder of the made system; must not exist (default: a folder of mktemp's)
  --sweep FILE       the sweep to run (default: sweeps/smoke.json)
  --configure-only   stop before the build
  --keep             leave DIR there at the end; results are in DIR/root/handoff/results/bare

Exit codes: that of ./bench; 1 the system could not be made; 2 usage.
TEXT
}

usage() {
    printf 'bare_root: %s (--help says more)\n' "$1" >&2
    exit 2
}

fail() {  # step, remedy
    printf 'bare_root: step failed: %s\n  remedy: %s\n' "$1" "$2" >&2
    exit 1
}

root=
sweep=sweeps/smoke.json
configure_only=no
keep=no
while [ $# -gt 0 ]; do
    case $1 in
        --help | -h) help; exit 0 ;;
        --root | --sweep)
            [ $# -ge 2 ] || usage "$1 needs a value"
            if [ "$1" = --root ]; then root=$2; else sweep=$2; fi
            shift ;;
        --configure-only) configure_only=yes ;;
        --keep) keep=yes ;;
        *) usage "unknown argument $1: legal: --root DIR, --sweep FILE, --configure-only, --keep, --help" ;;
    esac
    shift
done
[ "$(id -u)" -eq 0 ] || usage "needs root: it makes a system and changes into it"
command -v mmdebstrap >/dev/null || fail "looking for mmdebstrap" "apt-get install mmdebstrap"
[ -r "$sweep" ] || usage "--sweep $sweep: no such file"

# The mounts below live in a namespace of this script's own and end with it.
if [ "${HANDOFF_BARE_ROOT:-}" != inside ]; then
    arguments=(--sweep "$sweep")
    [ -z "$root" ] || arguments+=(--root "$root")
    [ $configure_only = no ] || arguments+=(--configure-only)
    [ $keep = no ] || arguments+=(--keep)
    HANDOFF_BARE_ROOT=inside exec unshare --mount --propagation private "$here/tests/bare_root.sh" "${arguments[@]}"
fi

if [ -z "$root" ]; then
    root=$(mktemp -d)/root
fi
[ ! -e "$root" ] || usage "--root $root: exists; name a folder that does not"
# shellcheck disable=SC2317 # the trap calls it
clean() {
    umount --recursive "$root/proc" "$root/sys" "$root/dev" 2>/dev/null
    # never into something that is still mounted
    if [ "$keep" = no ] && ! grep -q " $root/" /proc/self/mounts; then rm -rf --one-file-system "$root"; fi
}
trap clean EXIT

seconds() { date +%s.%N; }
since() { awk -v begin="$1" -v now="$(seconds)" 'BEGIN { printf "%.1f", now - begin }'; }

begin=$(seconds)
options=()
for file in /etc/apt/apt.conf.d/*; do
    options+=(--aptopt="$file")
done
mapfile -t lists < <(find /etc/apt/sources.list /etc/apt/sources.list.d -name '*.list' -o -name '*.sources' 2>/dev/null)
mmdebstrap --quiet --variant=minbase "${options[@]}" bookworm "$root" "${lists[@]}" ||
    fail "mmdebstrap" "the lines above say why; this machine's /etc/apt names the source of packages"
rm -rf "$root/etc/apt"
cp -a /etc/apt "$root/etc/apt"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
git clone --quiet --no-hardlinks "$here" "$root/root/handoff" || fail "git clone" "commit first: a clone has what is committed"
mount -t proc proc "$root/proc" || fail "mounting /proc" "run where mounts are allowed"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
printf 'bare system made in %s s; compiler, git and Python there: %s\n' "$(since "$begin")" \
    "$(chroot "$root" sh -c 'command -v g++ git python3 || echo none')"

inside() { chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb "$@"; }

# Prints the lines of ./bench and, before each of its steps ("== ..."), how long the step before took.
timed() {
    local line step='' started now
    started=$(seconds)
    while IFS= read -r line; do
        case $line in
            "== "*)
                now=$(seconds)
                [ -z "$step" ] || took+=("$(since "$started") s  $step")
                step=${line#== } started=$now ;;
        esac
        printf '%s\n' "$line"
    done
    [ -z "$step" ] || took+=("$(since "$started") s  $step")
    printf '\n%s\n' "${took[@]}"
}
took=()

begin=$(seconds)
if [ $configure_only = yes ]; then
    # shellcheck disable=SC2016 # expanded inside
    inside bash -c 'cd /root/handoff && program=bench && . cmake/steps.sh && install_missing bench && configure release' \
        2>&1 | timed
else
    # shellcheck disable=SC2016 # expanded inside
    inside bash -c 'cd /root/handoff && ./bench --sweep "$1" --out results/bare' bench "$sweep" 2>&1 | timed
fi
status=${PIPESTATUS[0]}
printf '%s s  all of it, exit code %s\n' "$(since "$begin")" "$status"
exit "$status"
