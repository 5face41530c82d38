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

packages() {  # bench or check: what ./bench needs, or also what only ./check needs
    if [ "$1" = check ]; then cat packages.txt; else grep -v '# check' packages.txt; fi |
        while IFS= read -r line; do
            # Other sources of packages split them otherwise: Node of elsewhere brings npm with it.
            case $line in *"if missing: "*) command -v "${line##*if missing: }" >/dev/null && continue ;; esac
            printf '%s\n' "$line"
        done |
        sed -e 's/#.*//' -e 's/[[:space:]]*$//' | grep -v '^$'
}

# Installs what packages.txt lists and is missing. Where that cannot be done, it says so and the build goes on with what is
# there: only a few packages are required (cmake/Needs.cmake), and configuring says what is left out.
install_missing() {  # bench or check: for which of them
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "this is not Debian: nothing is installed; packages.txt lists what Handoff can use, by its Debian names"
        return
    fi
    local missing=() package
    for package in $(packages "$1"); do
        case "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" in
            "install ok installed") ;;
            *) missing+=("$package") ;;
        esac
    done
    [ ${#missing[@]} -eq 0 ] && return
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { not_installed "no root and no sudo" "${missing[@]}"; return; }
        as_root=(sudo)
    fi
    say "installing ${missing[*]}"
    "${as_root[@]}" apt-get update -q >/dev/null || { not_installed "apt-get update failed" "${missing[@]}"; return; }
    # One by one where all at once fails: another Debian or Ubuntu may lack one of them.
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null 2>&1 && return
    local refused=()
    for package in "${missing[@]}"; do
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -q --no-install-recommends "$package" >/dev/null || refused+=("$package")
    done
    [ ${#refused[@]} -eq 0 ] || not_installed "apt-get install failed" "${refused[@]}"
}

not_installed() {  # reason, packages ...
    local reason=$1
    shift
    say "not installed ($reason): $*"
    say "going on without; to install them: apt-get install $*"
}

# Flags for cmake --preset; ./check sets them.
configure_flags=()

configure() {  # preset
    local preset=$1 log
    # Every time, since it takes seconds: libraries that were left out may have been installed.
    say "configuring $preset"
    log=$(mktemp) || fail "mktemp" "TMPDIR names the folder of temporary files (now: ${TMPDIR:-not set, so /tmp}); name one that is there"
    cmake --preset "$preset" "${configure_flags[@]}" >"$log" 2>&1 || {
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
