// Where workers without work wait.
//
// A worker that gives up announces itself, fences, looks once more and waits; whoever makes work visible fences and looks
// whether anybody is announced. One of the two fences comes first, so that either the worker sees the work or the other
// sees the worker. Work is made visible far more often than workers give up: its fence is the light one.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "../concepts.hpp"
#include "asymmetric_fence.hpp"
#include "cache_line.hpp"

namespace handoff::impls::detail {

/// Waiting, in the way of any wait strategy, that costs those who bring work a load while nobody waits. No wake-up is
/// lost; a notification wakes one who waits. A worker that waited and got work should notify once more if there is
/// more: the notification for that may have gone to itself, on its way out.
class idlers {
public:
    explicit idlers(make_any_wait how)
        : wait_(how()), polls_(wait_->polls()), cheap_(asymmetric_fences_available()) {}

    /// Returns when `look` has returned true; asks at once, and again whenever the strategy says so.
    template <class Look>
    void wait_until(Look&& look) {
        parks_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a statistic
        if (polls_) {
            wait_->wait_until(look);
            return;
        }
        present_.fetch_add(1, std::memory_order_relaxed);  // relaxed: the fence orders it
        heavy_fence();                                     // [idle]
        wait_->wait_until(look);
        present_.fetch_sub(1, std::memory_order_relaxed);  // relaxed: carries no data
    }

    /// After work was made visible to those who look.
    void notify() noexcept {
        light_fence(cheap_);  // [idle]: either we see who waits, or it sees the work
        if (present_.load(std::memory_order_relaxed) != 0) [[unlikely]] {
            wakes_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a statistic
            wait_->notify();
        }
    }
    /// After something that all of them wait for.
    void notify_all() noexcept {
        light_fence(cheap_);  // [idle]
        if (present_.load(std::memory_order_relaxed) != 0) {
            wait_->notify_all();
        }
    }

    std::uint64_t parks() const noexcept { return parks_.load(std::memory_order_relaxed); }
    std::uint64_t wakes() const noexcept { return wakes_.load(std::memory_order_relaxed); }

private:
    alignas(cache_line) std::atomic<std::uint32_t> present_{0};  // read by all who bring work
    const std::unique_ptr<any_wait> wait_;
    const bool polls_;
    const bool cheap_;
    alignas(cache_line) std::atomic<std::uint64_t> parks_{0};
    std::atomic<std::uint64_t> wakes_{0};
};

}  // namespace handoff::impls::detail
