// The standard library's barrier.
//
// Source: ISO C++20; in libstdc++ 12 a tree of tickets in which a thread starts at the place that its id hashes
//         to.
//
// Progress: blocking.
// Cost:     1 RMW or more per arrival, spread over a tree of lines; the last arrival wakes the sleepers. A
//           waiter looks 16 times (with pauses, then yields) before it sleeps.
#pragma once

#include <barrier>
#include <cstddef>
#include <string_view>

#include "../concepts/locks.hpp"
#include "../detail/cache_line.hpp"

namespace handoff::impls {

class std_barrier {
public:
    static constexpr std::string_view name = "std_barrier";
    static constexpr auto waits = waiting::spins_then_sleeps;

    explicit std_barrier(std::ptrdiff_t parties) : barrier_(parties) {}

    void arrive_and_wait() { barrier_.arrive_and_wait(); }

private:
    alignas(detail::cache_line) std::barrier<> barrier_;
};

}  // namespace handoff::impls
