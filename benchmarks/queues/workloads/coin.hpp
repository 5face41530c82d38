// Each thread tosses a coin and pushes an item or pops one, if there is room or one is there: the second
// workload of most papers on queues for any number of threads.
//
// Stresses: a queue that drifts between empty and full (`pushes` says which way), without any waiting.
// Verifies: all items come out once, whole, and each producer's in its order for each consumer.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "concepts/queues.hpp"
#include "measurement.hpp"
#include "queues/channel.hpp"
#include "queues/traits.hpp"
#include "registry.hpp"
#include "shared/burden.hpp"
#include "shared/item.hpp"
#include "shared/quota.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// One iteration is one operation that pushed or popped an item. A pop that finds nothing, or a push without
/// room, counts for nothing but `empty_share` and `full_share`: their parts of all operations.
struct coin {
    static void declare(const auto& q, auto& c) {
        c.workload = "coin";
        c.axes = {{"threads", {"1", "2"}},  {"capacity", q.usual_capacity()},
                  {"between_ns", {"0"}},    {"jitter", {"none"}},
                  {"pushes", {"50"}},       {"prefill", {"0"}},
                  {"placement", {"spread"}}};
        c.words.push_back({"jitter", jitter_words()});
        c.judge_together = [&q](const harness::point& p) {
            using kind = harness::verdict::kind;
            if (!q.is_bounded() && p.number("pushes") > 50) {
                return harness::verdict{kind::not_offered, "an unbounded queue would only grow"};
            }
            return q.judge_threads(p);
        };
        c.threads = [](const harness::point& p) { return p.number("threads"); };
        c.keeps_cpu = [](const harness::point&) { return true; };
    }

    static constexpr std::array<std::size_t, 1> bytes{8};

    /// What the threads of a trial share. Each writes its own entries only, after its lap.
    struct state {
        const harness::trial& of;
        harness::team& crew;
        std::vector<std::uint64_t> pushed = {};   ///< by the threads, then before they began
        std::vector<ledger> received = {};        ///< by the threads, then in the end
        std::vector<std::uint64_t> refused = {};  ///< pushes without room
        std::vector<std::uint64_t> missed = {};   ///< pops that found nothing
        std::vector<std::uint64_t> done = {};
        std::size_t capacity = 0;  ///< 0: unbounded
        harness::team_report report = {};
    };
    struct loops {
        void (*toss)(state&);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        const std::size_t threads = t.point.number("threads");
        harness::team crew(placement_of(t.point));
        state s{t, crew};
        s.pushed.assign(threads + 1, 0);
        s.received.assign(threads + 1, ledger(threads + 1));
        for (auto* const one : {&s.refused, &s.missed, &s.done}) {
            one->assign(threads, 0);
        }
        of.toss(s);
        const auto sum = [](const std::vector<std::uint64_t>& all) {
            std::uint64_t together = 0;
            for (const std::uint64_t one : all) {
                together += one;
            }
            return together;
        };
        harness::measurement m;
        m.team = std::move(s.report);
        m.items = sum(s.done);
        if (s.capacity > 0) {
            m.actual_capacity = s.capacity;
        }
        const auto all = static_cast<double>(m.items + sum(s.missed) + sum(s.refused));
        m.metrics = {{"empty_share", static_cast<double>(sum(s.missed)) / all}};
        if (s.capacity > 0) {
            m.metrics.emplace_back("full_share", static_cast<double>(sum(s.refused)) / all);
        }
        m.failure = audit(s.received, s.pushed, 0);
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    template <class Queue>
    static void work(state& s, Queue& queue, quota& share, std::size_t self, harness::lap& me) {
        using item_type = typename Queue::value_type;
        auto&& in = impls::producer_end(queue);
        auto&& out = impls::consumer_end(queue);
        burden between = burden_between(s.of.point, self);
        toss_of_coins coins(s.of.point.number("pushes"), self);
        ledger::page mine = s.received[self].open();
        const std::uint64_t first = item_type(self, 0).head();
        std::uint64_t head = first;
        std::uint64_t popped = 0;
        std::uint64_t refused = 0;
        std::uint64_t missed = 0;
        item_type got{};
        me.start();
        // What is refused counts for nothing: the share is of operations that push or pop an item.
        for (std::uint64_t left; (left = share.claim()) > 0;) {
            while (left > 0) {
                between();
                if (coins.next()) {
                    if (offer<Queue>(in, head)) {
                        ++head;
                        --left;
                    } else {
                        ++refused;
                    }
                } else if (out.try_pop(got)) {
                    mine.enter<keeps_order<Queue>>(got);
                    ++popped;
                    --left;
                } else {
                    ++missed;
                }
            }
        }
        me.stop(head - first + popped);
        s.pushed[self] = head - first;
        s.received[self].close(mine, popped);
        s.refused[self] = refused;
        s.missed[self] = missed;
        s.done[self] = head - first + popped;
    }

    template <class Queue>
    static void toss(state& s) {
        const auto queue = make_queue<Queue>(s.of.point);
        if constexpr (impls::bounded_queue<Queue>) {
            s.capacity = queue->capacity();
        }
        const std::size_t threads = s.done.size();
        {
            auto&& in = impls::producer_end(*queue);
            const std::uint64_t count = s.of.point.number("prefill");
            std::uint64_t& pushed = s.pushed.back();
            while (pushed < count && offer<Queue>(in, typename Queue::value_type(threads, pushed).head())) {
                ++pushed;
            }
        }
        quota share(s.of.items, threads);
        for (std::size_t i = 0; i < threads; ++i) {
            s.crew.add("thread", [&, i](harness::lap& me) { work<Queue>(s, *queue, share, i, me); });
        }
        s.report = s.crew.run(s.of.window, [] {});
        auto&& out = impls::consumer_end(*queue);
        ledger::page rest = s.received.back().open();
        std::uint64_t popped = 0;
        for (typename Queue::value_type got{}; out.try_pop(got); ++popped) {
            rest.enter<keeps_order<Queue>>(got);
        }
        s.received.back().close(rest, popped);
    }

    /// Of the channel's queue alone: nobody waits.
    template <class Channel>
    static constexpr loops loops_of{&toss<typename Channel::queue_type>};
};

}  // namespace handoff::benchmarks
