// Control: what `transfer` would be if it were written by hand for one queue.
//
// Two threads, two loops over the bare queue, the same items made and checked; no channel, no handles, no
// shared quota. `transfer` divided by this is what the suite adds to the numbers it reports
// (sweeps/selftest.json).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "measurement.hpp"
#include "shared/item.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// A control that hangs ends by its timeout: there is nobody to wake.
inline harness::team_report run_control(harness::team& crew, const harness::trial& t) {
    return crew.run(t.window, [] {});
}

/// `Pause` is what a hand-written loop does when the queue refuses.
///
/// Stresses: the queue alone. Verifies: what `transfer` verifies.
template <class Queue, void (*Pause)()>
harness::measurement bare_transfer(const harness::trial& t) {
    using item_type = typename Queue::value_type;
    const auto queue = std::make_unique<Queue>(t.point.number("capacity"));
    std::vector<ledger> received(1, ledger(1));

    harness::team crew(harness::placement::spread);
    crew.add("producer", [&](harness::lap& me) {
        // Local names: what is reached through the lambda is fetched from memory again for every item.
        Queue& to = *queue;
        const std::uint64_t count = t.items;
        me.start();
        for (std::uint64_t i = 0; i < count; ++i) {
            item_type made(0, i);
            while (!to.try_push(std::move(made))) {  // NOLINT(bugprone-use-after-move)
                Pause();
            }
        }
        me.stop(count);
    });
    crew.add("consumer", [&](harness::lap& me) {
        Queue& from = *queue;
        const std::uint64_t count = t.items;
        ledger::page mine = received[0].open();
        item_type got{};
        me.start();
        for (std::uint64_t i = 0; i < count; ++i) {
            while (!from.try_pop(got)) {
                Pause();
            }
            mine.enter(got);
        }
        me.stop(count);
        received[0].close(mine, count);
    });

    harness::measurement m;
    m.items = t.items;
    m.team = run_control(crew, t);
    m.actual_capacity = queue->capacity();
    item_type leftover{};
    m.failure = audit(received, {t.items}, queue->try_pop(leftover) ? 1 : 0);
    return m;
}

}  // namespace handoff::benchmarks
