// One descriptor that is ready, among many that are not.
//
// Stresses: what a turn costs with many descriptors.
// Verifies: the handler ran as often as the descriptor was made ready, and no other one; the loop leaves no
//           descriptor behind.
#pragma once

#include <sys/resource.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "concepts/loops.hpp"
#include "loops/any_loop.hpp"
#include "loops/event_descriptor.hpp"
#include "loops/workloads/timers.hpp"
#include "measurement.hpp"
#include "registry.hpp"
#include "team.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

/// How many descriptors this process has.
inline std::size_t open_descriptors() {
    std::size_t count = 0;
    for (const auto& one : std::filesystem::directory_iterator("/proc/self/fd")) {
        static_cast<void>(one);
        ++count;
    }
    return count;
}

/// One iteration is one turn: a handler reads an eventfd and writes to it, which makes it ready again.
/// `idle_fds`: other eventfds that are watched.
struct many {
    static void declare(const auto& loop, auto& c) {
        c.workload = "many";
        c.axes = {{"idle_fds", {"10"}}, {"placement", {"spread"}}};
        c.judge_together = [&loop](const harness::point& p) -> harness::verdict {
            rlimit most{};
            getrlimit(RLIMIT_NOFILE, &most);
            if (p.number("idle_fds") + spare > most.rlim_max) {
                return {
                    harness::verdict::kind::not_offered,
                    "this process may have " + std::to_string(most.rlim_max) + " descriptors (RLIMIT_NOFILE)"};
            }
            return judge_load(loop, p.value("idle_fds"));
        };
        c.threads = [](const harness::point&) { return 1; };
    }

    struct state {
        std::uint64_t items;
        std::vector<event_descriptor> idle;
        event_descriptor active;
        std::unique_ptr<any_loop> loop;
        std::uint64_t turns = 0;
        std::uint64_t last = 0;  ///< the turn that stops the loop
        std::uint64_t wrong = 0;
    };

    struct loops {
        loop_factory make;
        void (*watch)(state&);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        rlimit most{};
        getrlimit(RLIMIT_NOFILE, &most);
        most.rlim_cur = most.rlim_max;
        setrlimit(RLIMIT_NOFILE, &most);
        of.make().reset();  // libraries open something once, and keep it
        const std::size_t before = open_descriptors();
        harness::measurement m;
        measure(t, of, m);
        if (const std::size_t after = open_descriptors(); m.failure.empty() && after != before) {
            m.failure = "left over: " + std::to_string(before) + " descriptors before the trial, " +
                        std::to_string(after) + " after it";
        }
        return m;
    }

    static void measure(const auto& t, const loops& of, harness::measurement& m) {
        constexpr std::uint64_t warm_up = 16;
        // Declared in this order: the loop ends before its descriptors.
        state s{t.items, std::vector<event_descriptor>(t.point.number("idle_fds")), {}, of.make()};
        harness::team crew(placement_of(t.point));
        crew.add("loop", [&](harness::lap& me) {
            of.watch(s);
            s.last = warm_up;  // the library tells the kernel of its descriptors in the first turn
            s.active.raise();
            s.loop->run();
            s.last += s.items;
            me.start();
            s.loop->run();
            me.stop(s.items);
        });
        m.items = t.items;
        m.team = crew.run(t.window, [] {});
        if (s.wrong > 0) {
            m.failure = "wrong: the handler of a descriptor ran that was not ready";
        } else if (s.turns != t.items + warm_up) {
            m.failure = "lost: the handler ran " + std::to_string(s.turns) + " times, and was to run " +
                        std::to_string(t.items + warm_up) + " times";
        }
    }

    // ------------------------------------------------------------------------------------------------ loops

    template <class L>
    static void watch(state& s) {
        L& loop = loop_in<L>(*s.loop);
        for (const event_descriptor& one : s.idle) {
            loop.watch(one.fd(), [s = &s] { ++s->wrong; });
        }
        loop.watch(s.active.fd(), [s = &s, &loop] {
            s->wrong += s->active.take() != 1;
            ++s->turns;
            s->active.raise();
            if (s->turns == s->last) {
                loop.stop();
            }
        });
    }

    template <class L>
    static constexpr loops loops_of{&loop_of<L>::make, &watch<L>};

private:
    static constexpr std::size_t spare = 200;
};

}  // namespace handoff::benchmarks
