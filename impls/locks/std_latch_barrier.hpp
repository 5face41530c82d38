// A barrier from the standard library's single-use latches, three of which take turns.
//
// Source: ISO C++20 (std::latch); the rotation is ours.
//
// Progress: blocking.
// Cost:     1 RMW per arrival on one line, and the last one wakes the sleepers; a latch made anew per episode.
//           A waiter looks 16 times (with pauses, then yields) before it sleeps (libstdc++ 12).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "../atomic.hpp"
#include "../concepts/locks.hpp"
#include "../detail/cache_line.hpp"

namespace handoff::impls {

class std_latch_barrier {
    struct alignas(detail::cache_line) place {
        atomic<bool> taken{false};
        std::uint64_t episode = 0;  // how many its party has passed
    };

public:
    static constexpr std::string_view name = "std_latch_barrier";
    static constexpr auto waits = waiting::spins_then_sleeps;

    explicit std_latch_barrier(std::ptrdiff_t parties) : places_(static_cast<std::size_t>(parties)) {
        for (turn& each : latches_) {
            each.latch.emplace(parties);
        }
    }
    std_latch_barrier(const std_latch_barrier&) = delete;
    std_latch_barrier& operator=(const std_latch_barrier&) = delete;

    /// One of the parties. Who takes a handle after another was given back goes on in that one's place.
    class party_handle {
    public:
        explicit party_handle(std_latch_barrier& barrier) : barrier_(barrier), place_(barrier.take_place()) {}
        ~party_handle() {
            place_.taken.store(false, std::memory_order_release);  // [given back]
        }
        party_handle(const party_handle&) = delete;
        party_handle& operator=(const party_handle&) = delete;

        void arrive_and_wait() { barrier_.pass(place_); }

    private:
        std_latch_barrier& barrier_;
        place& place_;
    };

    party_handle party() { return party_handle(*this); }

private:
    struct alignas(detail::cache_line) turn {
        std::optional<std::latch> latch;
    };

    // Episode e meets at latch e mod 3. The party in the first place makes the latch of episode e - 1 anew for
    // episode e + 2 as soon as it has passed episode e:
    //
    //   Nobody is in it: every party has arrived at e, hence returned from e - 1, and each return happens
    //   before the first party's return from e (the latch's count_down synchronises with its wait).
    //   Nobody enters it too early: whoever arrives at e + 2 has passed e + 1, at which the first party arrived
    //   after making the latch; by the same rule, the new latch is visible.
    //
    // Two latches would not do: with e - 1 made anew for e + 1, a fast party could arrive there before the
    // first one has passed e.
    void pass(place& mine) {
        const std::uint64_t episode = mine.episode++;
        latch_of(episode).latch->arrive_and_wait();
        if (&mine == &places_.front() && episode > 0) {
            latch_of(episode - 1).latch.emplace(static_cast<std::ptrdiff_t>(places_.size()));
        }
    }

    turn& latch_of(std::uint64_t episode) { return latches_[episode % latches_.size()]; }

    place& take_place() {
        for (place& each : places_) {
            // [given back]: how far the party before had come is visible here.
            if (!each.taken.exchange(true, std::memory_order_acquire)) {
                return each;
            }
        }
        throw std::length_error("std_latch_barrier: more handles at a time than the " +
                                std::to_string(places_.size()) + " parties that it was made for");
    }

    std::array<turn, 3> latches_;
    std::vector<place> places_;
};

}  // namespace handoff::impls
