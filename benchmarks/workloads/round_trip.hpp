// Latency: one item goes to another thread and comes back, through two queues; only one is ever on its way.
//
// Stresses: the empty queue: how soon a push is noticed, and what the wait strategy adds; with `peer` asleep
//           the push that has to wake somebody, and the wake-up.
// Verifies: every answer is the item that was asked with, whole, and nothing is left in the queues afterwards.
#pragma once

#include <chrono>
#include <cstdint>

#include "asleep.hpp"
#include "blocking.hpp"
#include "channel.hpp"
#include "item.hpp"
#include "measurement.hpp"
#include "team.hpp"
#include "waiting.hpp"

namespace handoff::benchmarks {

/// How long a caller lets its answerer alone before a question, so that it falls asleep: longer than anything
/// here looks for an item before it sleeps.
inline constexpr std::uint64_t pause_before_question_ns = 200'000;

/// One iteration is one round trip. The distribution holds round trips in nanoseconds, each from one reading of
/// the clock to the next: one clock reading (clock_cost_ns in the context) is part of every sample.
///
/// With `Asleep` the answerer has had time to fall asleep before each question, and the distribution holds the
/// way of the question alone: from a reading just before the push to the first thing that the woken answerer
/// does. Half of a round trip would be the mean of two different things, that wake-up and an answer to a caller
/// that has just begun to wait. The pauses are part of the window.
template <class Channel, bool Asleep = false>
harness::measurement round_trip(const harness::trial& t) {
    using item_type = typename Channel::value_type;
    const auto forth = make_channel<Channel>(t.point);
    const auto back = make_channel<Channel>(t.point);
    struct alignas(128) news {
        harness::clock::time_point at;  ///< written before an answer is pushed, read after it was popped
    } arrived;
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
            if constexpr (Asleep) {
                sleep_for(pause_before_question_ns);
                last = harness::clock::now();
            }
            if (!out.push(item_type(0, trip)) || !in.pop(answer)) [[unlikely]] {
                break;  // only a rescue closes the channels this early
            }
            const auto now = Asleep ? arrived.at : harness::clock::now();
            seen.record(static_cast<std::uint64_t>(std::chrono::nanoseconds(now - last).count()));
            last = now;
            mismatches += answer.sequence() != trip || answer.producer() != 1 || !answer.whole();
        }
        me.stop(trip);
        returned = trip;
        wrong = mismatches;
        trips = seen;
        caller_waits += out.observer();
        caller_waits += in.observer();
    });
    crew.add("answerer", [&](harness::lap& me) {
        auto in = forth->consumer();
        auto out = back->producer();
        std::uint64_t trip = 0;
        item_type question{};
        me.start();
        for (; trip < t.items; ++trip) {
            if (!in.pop(question)) [[unlikely]] {
                break;
            }
            if constexpr (Asleep) {
                arrived.at = harness::clock::now();
            }
            // An answer is made of what arrived, so that a wrong question makes a wrong answer.
            if (!out.push(item_type(question.producer() + 1 + !question.whole(), question.sequence())))
                [[unlikely]] {
                break;
            }
        }
        me.stop(trip);
        answerer_waits += in.observer();
        answerer_waits += out.observer();
    });

    harness::measurement m;
    m.items = t.items;
    m.team = crew.run(t.window, [&] {
        forth->close();
        back->close();
    });
    m.actual_capacity = capacity_of(*forth);
    if constexpr (tells_of_waits<Channel>) {
        wait_tally all = caller_waits;
        all += answerer_waits;
        auto both = report_of(*forth);
        both.sleeps += report_of(*back).sleeps;
        add_sleep_metrics(m, all, both);
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
    m.latency = Asleep ? harness::sampled_latency{"from a push to its arrival at a thread that slept", 1,
                                                  std::move(trips)}
                       : harness::sampled_latency{"half of a round trip", 0.5, std::move(trips)};
    return m;
}

}  // namespace handoff::benchmarks
