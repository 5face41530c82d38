// Threads add to one counter and read it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "counters/add_together.hpp"
#include "counters/limits.hpp"
#include "counters/traits.hpp"
#include "measurement.hpp"

namespace handoff::benchmarks {

/// Every thread reads in `reads` of 100 operations and adds 1 in the others, evenly mixed.
///
/// Stresses: what a counter that spreads its writers out charges those who read. Verifies: the total after all
/// have joined; while they run, that no thread sees the counter fall or miss what that thread itself has added
/// (or more of it than the declared slack), where the counter promises that.
struct read_mix {
    static void declare(const auto& counter, auto& c) {
        c.workload = "read_mix";
        c.axes = {{"threads", {"2"}}, {"reads", {"10"}}, {"placement", {"spread"}}};
        c.limit = [&counter](const harness::point& p) {
            return limits::add(p, counter.reading, 1 - static_cast<double>(p.number("reads")) / 100);
        };
    }

    static constexpr bool suits(const counter_traits& counter) { return !counter.may_lose(); }

    template <class Counter>
    static harness::measurement run(const harness::trial& t) {
        using impls::read_promise;
        const std::size_t threads = t.point.number("threads");
        const std::uint64_t reads = t.point.number("reads");
        constexpr std::uint64_t slack = [] {
            if constexpr (Counter::reading == read_promise::lagging) {
                return Counter::slack;
            }
            return std::uint64_t{0};
        }();
        Counter counter;
        struct alignas(128) tally {
            std::uint64_t added = 0;
            std::uint64_t fell = 0;    ///< reads below an earlier one
            std::uint64_t missed = 0;  ///< reads without own additions
        };
        std::vector<tally> tallies(threads);

        auto m = run_alike(t, "mixer", t.items, [&](std::size_t i, harness::lap& me, quota& share) {
            decltype(auto) end = impls::adder_end(counter);
            read_mixer mixer(reads, i, threads);
            std::uint64_t last = 0;
            tally mine;
            me.start();
            const std::uint64_t done = share.work<64>([&](std::uint64_t left) {
                for (; left > 0; --left) {
                    if (mixer.next_is_read()) {
                        const std::uint64_t seen = counter.read();
                        mine.fell += seen < last;
                        mine.missed += seen + slack < mine.added;
                        last = seen;
                    } else {
                        add_one(end);
                        ++mine.added;
                    }
                }
            });
            me.stop(done);
            tallies[i] = mine;
        });
        tally all;
        for (const tally& one : tallies) {
            all.added += one.added;
            all.fell += one.fell;
            all.missed += one.missed;
        }
        const std::uint64_t total = counter.read();
        if (total != all.added) {
            m.failure = "the counter says " + std::to_string(total) + " after " + std::to_string(all.added) +
                        " increments";
        } else if (all.fell > 0) {
            m.failure = "not monotonic: " + std::to_string(all.fell) +
                        " reads were below an earlier one of the same thread";
        } else if (all.missed > 0) {
            m.failure = "missed: " + std::to_string(all.missed) + " reads lacked additions of their own thread";
        }
        return m;
    }
};

}  // namespace handoff::benchmarks
