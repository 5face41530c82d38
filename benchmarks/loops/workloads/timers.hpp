// Timers that are set and cancelled while many others are pending.
//
// Stresses: the loop's structure of timers.
// Verifies: no pending timer fires, and none of 64 that are due soon and cancelled; 64 others that are set
//           among them fire once, none early.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "concepts/loops.hpp"
#include "loops/any_loop.hpp"
#include "measurement.hpp"
#include "registry.hpp"
#include "team.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

inline constexpr const char* fired_early = "early: a timer fired before its time";

/// Why a loop that looks at every timer or descriptor each turn has no point of so many.
inline harness::verdict judge_load(const auto& loop, std::string_view value) {
    if (loop.looks_at_all_beyond != 0 && std::stoul(std::string(value)) > loop.looks_at_all_beyond) {
        return {harness::verdict::kind::not_offered, std::string(loop.name) +
                                                         " looks at all of them in each turn: at most " +
                                                         std::to_string(loop.looks_at_all_beyond)};
    }
    return {};
}

/// `timers` are pending, due in one to two hours. One iteration sets one more and cancels one that is chosen at
/// random, in batches of 256 of each. `schedule_ns` and `cancel_ns`: the mean time of either.
struct timers {
    static constexpr std::uint64_t batch = 256;

    static void declare(const auto& loop, auto& c) {
        c.workload = "timers";
        c.axes = {{"timers", {"1000"}}, {"placement", {"spread"}}};
        c.judge_together = [&loop](const harness::point& p) { return judge_load(loop, p.value("timers")); };
        c.threads = [](const harness::point&) { return 1; };
    }

    struct state {
        std::uint64_t items;
        std::size_t pending;
        std::uint64_t random;
        std::unique_ptr<any_loop> loop;
        harness::lap* me = nullptr;
        std::chrono::nanoseconds scheduling{0};
        std::chrono::nanoseconds cancelling{0};
        std::uint64_t wrong = 0;      ///< that fired though they are due in an hour
        std::uint64_t cancelled = 0;  ///< that fired though they had been cancelled
        std::uint64_t early = 0;
        std::uint64_t fired = 0;

        std::uint64_t next_random() noexcept {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            return random;
        }
    };

    struct loops {
        loop_factory make;
        void (*begin)(state&);
    };

    static constexpr std::uint64_t checked = 64;

    static harness::measurement run(const auto& t, const loops& of) {
        state s{t.items, t.point.number("timers"), t.seed | 1, of.make()};
        of.begin(s);
        harness::team crew(placement_of(t.point));
        crew.add("loop", [&](harness::lap& me) {
            s.me = &me;
            s.loop->run();  // its first handler starts the lap and stops it
        });
        harness::measurement m;
        m.items = t.items;
        m.team = crew.run(t.window, [] {});
        if (s.wrong + s.early > 0) {
            m.failure = fired_early;
        } else if (s.cancelled > 0) {
            m.failure = "cancelled: timers fired that had been cancelled, " + std::to_string(s.cancelled) +
                        " of " + std::to_string(checked);
        } else if (s.fired != checked) {
            m.failure = (s.fired < checked ? "lost: " : "duplicated: ") + std::to_string(checked) +
                        " timers fired " + std::to_string(s.fired) + " times";
        }
        const auto n = static_cast<double>(t.items);
        m.metrics = {{"schedule_ns", static_cast<double>(s.scheduling.count()) / n},
                     {"cancel_ns", static_cast<double>(s.cancelling.count()) / n}};
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    template <class L>
    static auto far(state& s, L& loop) {
        const std::chrono::nanoseconds hour = std::chrono::hours(1);
        return loop.after(hour + std::chrono::nanoseconds(s.next_random() % 3'600'000'000'000U),
                          [s = &s] { ++s->wrong; });
    }

    template <class L>
    static void churn(state& s) {
        L& loop = loop_in<L>(*s.loop);
        std::vector<typename L::timer> set;
        set.reserve(s.pending + batch);
        for (std::size_t i = 0; i < s.pending; ++i) {
            set.push_back(far(s, loop));
        }
        s.me->start();
        for (std::uint64_t done = 0; done < s.items;) {
            const std::uint64_t now = std::min(batch, s.items - done);
            const auto begin = harness::clock::now();
            for (std::uint64_t i = 0; i < now; ++i) {
                set.push_back(far(s, loop));
            }
            const auto middle = harness::clock::now();
            for (std::uint64_t i = 0; i < now; ++i) {
                std::swap(set[s.next_random() % set.size()], set.back());
                loop.cancel(set.back());
                set.pop_back();
            }
            s.scheduling += middle - begin;
            s.cancelling += harness::clock::now() - middle;
            done += now;
        }
        // Behind what a loop has left to do for the cancelled ones.
        loop.post([&s, &loop, others = std::move(set)] {
            s.me->stop(s.items);
            check(s, loop);
        });
    }

    template <class L>
    static void check(state& s, L& loop) {
        std::vector<typename L::timer> cancelled;
        cancelled.reserve(checked);
        for (std::uint64_t i = 0; i < checked; ++i) {
            cancelled.push_back(loop.after(std::chrono::nanoseconds(s.next_random() % 2'000'000),
                                           [s = &s] { ++s->cancelled; }));
            const auto due = harness::clock::now() + std::chrono::nanoseconds(s.next_random() % 2'000'000);
            loop.at(due, [s = &s, due] {
                s->early += harness::clock::now() < due;
                ++s->fired;
            });
        }
        for (const auto& one : cancelled) {
            loop.cancel(one);
        }
        // One that fires twice, or late, does so before this one.
        loop.after(std::chrono::milliseconds(8), [&loop] { loop.stop(); });
    }

    template <class L>
    static void begin(state& s) {
        loop_in<L>(*s.loop).post([&s] { churn<L>(s); });
    }

    template <class L>
    static constexpr loops loops_of{&loop_of<L>::make, &begin<L>};
};

}  // namespace handoff::benchmarks
