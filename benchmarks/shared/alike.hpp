// Threads that all do the same, and share the work.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "measurement.hpp"
#include "shared/quota.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// Runs `body(i, me, share)` in each of the point's `threads`, i from 0. They share the trial's items in chunks
/// of at most `largest`; the share is closed when the trial's time is up. The body starts and stops its lap
/// `me` itself.
template <class Body>
harness::measurement run_alike(const harness::trial& t, const std::string& role, std::uint64_t largest,
                               Body body) {
    const std::size_t threads = t.point.number("threads");
    quota share(t.items, threads, largest);
    harness::team crew(placement_of(t.point), 0, scheduling_of(t.point));
    for (std::size_t i = 0; i < threads; ++i) {
        crew.add(role, [&, i](harness::lap& me) { body(i, me, share); });
    }
    crew.stop_after(t.longest, [&] { share.close(); });
    harness::measurement m;
    m.team = crew.run(t.window, [] {});
    for (const harness::thread_report& one : m.team.threads) {
        m.items += one.items;
    }
    return m;
}

}  // namespace handoff::benchmarks
