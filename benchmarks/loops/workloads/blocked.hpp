// A handler that computes for 5 ms now and then: what becomes of all others.
//
// Stresses: nothing of the loop: one thread runs all handlers. It shows what blocking a loop costs, and what
//           offloading saves.
// Verifies: each post ran once; each long task ran once, and where it was offloaded its completion came back.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "concepts/loops.hpp"
#include "loops/any_loop.hpp"
#include "measurement.hpp"
#include "pools/locked_pool.hpp"
#include "registry.hpp"
#include "shared/asleep.hpp"
#include "team.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

/// Another thread posts on a schedule, every 200 us. The latency is from the scheduled moment to the handler's
/// first instruction: a stall is charged to every post that it delays. `long_task`: every 250th post, 50 ms,
/// asks for 5 ms of computation, `inside` the handler, or in a `pool` of one thread, which posts the
/// completion.
struct blocked {
    static void declare(const auto&, auto& c) {
        c.workload = "blocked";
        c.measure = "latency";
        c.axes = {{"long_task", {"inside"}}, {"placement", {"spread"}}};
        c.words.push_back({"long_task", {"none", "inside", "pool"}});
        c.threads = [](const harness::point& p) { return p.value("long_task") == "pool" ? 3 : 2; };
        c.members = [](const harness::point&) { return 2; };
        c.stops_on_time = true;
    }

    enum class where { none, inside, pool };

    struct state {
        where is;
        std::uint64_t rounds;
        std::unique_ptr<any_loop> loop;
        std::unique_ptr<impls::locked_pool> pool;
        void (*offload)(state&);  ///< computes in the pool, and then calls `complete`
        void (*complete)(state&);
        // The loop's thread's.
        std::uint64_t runs = 0;
        std::uint64_t asked = 0;
        std::uint64_t completed = 0;
        harness::histogram times = {};
        std::atomic<std::uint64_t> computed{0};
    };

    struct loops {
        loop_factory make;
        void (*give)(state&, harness::lap&);
        void (*complete)(state&);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        const auto word = t.point.value("long_task");
        const auto fit = static_cast<std::uint64_t>(t.longest * 10 / gap) + 1;
        state s{word == "none"     ? where::none
                : word == "inside" ? where::inside
                                   : where::pool,
                std::min<std::uint64_t>(t.items, fit),
                of.make(),
                word == "pool" ? std::make_unique<impls::locked_pool>(1, impls::pool_options{}) : nullptr,
                [](state& of_pool) {
                    static_cast<void>(of_pool.pool->submit([&of_pool] {
                        compute(of_pool);
                        of_pool.complete(of_pool);
                    }));
                },
                of.complete};
        s.loop->be_rescuable();
        harness::team crew(placement_of(t.point), word == "pool" ? 1 : 0);
        crew.add("poster", [&](harness::lap& me) { of.give(s, me); });
        crew.add("loop", [&](harness::lap& me) {
            me.start();
            s.loop->run();
            me.stop(s.runs);
        });
        harness::measurement m;
        m.items = s.rounds;
        m.team = crew.run(t.window, [&] { s.loop->rescue(); });
        s.pool.reset();
        if (s.runs != s.rounds) {
            m.failure = (s.runs > s.rounds ? "duplicated: " : "lost: ") + std::to_string(s.rounds) +
                        " posts ran " + std::to_string(s.runs) + " times";
        } else if (s.completed != s.asked || s.computed.load(std::memory_order_relaxed) != s.asked) {
            // relaxed: no thread is left
            m.failure = "lost: of " + std::to_string(s.asked) + " long tasks " + std::to_string(s.completed) +
                        " were completed";
        }
        m.latency = harness::sampled_latency{"from the scheduled moment of a post to its handler", 1,
                                             std::move(s.times)};
        return m;
    }

    static void compute(state& s) {
        const auto end = harness::clock::now() + std::chrono::milliseconds(5);
        while (harness::clock::now() < end) {
        }
        s.computed.fetch_add(1, std::memory_order_relaxed);  // relaxed: only counted
    }

    // ------------------------------------------------------------------------------------------------ loops

    template <class L>
    static void stop_at_end(state& s) {
        if (s.runs == s.rounds && s.completed == s.asked) {
            loop_in<L>(*s.loop).stop();
        }
    }

    template <class L>
    static void complete(state& s) {
        loop_in<L>(*s.loop).post([&s] {
            ++s.completed;
            stop_at_end<L>(s);
        });
    }

    template <class L>
    static void give(state& s, harness::lap& me) {
        L& loop = loop_in<L>(*s.loop);
        me.start();
        const auto begin = harness::clock::now() + gap;
        for (std::uint64_t i = 0; i < s.rounds; ++i) {
            const auto due = begin + i * gap;
            if (const auto left = std::chrono::nanoseconds(due - harness::clock::now()); left.count() > 0) {
                sleep_for(static_cast<std::uint64_t>(left.count()));
            }
            loop.post([s = &s, due, is_long = s.is != where::none && i % every == every / 2] {
                s->times.record(static_cast<std::uint64_t>(
                    std::max<std::int64_t>(0, std::chrono::nanoseconds(harness::clock::now() - due).count())));
                ++s->runs;
                if (is_long) {
                    ++s->asked;
                    if (s->is == where::pool) {
                        s->offload(*s);
                    } else {
                        compute(*s);
                        ++s->completed;
                    }
                }
                stop_at_end<L>(*s);
            });
        }
        me.stop(s.rounds);
    }

    template <class L>
    static constexpr loops loops_of{&loop_of<L>::make, &give<L>, &complete<L>};

private:
    static constexpr std::chrono::nanoseconds gap{200'000};
    static constexpr std::uint64_t every = 250;
};

}  // namespace handoff::benchmarks
