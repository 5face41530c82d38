// Latency: one item goes to another thread and comes back, through two queues; only one is ever on its way.
//
// Stresses: the empty queue: how soon a push is noticed, and what the wait strategy adds; with `peer` asleep
//           the push that has to wake somebody, and the wake-up.
// Verifies: every answer is the item that was asked with, whole, and nothing is left in the queues afterwards.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "measurement.hpp"
#include "queues/channel.hpp"
#include "queues/traits.hpp"
#include "queues/waiting.hpp"
#include "registry.hpp"
#include "shared/asleep.hpp"
#include "shared/item.hpp"
#include "shared/limits_of.hpp"
#include "shared/scheduled.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// One iteration is one round trip. The distribution holds round trips in nanoseconds, each from one reading of
/// the clock to the next: one clock reading (clock_cost_ns in the context) is part of every sample.
///
/// With `peer` asleep the answerer has had time to fall asleep before each question, and the distribution holds
/// the way of the question alone: from a reading just before the push to the first thing that the woken
/// answerer does. Half of a round trip would be the mean of two different things, that wake-up and an answer to
/// a caller that has just begun to wait. The pauses are part of the window.
struct round_trip {
    static void declare(const auto& q, auto& c) {
        c.workload = "round_trip";
        c.measure = "latency";
        c.axes = {{"wait", q.wait_words()}, {"capacity", q.usual_capacity()}, {"bytes", {"8"}},
                  {"peer", {"spinning"}},   {"spin_budget", {"own"}},         {"placement", {"spread"}}};
        c.words.push_back({"peer", {"spinning", "asleep"}});
        add_scheduling(c);
        c.judge_together = [&q](const harness::point& p) {
            const harness::verdict budget = q.judge_budget(p);
            return budget.is == harness::verdict::kind::legal ? judge_peer(q, p) : budget;
        };
        c.threads = [](const harness::point&) { return std::size_t{2}; };
        c.keeps_cpu = [&q](const harness::point& p) { return q.keeps_cpu(p); };
        c.limit = [](const harness::point& p) {
            return is_asleep(p) ? limits::woken(p, 2) : limits::one_way(p);
        };
    }

    static constexpr std::array<std::size_t, 3> bytes{8, 64, 256};
    static constexpr std::size_t bytes_asleep = 8;

    struct state {
        any_channel& forth;
        any_channel& back;
        std::uint64_t trips;  ///< asked for
        std::uint64_t returned = 0;
        std::uint64_t wrong = 0;
        harness::histogram times = {};
        wait_tally caller_waits = {};
        wait_tally answerer_waits = {};
        struct alignas(128) news {
            harness::clock::time_point at;  ///< written before an answer is pushed, read after it was popped
        } arrived = {};
    };

    using loop = void (*)(state&, harness::lap&);
    struct loops {
        channel_maker make;
        loop call;
        loop answer;
        loop call_asleep;  ///< null where nobody sleeps
        loop answer_asleep;
    };

    static harness::measurement run(const auto& t, const loops& of) {
        const bool asleep = is_asleep(t.point);
        const auto forth = of.make(t.point);
        const auto back = of.make(t.point);
        forth->set_spin_budget(t);
        back->set_spin_budget(t);
        state s{*forth, *back, t.items};

        harness::team crew(placement_of(t.point), 0, scheduling_of(t.point));
        crew.add("caller", [&](harness::lap& me) { (asleep ? of.call_asleep : of.call)(s, me); });
        crew.add("answerer", [&](harness::lap& me) { (asleep ? of.answer_asleep : of.answer)(s, me); });
        harness::measurement m;
        m.items = t.items;
        m.team = crew.run(t.window, [&] {
            forth->close();
            back->close();
        });
        m.actual_capacity = forth->capacity();
        if (forth->tells_of_waits) {
            wait_tally all = s.caller_waits;
            all += s.answerer_waits;
            auto both = forth->report();
            both.sleeps += back->report().sleeps;
            add_sleep_metrics(m, all, both);
        }
        if (s.returned != t.items) {
            m.failure = "lost: round trip " + std::to_string(s.returned) + " of " + std::to_string(t.items) +
                        " did not come back";
        } else if (s.wrong > 0) {
            m.failure = "corrupt: " + std::to_string(s.wrong) + " answers were not the item asked with";
        }
        const std::uint64_t left = forth->drain() + back->drain();
        if (m.failure.empty() && left > 0) {
            m.failure = "duplicated: an item is left though every one was answered";
        }
        m.latency = asleep ? harness::sampled_latency{"from a push to its arrival at a thread that slept", 1,
                                                      std::move(s.times)}
                           : harness::sampled_latency{"half of a round trip", 0.5, std::move(s.times)};
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    /// How long a caller lets its answerer alone before a question, so that it falls asleep: longer than any
    /// wait strategy looks for an item before it sleeps.
    static constexpr std::uint64_t pause_before_question_ns = 200'000;

    template <class Channel, bool Asleep>
    static void call(state& s, harness::lap& me) {
        using item_type = typename Channel::value_type;
        auto out = typed<Channel>(s.forth).producer();
        auto in = typed<Channel>(s.back).consumer();
        const std::uint64_t trips = s.trips;
        const state::news* const arrived = &s.arrived;
        harness::histogram seen;
        std::uint64_t trip = 0;
        std::uint64_t mismatches = 0;
        item_type answer{};
        me.start();
        auto last = harness::clock::now();
        for (; trip < trips; ++trip) {
            if constexpr (Asleep) {
                sleep_for(pause_before_question_ns);
                last = harness::clock::now();
            }
            if (!out.push(item_type(0, trip)) || !in.pop(answer)) [[unlikely]] {
                break;  // only a rescue closes the channels this early
            }
            const auto now = Asleep ? arrived->at : harness::clock::now();
            seen.record(static_cast<std::uint64_t>(std::chrono::nanoseconds(now - last).count()));
            last = now;
            mismatches += answer.sequence() != trip || answer.producer() != 1 || !answer.whole();
        }
        me.stop(trip);
        s.returned = trip;
        s.wrong = mismatches;
        s.times = std::move(seen);
        s.caller_waits += out.observer();
        s.caller_waits += in.observer();
    }

    template <class Channel, bool Asleep>
    static void answer(state& s, harness::lap& me) {
        using item_type = typename Channel::value_type;
        auto in = typed<Channel>(s.forth).consumer();
        auto out = typed<Channel>(s.back).producer();
        const std::uint64_t trips = s.trips;
        state::news* const arrived = &s.arrived;
        std::uint64_t trip = 0;
        item_type question{};
        me.start();
        for (; trip < trips; ++trip) {
            if (!in.pop(question)) [[unlikely]] {
                break;
            }
            if constexpr (Asleep) {
                arrived->at = harness::clock::now();
            }
            // An answer is made of what arrived, so that a wrong question makes a wrong answer.
            if (!out.push(item_type(question.producer() + 1 + !question.whole(), question.sequence())))
                [[unlikely]] {
                break;
            }
        }
        me.stop(trip);
        s.answerer_waits += in.observer();
        s.answerer_waits += out.observer();
    }

    template <class Channel>
    static constexpr loops make_loops() {
        constexpr bool may_sleep = traits_of_wait<typename Channel::wait_type>().sleeps &&
                                   sizeof(typename Channel::value_type) == bytes_asleep;
        loops all{&channel_of<Channel>::make, &call<Channel, false>, &answer<Channel, false>, nullptr, nullptr};
        if constexpr (may_sleep) {
            all.call_asleep = &call<Channel, true>;
            all.answer_asleep = &answer<Channel, true>;
        }
        return all;
    }
    template <class Channel>
    static constexpr loops loops_of = make_loops<Channel>();

private:
    static bool is_asleep(const harness::point& p) { return p.value("peer") == "asleep"; }

    /// Whether the point's peer goes with its other values, each of which is legal by itself.
    static harness::verdict judge_peer(const queue_traits& q, const harness::point& p) {
        using kind = harness::verdict::kind;
        if (!is_asleep(p)) {
            return {};
        }
        const std::string wait(p.value("wait"));
        if (const wait_traits* const found = q.find_wait(wait); found == nullptr || !found->sleeps) {
            return {kind::not_offered,
                    "who waits by " + wait + " looks again and again: there is no peer asleep"};
        }
        return p.number("bytes") == bytes_asleep
                   ? harness::verdict{}
                   : harness::verdict{kind::not_offered, "a peer asleep is sent 8 bytes"};
    }
};

}  // namespace handoff::benchmarks
