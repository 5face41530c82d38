// Posts that are nothing but counted: by handlers, or by other threads while the loop runs.
//
// Stresses: the loop's queue of posts, its lock, and the wake-up when it was about to sleep.
// Verifies: each post ran once, those of a thread in their order where the loop promises that; none ran after
//           stop(); the loop never slept while posts were there.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "concepts/loops.hpp"
#include "loops/any_loop.hpp"
#include "loops/numbers_seen.hpp"
#include "measurement.hpp"
#include "registry.hpp"
#include "team.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

/// One iteration is one post. `posters` 0: the last handler of each `burst` posts the next one, so that 1 is a
/// chain. Other posters keep at most 1,024 posts each that have not run: memory is no part of this.
struct post {
    static void declare(const auto&, auto& c) {
        c.workload = "post";
        c.axes = {{"posters", {"0", "1"}}, {"burst", {"1"}}, {"placement", {"spread"}}};
        c.judge_together = [](const harness::point& p) -> harness::verdict {
            if (p.number("posters") > 0 && p.number("burst") > 1) {
                return {harness::verdict::kind::not_offered, "threads post without bursts"};
            }
            return {};
        };
        c.threads = [](const harness::point& p) { return 1 + p.number("posters"); };
    }

    struct state {
        std::uint64_t items;
        std::uint64_t burst;
        std::unique_ptr<any_loop> loop;
        std::vector<numbers_seen> seen;  ///< of each poster; the loop's thread's
        std::uint64_t ran = 0;
        std::uint64_t after_stop = 0;
        bool stopped = false;
        alignas(128) std::atomic<std::uint64_t> ran_so_far{0};  ///< every 256th; for posters
        std::atomic<bool> stuck{false};                         ///< posters stopped waiting for the loop

        void enter(std::size_t who, std::uint64_t number) noexcept {
            seen[who].enter(number);
            after_stop += stopped;
            if (++ran % 256 == 0) {
                // relaxed: says only how many
                ran_so_far.store(ran, std::memory_order_relaxed);
            }
        }
    };

    struct loops {
        loop_factory make;
        impls::ordering order;
        void (*begin)(state&);  ///< posts the first ones of a chain
        void (*give)(state&, harness::lap&, std::size_t who, std::uint64_t share);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        const std::size_t posters = t.point.number("posters");
        state s{t.items, t.point.number("burst"), of.make(), {}};
        s.seen.resize(std::max<std::size_t>(1, posters));
        if (posters == 0) {
            of.begin(s);
        } else {
            s.loop->be_rescuable();
        }
        harness::team crew(placement_of(t.point));
        crew.add("loop", [&](harness::lap& me) {
            me.start();
            s.loop->run();
            me.stop(s.ran);
        });
        for (std::size_t who = 0; who < posters; ++who) {
            const std::uint64_t share = t.items / posters + (who < t.items % posters);
            crew.add("poster", [&, who, share](harness::lap& me) { of.give(s, me, who, share); });
        }
        harness::measurement m;
        m.items = t.items;
        bool rescued = false;
        m.team = crew.run(t.window, [&] {
            rescued = true;
            s.loop->rescue();
        });
        m.failure = verdict_of(s.seen, t.items, of.order);
        if (m.failure.empty() && s.after_stop > 0) {
            m.failure = ran_after_stop;
        } else if (m.failure.empty() && (rescued || s.stuck.load(std::memory_order_relaxed))) {
            m.failure = slept_over_posts;  // relaxed: the threads have been joined
        }
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    template <class L>
    struct link {
        state* s;
        std::uint64_t number;

        void operator()() const {
            s->enter(0, number);
            if (s->ran == s->items) {
                end<L>(*s);
            } else if ((number + 1) % s->burst == 0) {
                post_burst<L>(*s, number + 1);
            }
        }
    };

    template <class L>
    static void end(state& s) {
        L& loop = loop_in<L>(*s.loop);
        loop.stop();
        s.stopped = true;
        loop.post([&s] { ++s.after_stop; });
    }

    template <class L>
    static void post_burst(state& s, std::uint64_t first) {
        L& loop = loop_in<L>(*s.loop);
        const std::uint64_t last = std::min(first + s.burst, s.items);
        for (std::uint64_t i = first; i < last; ++i) {
            loop.post(link<L>{&s, i});
        }
    }

    template <class L>
    static void begin(state& s) {
        post_burst<L>(s, 0);
    }

    template <class L>
    static void give(state& s, harness::lap& me, std::size_t who, std::uint64_t share) {
        constexpr std::uint64_t most_ahead = 1024;
        L& loop = loop_in<L>(*s.loop);
        const std::size_t posters = s.seen.size();
        me.start();
        for (std::uint64_t i = 0; i < share; ++i) {
            loop.post([s = &s, who, i] {
                s->enter(who, i);
                if (s->ran == s->items) {
                    end<L>(*s);
                }
            });
            if (i % 256 == 255) {
                const auto begin = harness::clock::now();
                // relaxed, both: decide only how far this thread is ahead
                while ((i + 1) * posters >
                           s.ran_so_far.load(std::memory_order_relaxed) + most_ahead * posters &&
                       !s.stuck.load(std::memory_order_relaxed)) {
                    std::this_thread::yield();
                    if (harness::clock::now() - begin > std::chrono::seconds(2)) {
                        s.stuck.store(true, std::memory_order_relaxed);
                    }
                }
            }
        }
        me.stop(share);
    }

    template <class L>
    static constexpr loops loops_of{&loop_of<L>::make, L::order, &begin<L>, &give<L>};
};

}  // namespace handoff::benchmarks
