// Where workers without work wait.
//
// A worker that gives up announces itself, fences, looks once more and waits; whoever makes work visible fences
// and looks whether anybody is announced. One of the two fences comes first, so that either the worker sees the
// work or the other sees the worker. Work is made visible far more often than workers give up: its fence is the
// light one.
#pragma once

#include <cstdint>
#include <memory>

#include "../atomic.hpp"
#include "../concepts/waiting.hpp"
#include "asymmetric_fence.hpp"
#include "cache_line.hpp"

namespace handoff::impls::detail {

/// Waiting, in the way of any wait strategy, that costs those who bring work a load while nobody waits, and a
/// fence while all who wait are being woken. No wake-up is lost; a notification wakes one who waits. A worker
/// that waited should notify once more: the notification that ended its wait may have been for work that is
/// still there.
class idlers {
public:
    explicit idlers(make_any_wait how)
        : wait_(how()), polls_(wait_->polls()), cheap_(asymmetric_fences_available()) {
        // Without the asymmetric fence everybody who brings work has to take the long way, which has a full
        // one.
        state_.store(cheap_ ? 0 : always, std::memory_order_relaxed);  // relaxed: nobody else is here yet
    }

    /// Returns when `look` has returned true; asks at once, and again whenever the strategy says so. `look`
    /// notifies nobody: it may be called under a lock of the strategy's.
    template <class Look>
    void wait_until(Look&& look) {
        parks_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a statistic
        if (polls_) {
            wait_->wait_until(look);
            return;
        }
        state_.fetch_add(1, std::memory_order_relaxed);  // relaxed: the fence orders it
        heavy_fence();                                   // [idle]
        auto use_wake_and_look = [&] {
            use_wake();
            return static_cast<bool>(look());
        };
        wait_->wait_until(use_wake_and_look);
        leave();
    }

    /// After work was made visible to those who look.
    void notify() noexcept {
        light_fence(true);  // [idle]: either we see who waits, or it sees the work
        if (state_.load(std::memory_order_relaxed) != 0) [[unlikely]] {  // relaxed: ordered by the fence
            wake_one();
        }
    }
    /// After something that all of them wait for.
    void notify_all() noexcept {
        light_fence(cheap_);                                         // [idle]
        if (waiters(state_.load(std::memory_order_relaxed)) != 0) {  // relaxed: ordered by the fence
            wait_->notify_all();
        }
    }

    std::uint64_t parks() const noexcept { return parks_.load(std::memory_order_relaxed); }
    std::uint64_t wakes() const noexcept { return wakes_.load(std::memory_order_relaxed); }

private:
    // One word holds what those who bring work have to know:
    //
    //   bits  0..30  waiters  announced and not yet gone
    //   bit      31  always   there is no cheap fence: look twice
    //   bits 32..63  wakes    notifications given that no look has followed yet
    //
    // Waking takes tens of microseconds, in which a busy worker brings work hundreds of times. A notification
    // is left out when wakes == waiters: there are never more wakes than waiters that will look again, or are
    // on their way out and notify. A look first uses up a wake, then fences, then looks; who leaves out a
    // notification has made its work visible, then fenced, then read the wakes. So either it reads that the
    // wake is used, or the look sees the work. Who leaves takes a wake along if there is one: that it counted
    // as one that will look is over. Wakes that are used up by looks that would have come anyway only cost
    // superfluous notifications.
    using state = std::uint64_t;
    static constexpr state always = state{1} << 31;
    static constexpr state one_wake = state{1} << 32;
    static constexpr state waiters(state s) { return s & (always - 1); }
    static constexpr state wakes(state s) { return s >> 32; }

    [[gnu::noinline]] void wake_one() noexcept {
        thread_fence(std::memory_order_seq_cst);              // [used], and [idle] where that has no cheap side
        state seen = state_.load(std::memory_order_relaxed);  // relaxed: ordered by the fence
        do {
            if (wakes(seen) >= waiters(seen)) {
                return;
            }
            // relaxed: carries no data
        } while (!state_.compare_exchange_weak(seen, seen + one_wake, std::memory_order_relaxed));
        wakes_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a statistic
        wait_->notify();
    }

    void use_wake() noexcept {
        state seen = state_.load(std::memory_order_relaxed);  // relaxed: the CAS checks it
        while (wakes(seen) > 0) {
            // relaxed: the fence orders it
            if (state_.compare_exchange_weak(seen, seen - one_wake, std::memory_order_relaxed)) {
                thread_fence(std::memory_order_seq_cst);  // [used]
                return;
            }
        }
    }

    void leave() noexcept {
        state seen = state_.load(std::memory_order_relaxed);  // relaxed: the CAS checks it
        state left;
        do {
            left = seen - 1 - (wakes(seen) > 0 ? one_wake : 0);
            // relaxed: carries no data
        } while (!state_.compare_exchange_weak(seen, left, std::memory_order_relaxed));
    }

    alignas(cache_line) atomic<state> state_{0};  // read by all who bring work
    const std::unique_ptr<any_wait> wait_;
    const bool polls_;
    const bool cheap_;
    alignas(cache_line) atomic<std::uint64_t> parks_{0};
    atomic<std::uint64_t> wakes_{0};
};

}  // namespace handoff::impls::detail
