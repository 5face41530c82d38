// Threads wait for each other, over and over.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "concepts/locks.hpp"
#include "measurement.hpp"
#include "shared/limits_of.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// All threads arrive, all threads leave: one episode, one iteration.
///
/// Stresses: the last arrival's news on its way to all others. Verifies: nobody leaves before everybody has
/// arrived (asked of the next thread in every 64th episode, so that asking is no part of the cost).
struct barrier_episode {
    static void declare(const auto&, auto& c) {
        c.workload = "barrier_episode";
        c.axes = {{"threads", {"2"}}, {"placement", {"spread"}}};
        c.limit = [](const harness::point& p) { return limits::episode(p); };
    }

    template <class Barrier>
    static harness::measurement run(const harness::trial& t) {
        constexpr std::uint64_t checking = 64;
        const std::size_t threads = t.point.number("threads");
        struct alignas(128) arrivals {
            std::atomic<std::uint64_t> count{0};
            std::uint64_t early = 0;
        };
        // When the time is up the first thread says which episode is the last, one episode ahead, so that all
        // agree.
        std::atomic<bool> enough{false};
        std::atomic<std::uint64_t> last{t.items};
        Barrier barrier(static_cast<std::ptrdiff_t>(threads));
        std::vector<arrivals> parties(threads);

        harness::team crew(placement_of(t.point));
        for (std::size_t i = 0; i < threads; ++i) {
            crew.add("party", [&, i](harness::lap& me) {
                decltype(auto) mine = impls::party_end(barrier);
                std::atomic<std::uint64_t>& own = parties[i].count;
                const std::atomic<std::uint64_t>& next = parties[(i + 1) % parties.size()].count;
                std::uint64_t early = 0;
                std::uint64_t episode = 0;
                me.start();
                while (episode < last.load(std::memory_order_relaxed)) {  // relaxed: the barrier orders it
                    ++episode;
                    if (i == 0 && enough.load(std::memory_order_relaxed) &&
                        last.load(std::memory_order_relaxed) > episode) {
                        last.store(episode + 1, std::memory_order_relaxed);  // relaxed: as above
                        enough.store(false, std::memory_order_relaxed);
                    }
                    own.store(episode, std::memory_order_relaxed);  // relaxed: the barrier orders it
                    mine.arrive_and_wait();
                    if (episode % checking == 0) {
                        early += next.load(std::memory_order_relaxed) < episode;  // relaxed: as above
                    }
                }
                me.stop(episode);
                parties[i].early = early;
            });
        }

        harness::measurement m;
        crew.stop_after(t.longest,
                        [&] { enough.store(true, std::memory_order_relaxed); });  // relaxed: carries no data
        m.team = crew.run(t.window, [] {});
        m.items = m.team.threads.front().items;
        for (const arrivals& party : parties) {
            if (party.early > 0) {
                m.failure = "early: threads left an episode before everybody had arrived";
            }
            if (party.count.load(std::memory_order_relaxed) != m.items) {
                m.failure = "lost: a thread did not take part in every episode";
            }
        }
        return m;
    }
};

}  // namespace handoff::benchmarks
