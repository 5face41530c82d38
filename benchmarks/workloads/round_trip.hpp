// Latency: one item goes to another thread and comes back, through two queues; only one is ever on its way.
//
// Stresses: the empty queue: how soon a push is noticed, and what the wait strategy adds.
// Verifies: every answer is the item that was asked with, whole, and nothing is left in the queues afterwards.
#pragma once

#include <chrono>
#include <cstdint>

#include "blocking.hpp"
#include "channel.hpp"
#include "item.hpp"
#include "measurement.hpp"
#include "team.hpp"
#include "waiting.hpp"

namespace handoff::benchmarks {

/// One iteration is one round trip. The distribution holds round trips in nanoseconds, each from one reading of
/// the clock to the next: one clock reading (clock_cost_ns in the context) is part of every sample.
template <class Channel>
harness::measurement round_trip(const harness::trial& t) {
    using item_type = typename Channel::value_type;
    const auto forth = make_channel<Channel>(t.point);
    const auto back = make_channel<Channel>(t.point);
    set_spin_budget(*forth, t);
    set_spin_budget(*back, t);
    wait_tally caller_waits;
    wait_tally answerer_waits;
    harness::histogram trips;
    std::uint64_t returned = 0;
    std::uint64_t wrong = 0;

    harness::team crew(placement_of(t.point));
    crew.add("caller", [&](harness::lap& me) {
        auto out = forth->producer();
        auto in = back->consumer();
        harness::histogram seen;
        std::uint64_t trip = 0;
        std::uint64_t mismatches = 0;
        item_type answer{};
        me.start();
        auto last = harness::clock::now();
        for (; trip < t.items; ++trip) {
            if (!out.push(item_type(0, trip)) || !in.pop(answer)) [[unlikely]] {
                break;  // only a rescue closes the channels this early
            }
            const auto now = harness::clock::now();
            seen.record(static_cast<std::uint64_t>(std::chrono::nanoseconds(now - last).count()));
            last = now;
            mismatches += answer.sequence() != trip || answer.producer() != 1 || !answer.whole();
        }
        me.stop(trip);
        returned = trip;
        wrong = mismatches;
        trips = seen;
    }, leave_tally(caller_waits));
    crew.add("answerer", [&](harness::lap& me) {
        auto in = forth->consumer();
        auto out = back->producer();
        std::uint64_t trip = 0;
        item_type question{};
        me.start();
        for (; trip < t.items; ++trip) {
            // An answer is made of what arrived, so that a wrong question makes a wrong answer.
            if (!in.pop(question) || !out.push(item_type(question.producer() + 1 + !question.whole(),
                                                         question.sequence()))) [[unlikely]] {
                break;
            }
        }
        me.stop(trip);
    }, leave_tally(answerer_waits));

    harness::measurement m;
    m.items = t.items;
    m.team = crew.run(t.window, [&] {
        forth->close();
        back->close();
    });
    m.actual_capacity = capacity_of(*forth);
    if constexpr (tells_of_waits<Channel>) {
        caller_waits += answerer_waits;
        auto both = report_of(*forth);
        both.sleeps += report_of(*back).sleeps;
        add_sleep_metrics(m, caller_waits, both);
    }
    if (returned != t.items) {
        m.failure = "lost: round trip " + std::to_string(returned) + " of " + std::to_string(t.items) +
                    " did not come back";
    } else if (wrong > 0) {
        m.failure = "corrupt: " + std::to_string(wrong) + " answers were not the item asked with";
    }
    forth->close();
    back->close();
    item_type leftover{};
    if (m.failure.empty() && (forth->consumer().pop(leftover) || back->consumer().pop(leftover))) {
        m.failure = "duplicated: an item is left though every one was answered";
    }
    m.latency = harness::sampled_latency{"half of a round trip", 0.5, std::move(trips)};
    return m;
}

}  // namespace handoff::benchmarks
