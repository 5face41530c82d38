# shellcheck shell=bash
# Shared by ./bench, ./check and tests/lint.sh: install what is missing, configure, build. Each step says what failed and
# what helps. Sourced in the project's folder by a script that has set $program, its name.
: "${program:?}"

fail() {  # step, remedy
    printf '%s: step failed: %s\n  remedy: %s\n' "$program" "$1" "$2" >&2
    exit 1
}

# When each step began, in seconds of this script, and which it is.
steps=()

# Tests name another.
os_release=${HANDOFF_OS_RELEASE:-/etc/os-release}

say() {
    steps+=("$SECONDS $*")
    printf '== %s\n' "$*" >&2
}

# How long each step took that `say` has announced; for a script's end.
say_times() {
    local i begin end
    for ((i = 0; i < ${#steps[@]}; ++i)); do
        begin=${steps[i]%% *}
        end=${steps[i + 1]-$SECONDS}
        printf '   %5d s  %s\n' $((${end%% *} - begin)) "${steps[i]#* }" >&2
    done
    printf '   %5d s  in all\n' $SECONDS >&2
}

# debian (and what descends from it), fedora, arch or nothing, as the system calls itself.
distribution() {
    local like
    # shellcheck source=/dev/null
    like=$(. "$os_release" 2>/dev/null && printf ' %s %s ' "${ID-}" "${ID_LIKE-}")
    case $like in
        *" debian "* | *" ubuntu "*) printf 'debian\n' ;;
        *" fedora "* | *" rhel "*) printf 'fedora\n' ;;
        *" arch "*) printf 'arch\n' ;;
        *) ! command -v apt-get >/dev/null || printf 'debian\n' ;;
    esac
}

# What ./bench or ./check needs, by the names of a distribution.
packages() {  # bench or check, distribution (default: debian)
    local line name
    if [ "$1" = check ]; then cat packages.txt; else grep -v '# check' packages.txt; fi |
        while IFS= read -r line; do
            case $line in '#'* | '') continue ;; esac
            # Other sources of packages split them otherwise: Node of elsewhere brings npm with it.
            case $line in *"if missing: "*) command -v "${line##*if missing: }" >/dev/null && continue ;; esac
            name=${line%%[# ]*}
            case $line in *"${2:-debian}: "*)
                name=${line##*"${2:-debian}: "}
                name=${name%%,*} ;;
            esac
            [ "$name" = - ] || printf '%s\n' "$name"
        done
}

is_installed() {  # distribution, package
    case $1 in
        debian) [ "$(dpkg-query -W -f '${Status}' "$2" 2>/dev/null)" = "install ok installed" ] ;;
        fedora) rpm -q "$2" >/dev/null 2>&1 ;;
        arch) pacman -Qi "$2" >/dev/null 2>&1 ;;
    esac
}

install_packages() {  # distribution, packages ...
    local of=$1
    shift
    case $of in
        debian) "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" ;;
        fedora) "${as_root[@]}" dnf install -y -q "$@" ;;
        arch) "${as_root[@]}" pacman -S --needed --noconfirm "$@" ;;
    esac >/dev/null
}

# Installs what packages.txt lists and is missing. Where that cannot be done, it says so and the build goes on with what is
# there: only a few packages are required (cmake/Needs.cmake), and configuring says what is left out.
install_missing() {  # bench or check: for which of them
    local of tools tool
    of=$(distribution)
    case $of in
        debian) tools="dpkg-query apt-get" ;;
        fedora) tools="rpm dnf" ;;
        arch) tools="pacman" ;;
        *) tools="" ;;
    esac
    for tool in ${tools:-/no/package/manager}; do
        command -v "$tool" >/dev/null || {
            say "no package manager that ./bench knows: nothing is installed; packages.txt lists what Handoff can use"
            return
        }
    done
    local missing=() package
    for package in $(packages "$1" "$of"); do
        is_installed "$of" "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    tested_here || say "packages.txt is tested on Debian 12; its names for this system are not"
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { not_installed "$of" "no root and no sudo" "${missing[@]}"; return; }
        as_root=(sudo)
    fi
    say "installing ${missing[*]}"
    if [ "$of" = debian ]; then
        "${as_root[@]}" apt-get update -q >/dev/null ||
            { not_installed "$of" "apt-get update failed" "${missing[@]}"; return; }
    fi
    # One by one where all at once fails: another distribution, or another version of one, may lack one of them.
    install_packages "$of" "${missing[@]}" 2>/dev/null && return
    local refused=()
    for package in "${missing[@]}"; do
        install_packages "$of" "$package" || refused+=("$package")
    done
    [ ${#refused[@]} -eq 0 ] || not_installed "$of" "$(install_command "$of") failed" "${refused[@]}"
}

# Whether this is the system that the list was tried on.
tested_here() {
    # shellcheck source=/dev/null
    [ "$(. "$os_release" 2>/dev/null && printf '%s %s' "${ID-}" "${VERSION_ID-}")" = "debian 12" ]
}

install_command() {  # distribution
    case $1 in
        debian) printf 'apt-get install' ;;
        fedora) printf 'dnf install' ;;
        arch) printf 'pacman -S' ;;
    esac
}

not_installed() {  # distribution, reason, packages ...
    local of=$1 reason=$2
    shift 2
    say "not installed ($reason): $*"
    say "going on without; to install them: $(install_command "$of") $*"
}

# Flags for cmake --preset; ./check sets them.
configure_flags=()

configure() {  # preset
    local preset=$1 log checkouts=()
    # Every time, since it takes seconds: libraries that were left out may have been installed.
    say "configuring $preset"
    log=$(mktemp) || fail "mktemp" "TMPDIR names the folder of temporary files (now: ${TMPDIR:-not set, so /tmp}); name one that is there"
    # Libraries that the user points at in the release build are tested in the others, too (docs/adapted.md).
    if [ "$preset" != release ] && [ -f build/release/CMakeCache.txt ]; then
        mapfile -t checkouts < <(sed -n 's/^\(HANDOFF_WITH_[A-Z_]*\):PATH=/-D\1=/p' build/release/CMakeCache.txt)
    fi
    cmake --preset "$preset" "${configure_flags[@]}" "${checkouts[@]}" >"$log" 2>&1 || {
        cat "$log" >&2
        rm -f "$log"
        fail "cmake --preset $preset" "remove build/$preset and run ./$program again; the lines above say what is missing"
    }
    sed -n 's/^-- left out: /   left out: /p' "$log" >&2
    rm -f "$log"
}

build() {  # preset, targets ...
    local preset=$1
    shift
    configure "$preset"
    say "building $preset"
    cmake --build "build/$preset" --target "$@" ||
        fail "cmake --build build/$preset" "the first error above names the file; a build killed for memory: cmake --build build/$preset -j1"
}

# Prints the families that a sweep file names, as far as they exist. What is wrong with a file, `handoff run` says.
families_of() {  # sweep file
    local family
    grep -o '"family"[[:space:]]*:[[:space:]]*"[a-z_]*"' "$1" | sed 's/.*"\([a-z_]*\)"$/\1/' | sort -u |
        while read -r family; do
            [ ! -e "benchmarks/$family/family.hpp" ] || printf '%s\n' "$family"
        done
}
