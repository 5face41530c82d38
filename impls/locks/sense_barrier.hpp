// Central barrier whose parties wait for a flag to take the sense of their episode; the sense alternates.
//
// Source: Hensgen, Finkel, Manber, "Two Algorithms for Barrier Synchronization", Int. J. Parallel Programming
//         1988; in the form of Mellor-Crummey and Scott, ACM TOCS 1991.
//
// Progress: blocking. Waits by pausing and never gives its core up: with more parties than cores an episode
//           takes as long as the scheduler takes to run everybody.
// Cost:     1 RMW per arrival on one line; the last arrival's store goes to all who wait.
#pragma once

#include <cstddef>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/locks.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"

namespace handoff::impls {

class sense_barrier {
public:
    static constexpr std::string_view name = "sense_barrier";
    static constexpr auto waits = waiting::spins;

    explicit sense_barrier(std::ptrdiff_t parties) noexcept : parties_(parties), missing_(parties) {}
    sense_barrier(const sense_barrier&) = delete;
    sense_barrier& operator=(const sense_barrier&) = delete;

    /// One of the parties. Whoever follows a party in its place takes a handle after that one's last episode.
    class party_handle {
    public:
        // relaxed: the sense cannot change while this party is missing, and whatever says that its predecessor
        // is done also says which sense that one saw.
        explicit party_handle(sense_barrier& barrier) noexcept
            : barrier_(barrier), sense_(barrier.sense_.load(std::memory_order_relaxed)) {}
        party_handle(const party_handle&) = delete;
        party_handle& operator=(const party_handle&) = delete;

        void arrive_and_wait() noexcept {
            sense_ = !sense_;
            barrier_.pass(sense_);
        }

    private:
        sense_barrier& barrier_;
        bool sense_;
    };

    party_handle party() noexcept { return party_handle(*this); }

private:
    void pass(bool sense) noexcept {
        // [arrived], both ways: what each did before it arrived is visible to the last one.
        if (missing_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            missing_.store(parties_, std::memory_order_relaxed);  // relaxed: [passed] shows it
            sense_.store(sense, std::memory_order_release);       // [passed]
            return;
        }
        // [passed]: what all did before they arrived is visible here, and the count is full again.
        while (sense_.load(std::memory_order_acquire) != sense) {
            detail::cpu_relax();
        }
    }

    // Apart, so that arrivals do not take away the line on which the others wait.
    alignas(detail::cache_line) const std::ptrdiff_t parties_;
    alignas(detail::cache_line) atomic<std::ptrdiff_t> missing_;
    alignas(detail::cache_line) atomic<bool> sense_{false};
};

}  // namespace handoff::impls
