// Central barrier whose parties sleep on the number of the episode.
//
// Source: the central counter is Hensgen, Finkel, Manber, "Two Algorithms for Barrier Synchronization", Int. J.
//         Parallel Programming 1988; the sleep is a futex, Franke, Russell, Kirkwood, "Fuss, Futexes and
//         Furwocks", Ottawa Linux Symposium 2002.
//
// Progress: blocking.
// Cost:     1 RMW and one system call per arrival: to sleep, or, the last one's, to wake all.
#pragma once

#include <climits>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/locks.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/futex.hpp"

namespace handoff::impls {

class futex_barrier {
public:
    static constexpr std::string_view name = "futex_barrier";
    static constexpr auto waits = waiting::sleeps;

    explicit futex_barrier(std::ptrdiff_t parties) noexcept : parties_(parties), missing_(parties) {}
    futex_barrier(const futex_barrier&) = delete;
    futex_barrier& operator=(const futex_barrier&) = delete;

    void arrive_and_wait() noexcept {
        // relaxed: it cannot change while this thread is missing, and this thread has seen the last change
        const std::uint32_t episode = episode_.load(std::memory_order_relaxed);
        // [arrived], both ways: what each did before it arrived is visible to the last one.
        if (missing_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            missing_.store(parties_, std::memory_order_relaxed);     // relaxed: [passed] shows it
            episode_.store(episode + 1, std::memory_order_release);  // [passed]
            // Only the word's address is used from here on: the others may have gone and destroyed the barrier.
            // Nobody sleeps through it: the kernel compares the word before it puts a thread to sleep.
            detail::futex_wake(word(), INT_MAX);
            return;
        }
        // [passed]: what all did before they arrived is visible here, and the count is full again. The number
        // may come round without harm: nobody can be more than one episode behind.
        while (episode_.load(std::memory_order_acquire) == episode) {
            detail::futex_wait(word(), episode, detail::no_deadline);
        }
    }

private:
    const std::uint32_t* word() const noexcept {
        static_assert(sizeof(atomic<std::uint32_t>) == sizeof(std::uint32_t));
        return reinterpret_cast<const std::uint32_t*>(&episode_);
    }

    // Apart, so that arrivals do not take away the line that those who go to sleep look at.
    alignas(detail::cache_line) const std::ptrdiff_t parties_;
    alignas(detail::cache_line) atomic<std::ptrdiff_t> missing_;
    alignas(detail::cache_line) atomic<std::uint32_t> episode_{0};
};

}  // namespace handoff::impls
