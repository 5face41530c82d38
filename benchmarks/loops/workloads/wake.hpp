// From a post by another thread to the first instruction of its handler.
//
// Stresses: waking a loop that sleeps, or, where it is awake, how soon it looks at the posts of others.
// Verifies: each post ran once, and woke the loop within two seconds.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "concepts/loops.hpp"
#include "detail/cpu_relax.hpp"
#include "loops/any_loop.hpp"
#include "loops/numbers_seen.hpp"
#include "measurement.hpp"
#include "registry.hpp"
#include "shared/asleep.hpp"
#include "shared/limits_of.hpp"
#include "team.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

/// One post at a time. `loop` asleep: the poster sleeps for 200 us before it; dozing: it spins for 0 to 16 us,
/// so that it meets the loop on the way to sleep; awake: a handler posts itself again and again. The latency is
/// from a reading of the clock just before the post to one that is the handler's first instruction.
struct wake {
    static void declare(const auto&, auto& c) {
        c.workload = "wake";
        c.measure = "latency";
        c.axes = {{"loop", {"asleep", "awake"}}, {"placement", {"spread"}}};
        c.words.push_back({"loop", {"asleep", "dozing", "awake"}});
        c.threads = [](const harness::point&) { return 2; };
        c.stops_on_time = true;
        c.limit = [](const harness::point& p) {
            return p.value("loop") == "asleep" ? limits::woken(p, 2) : limits::terms{};
        };
    }

    enum class what { asleep, dozing, awake };

    struct state {
        what is;
        bool crowded;
        std::uint64_t items;
        harness::clock::duration longest;
        std::uint64_t seed;
        std::unique_ptr<any_loop> loop;
        std::uint64_t rounds = 0;
        std::uint64_t runs = 0;  ///< the loop's thread's
        std::string failure = {};
        harness::histogram times = {};
        alignas(128) std::atomic<std::uint64_t> started{0};  ///< post, counted from 1
        harness::clock::time_point at = {};
        alignas(128) std::atomic<bool> over{false};
    };

    struct loops {
        loop_factory make;
        void (*keep_awake)(state&);
        void (*ask)(state&, harness::lap&);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        const auto word = t.point.value("loop");
        state s{word == "asleep"   ? what::asleep
                : word == "dozing" ? what::dozing
                                   : what::awake,
                harness::oversubscribed(placement_of(t.point), 2),
                t.items,
                t.longest * (word == "asleep" ? 8 : 4),
                t.seed,
                of.make()};
        s.loop->be_rescuable();
        if (s.is == what::awake) {
            of.keep_awake(s);
        }
        harness::team crew(placement_of(t.point));
        crew.add("poster", [&](harness::lap& me) { of.ask(s, me); });
        crew.add("loop", [&](harness::lap& me) {
            me.start();
            s.loop->run();
            me.stop(s.runs);
        });
        harness::measurement m;
        m.team = crew.run(t.window, [&] { s.loop->rescue(); });
        m.items = s.rounds;
        m.failure = s.failure;
        // After a lost wake-up the last post may have run, or not.
        if (m.failure.empty() && s.runs != s.rounds) {
            m.failure = (s.runs > s.rounds ? "duplicated: " : "lost: ") + std::to_string(s.rounds) +
                        " posts ran " + std::to_string(s.runs) + " times";
        }
        m.latency = harness::sampled_latency{"from a post to the first instruction of its handler", 1,
                                             std::move(s.times)};
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    template <class L>
    static void keep_awake(state& s) {
        loop_in<L>(*s.loop).post([s = &s] {
            if (!s->over.load(std::memory_order_relaxed)) {  // relaxed: carries no data
                keep_awake<L>(*s);
            }
        });
    }

    template <class L>
    static void ask(state& s, harness::lap& me) {
        constexpr std::uint64_t idle_ns = 200'000;
        constexpr auto patience = std::chrono::seconds(2);
        L& loop = loop_in<L>(*s.loop);
        std::uint64_t random = s.seed | 1;
        me.start();
        const auto end = harness::clock::now() + s.longest;
        std::uint64_t round = 0;
        for (auto before = harness::clock::now(); round < s.items && (before < end || round == 0);) {
            if (s.is == what::asleep) {
                sleep_for(idle_ns);
            } else if (s.is == what::dozing) {
                random ^= random << 13, random ^= random >> 7, random ^= random << 17;
                const auto until = before + std::chrono::nanoseconds(random % 16'384);
                while (harness::clock::now() < until) {
                }
            }
            const std::uint64_t id = ++round;
            before = harness::clock::now();
            loop.post([s = &s, id] {
                s->at = harness::clock::now();
                ++s->runs;
                s->started.store(id, std::memory_order_release);  // [started]: when it did
            });
            std::uint64_t looks = 0;
            while (s.started.load(std::memory_order_acquire) != id) {  // [started]
                if (++looks % 1024 == 0 && harness::clock::now() - before > patience) {
                    s.failure = std::string(slept_over_posts) + ", at post " + std::to_string(id);
                    break;
                }
                s.crowded ? std::this_thread::yield() : impls::detail::cpu_relax();
            }
            if (!s.failure.empty()) {
                break;
            }
            s.times.record(static_cast<std::uint64_t>(std::chrono::nanoseconds(s.at - before).count()));
            before = s.at;
        }
        s.rounds = round;
        s.over.store(true, std::memory_order_relaxed);  // relaxed: carries no data
        if (s.failure.empty()) {
            loop.post([&loop] { loop.stop(); });
        } else {
            s.loop->rescue();
        }
        me.stop(round);
    }

    template <class L>
    static constexpr loops loops_of{&loop_of<L>::make, &keep_awake<L>, &ask<L>};
};

}  // namespace handoff::benchmarks
