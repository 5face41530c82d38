// Threads add to one counter.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "busy_work.hpp"
#include "concepts.hpp"
#include "measurement.hpp"
#include "quota.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// Adds 1. Where the counter may refuse, asks until it does not; returns how often it refused.
template <class End>
std::uint64_t add_one(End& end) noexcept {
    std::uint64_t refused = 0;
    if constexpr (requires { end.try_add(1); }) {
        while (!end.try_add(1)) {
            ++refused;
        }
    } else {
        end.add(1);
    }
    return refused;
}

/// What the adding threads did to a counter.
struct additions {
    harness::team_report team;
    std::uint64_t added = 0;
    std::uint64_t refused = 0;
};

/// `threads` add 1 to `counter`, `items` times in all, each spending `work_ns` after every addition. They share
/// the work in chunks, so that all of them finish together.
template <class Counter>
additions add_together(Counter& counter, const harness::trial& t) {
    const std::size_t threads = t.point.number("threads");
    const std::uint64_t work = harness::steps_for(static_cast<double>(t.point.number("work_ns")));
    quota share(t.items, threads, t.items);
    std::vector<std::uint64_t> refused(threads);

    harness::team crew(placement_of(t.point));
    for (std::size_t i = 0; i < threads; ++i) {
        crew.add("adder", [&, i](harness::lap& me) {
            decltype(auto) end = impls::adder_end(counter);
            std::uint64_t refusals = 0;
            me.start();
            std::uint64_t done = 0;
            if (work == 0) {
                done = share.work<64>([&](std::uint64_t left) {
                    for (; left > 0; --left) {
                        refusals += add_one(end);
                    }
                });
            } else {
                const std::uint64_t steps = work;
                done = share.work<8>([&](std::uint64_t left) {
                    for (; left > 0; --left) {
                        refusals += add_one(end);
                        harness::spend(steps);
                    }
                });
            }
            me.stop(done);
            refused[i] = refusals;
        });
    }
    crew.stop_after(t.longest, [&] { share.close(); });
    additions result;
    result.team = crew.run(t.window, [] {});
    for (const std::uint64_t r : refused) {
        result.refused += r;
    }
    for (const harness::thread_report& one : result.team.threads) {
        result.added += one.items;
    }
    return result;
}

/// Threads add as fast as they can, or with work in between.
///
/// Stresses: the counter's write path, alone (1 thread) and shared. Verifies: the total after all have joined.
template <class Counter>
harness::measurement contended_add(const harness::trial& t) {
    Counter counter;
    additions done = add_together(counter, t);
    harness::measurement m;
    m.items = done.added;
    m.team = std::move(done.team);
    if constexpr (requires(impls::adder_end_t<Counter> end) { end.try_add(1); }) {
        m.metrics.emplace_back("refused_per_add",
                               static_cast<double>(done.refused) / static_cast<double>(m.items));
    }
    if (const std::uint64_t total = counter.read(); total != m.items) {
        m.failure = (total < m.items ? "lost: the counter says " : "duplicated: the counter says ") +
                    std::to_string(total) + " after " + std::to_string(m.items) + " increments";
    }
    return m;
}

/// The same loop, and the question how many increments are missing afterwards. What is ranked and drawn is
/// their share; a counter that loses updates has no speed.
///
/// Stresses: a read-modify-write that is not atomic, or the claim that it is. Verifies: that a counter which
/// promises to lose nothing loses nothing, and that no counter gains anything.
template <class Counter>
harness::measurement lost_updates(const harness::trial& t) {
    Counter counter;
    additions done = add_together(counter, t);
    harness::measurement m;
    m.items = done.added;
    m.team = std::move(done.team);
    const std::uint64_t total = counter.read();
    if (total > m.items || total == 0) {
        m.failure =
            "the counter says " + std::to_string(total) + " after " + std::to_string(m.items) + " increments";
    } else if (Counter::reading != impls::read_promise::racy && total != m.items) {
        m.failure =
            "lost: " + std::to_string(m.items - total) + " of " + std::to_string(m.items) + " increments";
    } else {
        m.metrics.emplace_back("lost_share",
                               static_cast<double>(m.items - total) / static_cast<double>(m.items));
    }
    return m;
}

}  // namespace handoff::benchmarks
