// In which order a loop runs what is ready at the same time: facts, found by running.
//
// Stresses: nothing; this is no contest. docs/loops.md has the table.
// Verifies: a timer that a handler has cancelled does not fire, although it was due; nothing begins after
//           stop() in loops that promise so; what had not begun begins when the loop runs again.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "concepts/loops.hpp"
#include "loops/any_loop.hpp"
#include "loops/event_descriptor.hpp"
#include "measurement.hpp"
#include "registry.hpp"
#include "team.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

/// One iteration asks each question once; a trial has ten at most. In all of them a handler makes several
/// things ready and computes until they are. Metrics are shares of the iterations, or means.
struct order {
    static void declare(const auto&, auto& c) {
        c.workload = "order";
        c.axes = {{"placement", {"spread"}}};
        c.threads = [](const harness::point&) { return 1; };
        c.rivals = [](const harness::point&) { return std::string(); };
        c.stops_on_time = true;
    }

    struct state {
        std::uint64_t rounds;
        std::array<event_descriptor, 2> fds = {};
        std::unique_ptr<any_loop> loop = nullptr;
        std::string ran = {};      ///< a letter for each handler, in order
        std::size_t expected = 0;  ///< handlers after which the loop stops
        std::uint64_t held = 0;    ///< posts of a chain, until the descriptor's handler ran
        bool io_ran = false;
        bool stops_at_first = false;

        std::uint64_t posts_before_timers = 0;
        std::uint64_t posts_before_io = 0;
        std::uint64_t timers_before_io = 0;
        std::uint64_t equal_in_order = 0;
        std::uint64_t by_due_time = 0;
        std::uint64_t chained = 0;
        std::uint64_t after_stop = 0;
        std::uint64_t cancelled = 0;
        std::uint64_t forgotten = 0;

        bool before(char one, char other) const noexcept { return ran.find(one) < ran.find(other); }
    };

    struct loops {
        loop_factory make;
        impls::stop_rule stops;
        void (*ask)(state&);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        state s{std::min<std::uint64_t>(t.items, 10)};
        s.loop = of.make();
        s.ran.reserve(16);
        harness::team crew(placement_of(t.point));
        crew.add("loop", [&](harness::lap& me) {
            me.start();
            for (std::uint64_t round = 0; round < s.rounds; ++round) {
                of.ask(s);
            }
            me.stop(s.rounds);
        });
        harness::measurement m;
        m.items = s.rounds;
        m.team = crew.run(t.window, [] {});
        const auto n = static_cast<double>(s.rounds);
        const auto share = [n](std::uint64_t count) { return static_cast<double>(count) / n; };
        m.metrics = {{"posts_before_timers", share(s.posts_before_timers)},
                     {"posts_before_io", share(s.posts_before_io)},
                     {"timers_before_io", share(s.timers_before_io)},
                     {"equal_timers_in_order", share(s.equal_in_order)},
                     {"timers_by_due_time", share(s.by_due_time)},
                     {"posts_that_held_io", share(s.chained)},
                     {"ran_after_stop", share(s.after_stop)}};
        if (s.cancelled > 0) {
            m.failure = "cancelled: a timer fired that a handler had cancelled";
        } else if (s.forgotten > 0) {
            m.failure = "lost: what had not begun at stop() did not run when the loop ran again";
        } else if (of.stops == impls::stop_rule::at_once && s.after_stop > 0) {
            m.failure = "after stop: handlers began though the loop promises that none does";
        }
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    /// Enters a handler, and stops the loop when it is the last one.
    template <class L>
    static void enter(state& s, L& loop, char name) {
        s.ran += name;
        if (s.ran.size() == s.expected || (s.stops_at_first && s.ran.size() == 1)) {
            loop.stop();
        }
    }
    template <class L>
    static auto handler(state& s, L& loop, char name) {
        return [&s, &loop, name] { enter(s, loop, name); };
    }

    /// Runs the loop: `prepare` in a handler, which computes for a while, then what that made ready.
    template <class L, class Prepare>
    static void step(state& s, L& loop, std::size_t expected, Prepare prepare) {
        s.ran.clear();
        s.expected = expected;
        loop.post([prepare] {
            prepare();
            const auto end = harness::clock::now() + std::chrono::milliseconds(3);
            while (harness::clock::now() < end) {
            }
        });
        loop.run();
    }

    template <class L>
    static auto watch(state& s, L& loop, std::size_t which, char name) {
        return loop.watch(s.fds[which].fd(), [&s, &loop, which, name] {
            if (s.fds[which].take() > 0) {
                s.io_ran = true;
                enter(s, loop, name);
            }
        });
    }

    template <class L>
    static void chain(state& s, L& loop) {
        loop.post([&s, &loop] {
            if (!s.io_ran && ++s.held < 1000) {
                chain(s, loop);
            } else {
                enter(s, loop, 'P');
            }
        });
    }

    template <class L>
    static void ask(state& s) {
        using std::chrono::milliseconds;
        L& loop = loop_in<L>(*s.loop);
        const auto io = watch(s, loop, 0, 'I');
        step(s, loop, 2, [&s, &loop] {
            loop.after(milliseconds(0), handler(s, loop, 'T'));
            loop.post(handler(s, loop, 'P'));
        });
        s.posts_before_timers += s.before('P', 'T');
        step(s, loop, 2, [&s, &loop] {
            s.fds[0].raise();
            loop.post(handler(s, loop, 'P'));
        });
        s.posts_before_io += s.before('P', 'I');
        step(s, loop, 2, [&s, &loop] {
            s.fds[0].raise();
            loop.after(milliseconds(0), handler(s, loop, 'T'));
        });
        s.timers_before_io += s.before('T', 'I');
        step(s, loop, 3, [&s, &loop] {
            const auto due = harness::clock::now() + milliseconds(1);
            loop.at(due, handler(s, loop, 'A'));
            loop.at(due, handler(s, loop, 'B'));
            loop.at(due, handler(s, loop, 'C'));
        });
        s.equal_in_order += s.ran == "ABC";
        step(s, loop, 2, [&s, &loop] {
            loop.after(milliseconds(2), handler(s, loop, 'L'));
            loop.after(milliseconds(0), handler(s, loop, 'E'));
        });
        s.by_due_time += s.before('E', 'L');
        s.io_ran = false;
        s.held = 0;
        step(s, loop, 2, [&s, &loop] {
            s.fds[0].raise();
            chain(s, loop);
        });
        s.chained += s.held;
        ask_about_ends(s, loop);
        loop.unwatch(io);
    }

    /// What is left after a stop, and a timer that is cancelled though it is due.
    template <class L>
    static void ask_about_ends(state& s, L& loop) {
        using std::chrono::milliseconds;
        const auto other = watch(s, loop, 1, 'J');
        s.stops_at_first = true;
        step(s, loop, 5, [&s, &loop] {
            s.fds[0].raise();
            s.fds[1].raise();
            loop.after(milliseconds(0), handler(s, loop, 'T'));
            loop.after(milliseconds(0), handler(s, loop, 'U'));
            loop.post(handler(s, loop, 'P'));
        });
        s.stops_at_first = false;
        s.after_stop += s.ran.size() - 1;
        if (s.ran.size() < s.expected) {
            const auto guard = loop.after(std::chrono::seconds(1), [&loop] { loop.stop(); });
            loop.run();
            s.ran.size() < s.expected ? static_cast<void>(++s.forgotten) : loop.cancel(guard);
        }
        loop.unwatch(other);

        struct one {
            typename L::timer timer;
            bool fired = false;
        };
        std::array<one, 2> both{};
        step(s, loop, 2, [&s, &loop, &both] {
            const auto due = harness::clock::now() + milliseconds(1);
            for (std::size_t i = 0; i < 2; ++i) {
                both[i].timer = loop.at(due, [&s, &loop, &both, i] {
                    if (both[1 - i].fired) {
                        ++s.cancelled;
                        return;
                    }
                    both[i].fired = true;
                    loop.cancel(both[1 - i].timer);
                    enter(s, loop, 'C');
                });
            }
            loop.after(milliseconds(4), handler(s, loop, 'G'));
        });
    }

    template <class L>
    static constexpr loops loops_of{&loop_of<L>::make, L::stops, &ask<L>};
};

}  // namespace handoff::benchmarks
