// Threads wait for each other, over and over.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "concepts.hpp"
#include "measurement.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// All threads arrive, all threads leave: one episode, one iteration.
///
/// Stresses: the last arrival's news on its way to all others. Verifies: nobody leaves before everybody has arrived
/// (asked of the next thread in every 64th episode, so that asking is no part of the cost).
template <class Barrier>
harness::measurement barrier_episode(const harness::trial& t) {
    constexpr std::uint64_t checking = 64;
    const std::size_t threads = t.point.number("threads");
    struct alignas(128) arrivals {
        std::atomic<std::uint64_t> count{0};
        std::uint64_t early = 0;
    };
    Barrier barrier(static_cast<std::ptrdiff_t>(threads));
    std::vector<arrivals> parties(threads);

    harness::team crew(placement_of(t.point));
    for (std::size_t i = 0; i < threads; ++i) {
        crew.add("party", [&, i](harness::lap& me) {
            decltype(auto) mine = impls::party_end(barrier);
            std::atomic<std::uint64_t>& own = parties[i].count;
            const std::atomic<std::uint64_t>& next = parties[(i + 1) % parties.size()].count;
            const std::uint64_t episodes = t.items;
            std::uint64_t early = 0;
            me.start();
            for (std::uint64_t episode = 1; episode <= episodes; ++episode) {
                own.store(episode, std::memory_order_relaxed);  // relaxed: the barrier orders it
                mine.arrive_and_wait();
                if (episode % checking == 0) {
                    early += next.load(std::memory_order_relaxed) < episode;  // relaxed: as above
                }
            }
            me.stop(episodes);
            parties[i].early = early;
        });
    }

    harness::measurement m;
    m.items = t.items;
    m.team = crew.run(t.window, [] {});
    for (const arrivals& party : parties) {
        if (party.early > 0) {
            m.failure = "early: threads left an episode before everybody had arrived";
        }
        if (party.count.load(std::memory_order_relaxed) != t.items) {
            m.failure = "lost: a thread did not take part in every episode";
        }
    }
    return m;
}

}  // namespace handoff::benchmarks
