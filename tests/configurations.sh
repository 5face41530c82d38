#!/bin/bash
# Builds and tests Handoff as on a machine that has only a compiler, CMake, Ninja, Google Benchmark, nlohmann/json and GTest.
set -u
cd "$(dirname "$0")/.." || exit 1

help() {
    cat <<'TEXT'
usage: tests/configurations.sh [--quick] [COMPILER ...]

Configures with HANDOFF_WITHOUT=all and warnings as errors, builds, and runs the tests, once for each compiler, in
build/configurations/COMPILER. Without arguments: g++, clang++-16 and clang++-19, those of them that are installed.

  --quick   unoptimised, a catalog of few implementations (tests/minimal/catalog.hpp), and only the tests of what is
            left out; without arguments: one compiler, the newest clang or else g++
  --help    this text

Exit codes: 0 all passed; 1 a configuration failed; 2 usage.
TEXT
}

quick=no
compilers=()
while [ $# -gt 0 ]; do
    case $1 in
        --help | -h) help; exit 0 ;;
        --quick) quick=yes ;;
        -*) printf 'configurations.sh: unknown flag %s: legal: --quick, --help\n' "$1" >&2; exit 2 ;;
        *)
            command -v "$1" >/dev/null ||
                { printf 'configurations.sh: compiler %s: no such command\n' "$1" >&2; exit 2; }
            compilers+=("$1") ;;
    esac
    shift
done
if [ ${#compilers[@]} -eq 0 ]; then
    # The last that is installed is the one for --quick.
    for compiler in g++ clang++-16 clang++-19; do
        if command -v "$compiler" >/dev/null; then
            compilers+=("$compiler")
        else
            printf '== %s: skipped: not installed\n' "$compiler" >&2
        fi
    done
    [ $quick = yes ] && compilers=("${compilers[-1]}")
fi

flags=(-G Ninja -DHANDOFF_WITHOUT=all -DHANDOFF_WERROR=ON)
targets=(all)
tests=()
if [ $quick = yes ]; then
    flags+=(-DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 -DHANDOFF_UNITY=ON "-DHANDOFF_CATALOG=$PWD/tests/minimal/catalog.hpp")
    targets=(handoff benchmarks counter_tests)
    tests=(-R '^(counter_tests|cli\.not_built|cli\.refuses|cli\.report|not_built)')
else
    flags+=(-DCMAKE_BUILD_TYPE=Release)
fi

failed=
for compiler in "${compilers[@]}"; do
    folder=build/configurations/$(basename "$compiler")
    [ $quick = yes ] && folder=$folder-quick
    printf '== %s: configuring, building and testing in %s\n' "$compiler" "$folder" >&2
    mkdir -p "$folder"
    cmake -S . -B "$folder" "${flags[@]}" "-DCMAKE_CXX_COMPILER=$compiler" >"$folder/configure.log" 2>&1 ||
        { cat "$folder/configure.log" >&2; failed="$failed $compiler"; continue; }
    cmake --build "$folder" --target "${targets[@]}" || { failed="$failed $compiler"; continue; }
    ctest --test-dir "$folder" --output-on-failure --no-tests=error "${tests[@]}" || failed="$failed $compiler"
done
if [ -n "$failed" ]; then
    printf 'configurations.sh: failed:%s; build one again: tests/configurations.sh COMPILER\n' "$failed" >&2
    exit 1
fi
printf '== every configuration passed: %s\n' "${compilers[*]}" >&2
