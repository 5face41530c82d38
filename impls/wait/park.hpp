// Waits asleep: an event count on a futex.
//
// The event count is Reed and Kanodia's ("Synchronization with Eventcounts and Sequencers", 1979), in the
// form that pairs with lock-free structures: a waiter announces itself, looks once more, and sleeps only
// if no notification has come since the announcement.
#pragma once

#include <bit>
#include <chrono>
#include <climits>
#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/clock.hpp"
#include "../detail/futex.hpp"

namespace handoff::impls {

/// Gives the core up until notified. `notify` makes no system call when nobody waits (it costs one fence
/// and one load), and at most one per sleeper: a sleeper that is already being woken is not woken again
/// by the items that arrive while it is on its way. No wake-up is lost. At most 65535 waiters.
class park {
public:
    static constexpr std::string_view name = "park";

    template <class Predicate>
    void wait_until(Predicate&& done) {
        wait_until(done, detail::no_deadline);
    }

    template <class Predicate>
    bool wait_until(Predicate&& done, std::chrono::steady_clock::time_point deadline) {
        bool slept = false;
        while (!done()) {
            const std::uint32_t seen = announce();
            if (done()) {
                leave();
                return true;
            }
            if (deadline != detail::no_deadline && steady_clock::now() >= deadline) {
                leave();
                return false;
            }
            if (!slept) {
                slept = true;
                sleeps_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a statistic
            }
            detail::futex_wait(epoch_word(), seen, deadline);
            leave();
        }
        return true;
    }

    void notify() noexcept { wake_up_to(1); }
    void notify_all() noexcept { wake_up_to(every_waiter); }

    /// Waits that called the kernel, also those that it sent back at once because a notification had come.
    std::uint64_t sleeps() const noexcept { return sleeps_.load(std::memory_order_relaxed); }

private:
    // One word holds three numbers, so that they change together:
    //
    //   bits  0..31  epoch    what sleepers sleep on; every wake moves it
    //   bits 32..47  waiters  announced and not yet left
    //   bits 48..63  wakes    wakes given to present waiters
    //
    // Why a notification may be skipped when wakes == waiters: call a waiter *assured* if it is certain to
    // look at its condition again (it read an older epoch and so cannot fall asleep, or the kernel has
    // taken it off the futex's queue, or a wake-up call that will do so is under way). The invariant is
    // wakes <= assured waiters. A wake moves the epoch, which assures all who are not yet asleep, and then
    // calls the kernel for one sleeper, which assures one more if any sleeps; so `wakes + 1` stays within
    // the invariant. Who leaves, for whatever reason, takes at most one assurance and one wake with it.
    // Forgetting a wake (the floor at 0) only costs a superfluous system call. With wakes == waiters all
    // are assured, and everything stored before the notification is visible to their next look: the
    // fence in wake_up_to and the one in announce are each other's partner.
    using state = std::uint64_t;
    static constexpr state one_waiter = state{1} << 32;
    static constexpr state one_wake = state{1} << 48;
    static constexpr std::uint64_t every_waiter = 0xffff;

    static constexpr std::uint64_t waiters(state s) { return (s >> 32) & 0xffff; }
    static constexpr std::uint64_t wakes(state s) { return s >> 48; }
    static constexpr std::uint32_t epoch(state s) { return static_cast<std::uint32_t>(s); }
    static constexpr state advanced(state s) {
        return (s & ~state{0xffffffff}) | static_cast<std::uint32_t>(epoch(s) + 1);
    }

    /// Returns the epoch to sleep on.
    std::uint32_t announce() noexcept {
        // relaxed: the fence below orders it.
        const state before = state_.fetch_add(one_waiter, std::memory_order_relaxed);
        // [announce]: a notifier whose fence comes after this one sees the waiter; if its fence comes
        // before, the look that follows sees what the notifier had stored.
        thread_fence(std::memory_order_seq_cst);
        return epoch(before);
    }

    void leave() noexcept {
        state s = state_.load(std::memory_order_relaxed);  // relaxed: the CAS checks it
        state next;
        do {
            next = s - one_waiter - (wakes(s) > 0 ? one_wake : 0);
            // relaxed: carries no data; a waiter's condition is read through its own structure
        } while (!state_.compare_exchange_weak(s, next, std::memory_order_relaxed));
    }

    void wake_up_to(std::uint64_t most) noexcept {
        // [announce]: see there.
        thread_fence(std::memory_order_seq_cst);
        state s = state_.load(std::memory_order_relaxed);  // relaxed: ordered by the fence
        state next;
        std::uint64_t given;
        do {
            given = waiters(s) - wakes(s);
            if (given == 0) {
                return;
            }
            given = given < most ? given : most;
            next = advanced(s) + given * one_wake;
            // relaxed: the kernel compares the epoch under its own lock
        } while (!state_.compare_exchange_weak(s, next, std::memory_order_relaxed));
        detail::futex_wake(epoch_word(), given == waiters(s) ? INT_MAX : static_cast<int>(given));
    }

    /// The half of `state_` that holds the epoch, as the kernel wants it.
    const std::uint32_t* epoch_word() const noexcept {
        static_assert(std::endian::native == std::endian::little);
        static_assert(sizeof(atomic<state>) == sizeof(state));
        return reinterpret_cast<const std::uint32_t*>(&state_);
    }

    alignas(detail::cache_line) atomic<state> state_{0};
    // Beside the word that whoever counts here has just written, and will write again.
    atomic<std::uint64_t> sleeps_{0};
};

}  // namespace handoff::impls
