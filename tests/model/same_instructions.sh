#!/usr/bin/env bash
# Shows that impls/atomic.hpp and its siblings, by which the model checker gets in, cost the measured code nothing: the
# catalog's own headers are compiled as they are, and once more with the standard library's names written out and no
# such header. The assembler's input is to be the same.
#
# usage: tests/model/same_instructions.sh [COMPILER [FLAG ...]]   (default: c++ -O2)
# Exit codes: 0 the same; 1 not; 2 it does not compile.
set -euo pipefail
cd "$(dirname "$0")/../.."
compiler=("${@:-c++}")
[ $# -gt 1 ] || compiler+=(-O2)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r impls "$work/seam"
cp -r impls "$work/plain"
# In the order of the names: a longer one first.
find "$work/plain" -name '*.hpp' -not -path '*/third_party/*' -exec sed -i -E \
    -e 's,(^|[^:[:alnum:]_])thread_fence\(,\1std::atomic_thread_fence(,g' \
    -e 's,(^|[^:[:alnum:]_])(atomic|atomic_ref)<,\1std::\2<,g' \
    -e 's,(^|[^:[:alnum:]_])(this_thread::(yield|sleep_for)),\1std::\2,g' \
    -e 's,(^|[^:[:alnum:]_])in_model([^[:alnum:]_]),\1false\2,g' {} +
# Of what others might call, and the numbers of labels count: a function and a constant that nobody here uses.
cat > "$work/plain/atomic.hpp" <<'END'
#pragma once
#include <atomic>
namespace handoff::impls {
inline constexpr bool in_model = false;
inline void thread_fence(std::memory_order order) noexcept {
    std::atomic_thread_fence(order);
}
}  // namespace handoff::impls
END
printf '#pragma once\n#include <thread>\n' > "$work/plain/detail/this_thread.hpp"

# Templates over the value, each instantiated as a whole; and what is none, each inline function of it.
unit() {
    sed -n -E 's@^HANDOFF_('"$1"')\((\w+), "([^"]+)"\)$@#include "\3"@p' impls/catalog.hpp
}
{
    echo '#include <cstdint>'
    unit 'QUEUE|DEQUE'
    for of in 'QUEUE <std::uint64_t>' 'DEQUE <void*>'; do
        sed -n -E 's@^HANDOFF_'"${of% *}"'\((\w+), "[^"]+"\)$@template class handoff::impls::\1'"${of#* }"';@p' impls/catalog.hpp
    done
} > "$work/templates.cpp"
unit 'LOCK|BARRIER|COUNTER|WAIT' > "$work/classes.cpp"

result=0
for what in templates classes; do
    keep=()
    [ $what = templates ] || keep=(-fkeep-inline-functions)
    for how in seam plain; do
        # Without the numbers of labels, which count declarations, and the files that inline assembly is from.
        "${compiler[@]}" -std=c++20 "${keep[@]}" -I "$work/$how" -S -o - "$work/$what.cpp" |
            sed -E 's/\.L([A-Z]+)[0-9]+/.L\1/g; /^# [0-9]+ "/d' > "$work/$what.$how.s" || exit 2
    done
    lines=$(grep -cP '^\t[a-z]' "$work/$what.seam.s")
    if cmp -s "$work/$what.seam.s" "$work/$what.plain.s"; then
        echo "$what: the same $lines instructions"
    else
        echo "$what: not the same ($lines instructions)"
        diff "$work/$what.seam.s" "$work/$what.plain.s" | head -40 || true
        result=1
    fi
done
exit $result
