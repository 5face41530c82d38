// Latency: one item goes to another thread and comes back, through two queues; only one is ever on its way. Or
// it goes through a ring of more threads, with a queue between each two (`chain`).
//
// Stresses: the empty queue: how soon a push is noticed, and what the wait strategy adds; with `peer` asleep
//           the push that has to wake somebody, and the wake-up.
// Verifies: every answer is the item that was asked with, whole, and nothing is left in the queues afterwards.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

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
///
/// The reported latency is that of one hop: of as many as there are threads, each of which hands the item on.
struct round_trip {
    static void declare(const auto& q, auto& c) {
        c.workload = "round_trip";
        c.measure = "latency";
        c.axes = {{"wait", q.wait_words()}, {"capacity", q.usual_capacity()}, {"bytes", {"8"}},
                  {"chain", {"2"}},         {"peer", {"spinning"}},           {"spin_budget", {"own"}},
                  {"placement", {"spread"}}};
        c.words.push_back({"peer", {"spinning", "asleep"}});
        add_scheduling(c);
        c.judge_together = [&q](const harness::point& p) {
            const harness::verdict budget = q.judge_budget(p);
            return budget.is == harness::verdict::kind::legal ? judge_peer(q, p) : budget;
        };
        c.threads = [](const harness::point& p) { return p.number("chain"); };
        c.keeps_cpu = [&q](const harness::point& p) { return q.keeps_cpu(p); };
        c.limit = [](const harness::point& p) {
            return is_asleep(p) ? limits::woken(p, 2) : limits::one_way(p, p.number("chain"));
        };
    }

    static constexpr std::array<std::size_t, 3> bytes{8, 64, 256};
    static constexpr std::size_t bytes_asleep = 8;

    struct state {
        /// The first from the caller, the last to it.
        std::vector<std::unique_ptr<any_channel>> links;
        std::uint64_t trips;                                                    ///< asked for
        std::vector<wait_tally> waits = std::vector<wait_tally>(links.size());  ///< the caller's first
        std::uint64_t returned = 0;
        std::uint64_t wrong = 0;
        harness::histogram times = {};
        struct alignas(128) news {
            harness::clock::time_point at;  ///< written before an answer is pushed, read after it was popped
        } arrived = {};
    };

    struct loops {
        channel_maker make;
        void (*call)(state&, harness::lap&);
        void (*answer)(state&, std::size_t thread, harness::lap&);
        void (*call_asleep)(state&, harness::lap&);  ///< null where nobody sleeps
        void (*answer_asleep)(state&, std::size_t thread, harness::lap&);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        const bool asleep = is_asleep(t.point);
        const std::size_t threads = t.point.number("chain");
        std::vector<std::unique_ptr<any_channel>> links;
        for (std::size_t i = 0; i < threads; ++i) {
            links.push_back(of.make(t.point));
            links.back()->set_spin_budget(t);
        }
        state s{std::move(links), t.items};

        harness::team crew(placement_of(t.point), 0, scheduling_of(t.point));
        crew.add("caller", [&](harness::lap& me) { (asleep ? of.call_asleep : of.call)(s, me); });
        for (std::size_t i = 1; i < threads; ++i) {
            crew.add("answerer",
                     [&, i](harness::lap& me) { (asleep ? of.answer_asleep : of.answer)(s, i, me); });
        }
        harness::measurement m;
        m.items = t.items;
        m.team = crew.run(t.window, [&] {
            for (const auto& link : s.links) {
                link->close();
            }
        });
        m.actual_capacity = s.links.front()->capacity();
        if (s.links.front()->tells_of_waits) {
            strategies_report report = s.links.front()->report();
            for (std::size_t i = 1; i < threads; ++i) {
                report.sleeps += s.links[i]->report().sleeps;
            }
            add_sleep_metrics(m, sum_of(s.waits), report);
        }
        if (s.returned != t.items) {
            m.failure = "lost: round trip " + std::to_string(s.returned) + " of " + std::to_string(t.items) +
                        " did not come back";
        } else if (s.wrong > 0) {
            m.failure = "corrupt: " + std::to_string(s.wrong) + " answers were not the item asked with";
        }
        std::uint64_t left = 0;
        for (const auto& link : s.links) {
            left += link->drain();
        }
        if (m.failure.empty() && left > 0) {
            m.failure = "duplicated: an item is left though every one was answered";
        }
        m.latency =
            asleep ? harness::sampled_latency{"from a push to its arrival at a thread that slept", 1,
                                              std::move(s.times)}
                   : harness::sampled_latency{threads == 2 ? "half of a round trip" : "a hop of a round trip",
                                              1.0 / static_cast<double>(threads), std::move(s.times)};
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    /// How long a caller lets its answerer alone before a question, so that it falls asleep: longer than any
    /// wait strategy looks for an item before it sleeps.
    static constexpr std::uint64_t pause_before_question_ns = 200'000;

    template <class Channel, bool Asleep>
    static void call(state& s, harness::lap& me) {
        using item_type = typename Channel::value_type;
        auto out = typed<Channel>(*s.links.front()).producer();
        auto in = typed<Channel>(*s.links.back()).consumer();
        const std::uint64_t hands = s.links.size() - 1;  // that an item goes through on its way
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
            mismatches += answer.sequence() != trip || answer.producer() != hands || !answer.whole();
        }
        me.stop(trip);
        s.returned = trip;
        s.wrong = mismatches;
        s.times = std::move(seen);
        s.waits[0] += out.observer();
        s.waits[0] += in.observer();
    }

    template <class Channel, bool Asleep>
    static void answer(state& s, std::size_t self, harness::lap& me) {
        using item_type = typename Channel::value_type;
        auto in = typed<Channel>(*s.links[self - 1]).consumer();
        auto out = typed<Channel>(*s.links[self]).producer();
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
        s.waits[self] += in.observer();
        s.waits[self] += out.observer();
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
        if (p.number("chain") != 2) {
            return {kind::not_offered, "a peer asleep is one of two threads"};
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
