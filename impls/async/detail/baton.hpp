// Where a thread waits for one event.
//
// Progress: set() is wait-free; wait() sleeps.
// Order:    what happened before set() is visible after wait().
// Capacity: one event, one waiter.
// Cost:     one exchange to set, and a system call where the waiter sleeps; one load to wait for what has come.
#pragma once

#include <cstdint>

#include "../../atomic.hpp"
#include "../../detail/futex.hpp"

namespace handoff::impls::async::detail {

class baton {
    using deadline = handoff::impls::detail::deadline;

public:
    /// Once. The waiter may be gone as soon as it can see the event: then the wake-up goes to an address where
    /// nobody sleeps, which the kernel takes no notice of.
    void set() noexcept {
        const auto* const address = reinterpret_cast<const std::uint32_t*>(&state_);
        // [event]: what comes before it is visible to the waiter
        if (state_.exchange(has_come, std::memory_order_release) == asleep) {
            handoff::impls::detail::futex_wake(address, 1);
        }
    }

    /// True: it has come; false: `until` has passed.
    bool wait_until(deadline until) noexcept {
        std::uint32_t seen = state_.load(std::memory_order_acquire);  // [event]
        while (seen != has_come) {
            if (seen == nothing &&
                !state_.compare_exchange_strong(seen, asleep, std::memory_order_acquire)) {  // [event]
                continue;
            }
            if (until != handoff::impls::detail::no_deadline && deadline::clock::now() >= until) {
                return state_.load(std::memory_order_acquire) == has_come;  // [event]
            }
            handoff::impls::detail::futex_wait(reinterpret_cast<const std::uint32_t*>(&state_), asleep, until);
            seen = state_.load(std::memory_order_acquire);  // [event]
        }
        return true;
    }
    void wait() noexcept { wait_until(handoff::impls::detail::no_deadline); }

private:
    static constexpr std::uint32_t nothing = 0;
    static constexpr std::uint32_t has_come = 1;
    static constexpr std::uint32_t asleep = 2;

    atomic<std::uint32_t> state_{nothing};
};

}  // namespace handoff::impls::async::detail
