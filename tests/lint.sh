#!/bin/bash
# Layout and lint of the whole tree. ./check runs it first, because it fails within seconds where a build takes minutes.
set -u
cd "$(dirname "$0")/.." || exit 1
program=tests/lint.sh
# shellcheck source=cmake/steps.sh
. cmake/steps.sh

help() {
    cat <<'TEXT'
usage: tests/lint.sh [--fix] [STEP ...]

Runs the steps, all of them by default, and says of each that fails how to see it again and how to mend it.

  format   clang-format-19 over every .cpp and .hpp (.clang-format)
  python   flake8 over every .py (.flake8)
  shell    shellcheck over every shell script
  tidy     clang-tidy-19 with a short list of checks (.clang-tidy, tests/tidy.py); configures build/lint for it

  --fix    lay the C++ files out, and mend what clang-tidy can mend
  --help   this text

Exit codes: 0 clean; 1 findings, or a tool is missing; 2 usage.
TEXT
}

fix=no
steps=()
while [ $# -gt 0 ]; do
    case $1 in
        --help | -h) help; exit 0 ;;
        --fix) fix=yes ;;
        format | python | shell | tidy) steps+=("$1") ;;
        *) printf 'lint: unknown argument %s: legal: format, python, shell, tidy, --fix, --help\n' "$1" >&2; exit 2 ;;
    esac
    shift
done
[ ${#steps[@]} -eq 0 ] && steps=(format python shell tidy)

# Files with these endings, of the repository or, where there is none, of the folder. What is generated is not ours to mend.
files() {
    local ending
    for ending in "$@"; do
        find . \( -name .git -o -path ./build -o -path ./results -o -name node_modules \) -prune -o -type f -name "*.$ending" -print
    done
}

need() {  # command, package
    command -v "$1" >/dev/null || fail "looking for $1" "apt-get install $2, or ./check, which installs it"
}

lint_format() {
    need clang-format-19 clang-format-19
    if [ $fix = yes ]; then
        files cpp hpp | xargs clang-format-19 -i
    else
        files cpp hpp | xargs -P "$(nproc)" -n 50 clang-format-19 --dry-run --Werror
    fi
}

lint_python() { files py | xargs /usr/bin/python3 -m flake8; }

lint_shell() {
    need shellcheck shellcheck
    { files sh; printf '%s\n' ./bench ./check ./.ci/run; } | xargs shellcheck --external-sources --source-path=SCRIPTDIR/..
}

lint_tidy() {
    need clang-tidy-19 clang-tidy-19
    # Where each source is a unit of its own, so that the compiler's flags for each are known.
    if [ -f build/lint/build.ninja ]; then
        ninja -C build/lint build.ninja >/dev/null || fail "configuring build/lint again" "remove build/lint"
    else
        configure_flags=(-B build/lint -DHANDOFF_UNITY=OFF -DHANDOFF_PCH=OFF)
        configure release
    fi
    if [ $fix = yes ]; then tests/tidy.py --fix; else tests/tidy.py; fi
}

declare -A remedies=(
    [format]="tests/lint.sh --fix format"
    [python]="edit what the lines above name; a line that must stay: # noqa: CODE"
    [shell]="edit what the lines above name; a line that must stay: # shellcheck disable=CODE"
    [tidy]="tests/lint.sh --fix tidy, or edit what the lines above name; a line that must stay: // NOLINT(CHECK)"
)
failed=no
for step in "${steps[@]}"; do
    say "lint: $step"
    "lint_$step" || {
        printf '%s: %s: findings\n  see them again: tests/lint.sh %s\n  remedy: %s\n' \
            "$program" "$step" "$step" "${remedies[$step]}" >&2
        failed=yes
    }
done
[ $failed = no ]
