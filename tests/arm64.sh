#!/bin/bash
# The conformance and stress tests of every implementation, compiled for 64-bit ARM and run by qemu-aarch64.
set -u
cd "$(dirname "$0")/.." || exit 1
program=tests/arm64.sh
# shellcheck source=cmake/steps.sh
. cmake/steps.sh

help() {
    cat <<'TEXT'
usage: tests/arm64.sh [--install] [PATTERN]

Cross-compiles with aarch64-linux-gnu-g++, without optional libraries, and runs the tests whose names match PATTERN (a
regular expression of ctest; all by default) under qemu-aarch64. ./check does not run it: all of them take long.

What it shows: that everything compiles for ARM and works with its instructions (load-exclusive and store-exclusive, wide
compare-and-swap, its pause). What it does not: qemu keeps the order of the machine below it, so on x86 a missing barrier stays
unseen.

  --install   install the Debian packages that it needs: g++-aarch64-linux-gnu, qemu-user, libgtest-dev
  --help      this text

Exit codes: 0 all passed; 1 a test or a step failed; 2 usage.
TEXT
}

pattern=.
while [ $# -gt 0 ]; do
    case $1 in
        --help | -h) help; exit 0 ;;
        --install)
            as_root=()
            [ "$(id -u)" -eq 0 ] || as_root=(sudo)
            install_packages debian g++-aarch64-linux-gnu qemu-user libgtest-dev || fail "apt-get install" "apt-get update" ;;
        -*) printf 'arm64.sh: unknown flag %s: legal: --install, --help\n' "$1" >&2; exit 2 ;;
        *) pattern=$1 ;;
    esac
    shift
done
for tool in aarch64-linux-gnu-g++ qemu-aarch64; do
    command -v $tool >/dev/null || fail "looking for $tool" "tests/arm64.sh --install"
done
[ -f /usr/src/googletest/CMakeLists.txt ] || fail "looking for the source of GoogleTest" "tests/arm64.sh --install"

trap say_times EXIT
cross=(-G Ninja -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++
    -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc
    "-DCMAKE_CROSSCOMPILING_EMULATOR=qemu-aarch64;-L;/usr/aarch64-linux-gnu")
folder=build/arm64

say "building GoogleTest for arm64"
mkdir -p $folder
log=$folder/configure.log
{
    cmake -S /usr/src/googletest -B $folder/gtest "${cross[@]}" -DCMAKE_BUILD_TYPE=Release -DBUILD_GMOCK=OFF \
        "-DCMAKE_INSTALL_PREFIX=$PWD/$folder/installed" && cmake --build $folder/gtest --target install
} >$log 2>&1 || { cat $log >&2; fail "building GoogleTest" "the lines above say why"; }

say "building the tests for arm64"
# Google Benchmark is not linked; configuring asks for it all the same.
benchmark=$(dpkg -L libbenchmark-dev 2>/dev/null | sed -n 's|/benchmarkConfig.cmake$||p')
cmake -S . -B $folder/tests "${cross[@]}" -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1" \
    -DHANDOFF_WITHOUT=all -DHANDOFF_WERROR=ON "-Dbenchmark_DIR=$benchmark" \
    "-DCMAKE_PREFIX_PATH=$PWD/$folder/installed" >$log 2>&1 ||
    { cat $log >&2; fail "configuring" "the lines above say what is missing"; }
cmake --build $folder/tests || fail "building" "the first error above names the file"

say "testing arm64 under qemu"
# qemu 7.2 lets a seq_cst load overtake a seq_cst store before it (docs/building.md); this test is made to notice that.
fails_under_qemu='chase_lev_seq_cst_deque[.]TheOwnersAnnouncementIsNotOvertaken'
# GoogleTest starts the program again for these, and the kernel runs no program for ARM by itself.
fails_under_qemu+='|WaitingForItselfIsAnError|PlantedPools[.](OneThatHangsOnceIn200|OneThatAsksWhoWaits)'
ctest --test-dir $folder/tests --output-on-failure --no-tests=error --parallel "$(nproc)" -R "$pattern" -E "$fails_under_qemu" ||
    fail "tests under qemu-aarch64" "run one again: ctest --test-dir $folder/tests -R NAME --output-on-failure"
say "all tests passed: arm64"
