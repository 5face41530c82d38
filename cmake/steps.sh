# Shared by ./bench and ./check: install what is missing, configure, build; each step says what failed and what helps.
# Sourced by bash in the project's folder.

fail() {  # step, remedy
    printf '%s: step failed: %s\n  remedy: %s\n' "$program" "$1" "$2" >&2
    exit 1
}

say() { printf '== %s\n' "$*" >&2; }

packages() { sed -e 's/#.*//' -e 's/[[:space:]]*$//' packages.txt | grep -v '^$'; }

install_missing() {
    command -v dpkg-query >/dev/null ||
        fail "looking for packages" "this needs Debian 12; elsewhere install what packages.txt lists and run cmake --preset release"
    local missing=() package
    for package in $(packages); do
        case "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" in
            "install ok installed") ;;
            *) missing+=("$package") ;;
        esac
    done
    [ ${#missing[@]} -eq 0 ] && return
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "installing ${missing[*]}" "run as root: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    say "installing ${missing[*]}"
    "${as_root[@]}" apt-get update -q >/dev/null ||
        fail "apt-get update" "check the network and /etc/apt/sources.list*, then run ./$program again"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null ||
        fail "apt-get install ${missing[*]}" "run that line yourself to see why, then ./$program again"
}

build() {  # preset, targets ...
    local preset=$1
    shift
    if [ ! -f "build/$preset/build.ninja" ]; then
        say "configuring $preset"
        cmake --preset "$preset" >"/tmp/handoff-configure.$$" 2>&1 || {
            cat "/tmp/handoff-configure.$$" >&2
            rm -f "/tmp/handoff-configure.$$"
            fail "cmake --preset $preset" "remove build/$preset and run ./$program again; the lines above say what is missing"
        }
        rm -f "/tmp/handoff-configure.$$"
    fi
    say "building $preset"
    cmake --build "build/$preset" --target "$@" ||
        fail "cmake --build build/$preset" "the first error above names the file; a build killed for memory: cmake --build build/$preset -j1"
}

# Prints the families that a sweep file names, as far as they exist. What is wrong with a file, `handoff run` says.
families_of() {  # sweep file
    local family
    for family in $(grep -o '"family"[[:space:]]*:[[:space:]]*"[a-z_]*"' "$1" | sed 's/.*"\([a-z_]*\)"$/\1/' | sort -u); do
        [ ! -e "benchmarks/$family/family.hpp" ] || printf '%s\n' "$family"
    done
}
