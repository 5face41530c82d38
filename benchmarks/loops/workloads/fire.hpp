// Timers that fire: how late, with many others pending.
//
// Stresses: the loop's sleep until the next timer, and its clock.
// Verifies: each timer fires once, none early.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "concepts/loops.hpp"
#include "loops/any_loop.hpp"
#include "loops/workloads/timers.hpp"
#include "measurement.hpp"
#include "registry.hpp"
#include "team.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

/// One iteration is one timer, due at a random moment: one in 50 us on average. As many as `timers` others are
/// pending, due in one to two hours. The latency is from a timer's due time to its handler's first instruction.
struct fire {
    static void declare(const auto& loop, auto& c) {
        c.workload = "fire";
        c.measure = "latency";
        c.axes = {{"timers", {"1000"}}, {"placement", {"spread"}}};
        c.judge_together = [&loop](const harness::point& p) { return judge_load(loop, p.value("timers")); };
        c.threads = [](const harness::point&) { return 1; };
        c.stops_on_time = true;
    }

    struct state {
        timers::state common;
        harness::histogram* lateness;
    };

    struct loops {
        loop_factory make;
        void (*begin)(state&);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        const auto fit = static_cast<std::uint64_t>(t.longest * 6 / gap) + 1;
        harness::histogram lateness;
        state s{{std::min<std::uint64_t>(t.items, fit), t.point.number("timers"), t.seed | 1, nullptr},
                &lateness};
        s.common.loop = of.make();
        of.begin(s);
        harness::team crew(placement_of(t.point));
        crew.add("loop", [&](harness::lap& me) {
            s.common.me = &me;
            s.common.loop->run();
            me.stop(s.common.fired);
        });
        harness::measurement m;
        m.items = s.common.items;
        m.team = crew.run(t.window, [] {});
        if (s.common.wrong + s.common.early > 0) {
            m.failure = fired_early;
        } else if (s.common.fired != s.common.items) {
            m.failure = (s.common.fired < s.common.items ? "lost: " : "duplicated: ") +
                        std::to_string(s.common.items) + " timers fired " + std::to_string(s.common.fired) +
                        " times";
        }
        m.latency = harness::sampled_latency{"from a timer's due time to its handler", 1, std::move(lateness)};
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    template <class L>
    static void begin(state& s) {
        loop_in<L>(*s.common.loop).post([&s] {
            L& loop = loop_in<L>(*s.common.loop);
            for (std::size_t i = 0; i < s.common.pending; ++i) {
                timers::far(s.common, loop);
            }
            s.common.me->start();
            // Late enough that all are set by then.
            const auto first = harness::clock::now() + std::chrono::milliseconds(5);
            const auto span = static_cast<std::uint64_t>((s.common.items * gap).count());
            for (std::uint64_t i = 0; i < s.common.items; ++i) {
                const auto due = first + std::chrono::nanoseconds(s.common.next_random() % span);
                loop.at(due, [s = &s, due] {
                    const auto now = harness::clock::now();
                    s->common.early += now < due;
                    ++s->common.fired;
                    s->lateness->record(static_cast<std::uint64_t>(
                        std::max<std::int64_t>(0, std::chrono::nanoseconds(now - due).count())));
                });
            }
            loop.at(first + s.common.items * gap + std::chrono::milliseconds(8), [&loop] { loop.stop(); });
        });
    }

    template <class L>
    static constexpr loops loops_of{&loop_of<L>::make, &begin<L>};

private:
    static constexpr std::chrono::nanoseconds gap{50'000};
};

}  // namespace handoff::benchmarks
