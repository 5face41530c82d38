// Who may still submit to an adapted library, and when all of that has been handled.
#pragma once

#include <cstdint>

#include "../../atomic.hpp"
#include "../../detail/cache_line.hpp"

namespace handoff::impls::detail {

/// Counts what is admitted and what has come to its end, so that a stop refuses and loses nothing: libraries
/// take what they are given for as long as they live. Costs one read-modify-write for each of the two.
class admission {
public:
    /// Before an event is given to the library. False: refused.
    [[nodiscard]] bool enter() noexcept {
        // relaxed: counts; the library passes the event on. All changes are read-modify-writes, so that each
        // entry is before the one that ends them, or sees its bit.
        return (entered_.fetch_add(one, std::memory_order_relaxed) & no_more) == 0;
    }

    /// When an event has been handled or given up.
    void leave() noexcept {
        // [left]: what the handler did. seq_cst, and so the load: either we see that somebody waits, or he
        // sees our count.
        left_.fetch_add(1, std::memory_order_seq_cst);
        if (waits_.load(std::memory_order_seq_cst)) [[unlikely]] {
            left_.notify_all();
        }
    }

    /// Refuses from now on, and returns when all that was admitted has left.
    void close_and_wait() noexcept {
        const std::uint64_t entered = entered_.fetch_or(no_more, std::memory_order_relaxed);  // as in enter
        if ((entered & no_more) != 0) {
            return;
        }
        waits_.store(true, std::memory_order_seq_cst);
        for (std::uint64_t left; (left = left_.load(std::memory_order_seq_cst)) != entered / one;) {  // [left]
            left_.wait(left, std::memory_order_seq_cst);
        }
    }

private:
    static constexpr std::uint64_t one = 2;
    static constexpr std::uint64_t no_more = 1;

    alignas(cache_line) atomic<std::uint64_t> entered_{0};
    alignas(cache_line) atomic<std::uint64_t> left_{0};
    atomic<bool> waits_{false};
};

}  // namespace handoff::impls::detail
