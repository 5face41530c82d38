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
        : wait_(how()), polls_(wait_->polls()), cheap_(asymmetric_fences_available()) {
        // Without the asymmetric fence everybody who brings work has to take the long way, which has a full one.
        attention_.store(cheap_ ? 0 : always, std::memory_order_relaxed);  // relaxed: nobody else is here yet
    }

    /// Returns when `look` has returned true; asks at once, and again whenever the strategy says so.
    template <class Look>
    void wait_until(Look&& look) {
        parks_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a statistic
        if (polls_) {
            wait_->wait_until(look);
            return;
        }
        attention_.fetch_add(1, std::memory_order_relaxed);  // relaxed: the fence orders it
        heavy_fence();                                       // [idle]
        wait_->wait_until(look);
        attention_.fetch_sub(1, std::memory_order_relaxed);  // relaxed: carries no data
    }

    /// After work was made visible to those who look.
    void notify() noexcept {
        light_fence(true);  // [idle]: either we see who waits, or it sees the work
        if (attention_.load(std::memory_order_relaxed) != 0 && somebody_waits()) [[unlikely]] {
            wakes_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a statistic
            wait_->notify();
        }
    }
    /// After something that all of them wait for.
    void notify_all() noexcept {
        if (somebody_waits()) {
            wait_->notify_all();
        }
    }

    std::uint64_t parks() const noexcept { return parks_.load(std::memory_order_relaxed); }
    std::uint64_t wakes() const noexcept { return wakes_.load(std::memory_order_relaxed); }

private:
    static constexpr std::uint32_t always = std::uint32_t{1} << 31;

    [[gnu::noinline]] bool somebody_waits() const noexcept {
        light_fence(cheap_);  // [idle]
        return (attention_.load(std::memory_order_relaxed) & ~always) != 0;
    }

    // How many wait for a notification, and whether those who bring work have to look twice. Read by all of them.
    alignas(cache_line) std::atomic<std::uint32_t> attention_{0};
    const std::unique_ptr<any_wait> wait_;
    const bool polls_;
    const bool cheap_;
    alignas(cache_line) std::atomic<std::uint64_t> parks_{0};
    std::atomic<std::uint64_t> wakes_{0};
};

}  // namespace handoff::impls::detail
