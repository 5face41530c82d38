// How far items leave a queue out of its order, in trials of their own: every operation stands between two
// stamps, which would disturb what a speed is measured by.
//
// Stresses: what a queue does with its order where several threads push and pop at once.
// Verifies: what `pairs` verifies, and that no pop passed over more items than the queue promises.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "concepts/queues.hpp"
#include "measurement.hpp"
#include "queues/channel.hpp"
#include "queues/traits.hpp"
#include "registry.hpp"
#include "shared/burden.hpp"
#include "shared/item.hpp"
#include "shared/quota.hpp"
#include "shared/rank_error.hpp"
#include "team.hpp"
#include "ticks.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

/// As `pairs`: each thread pushes an item, then pops one, and the queue stays about as full as it is at the
/// beginning. Nobody waits. One iteration is one item; its time holds four stamps, each of `stamp_ns`, so that
/// the time of a point is to be had from `pairs` with the same axes.
///
/// `mean_rank` is the mean place of a popped item among those inside: 1 where it is always the one that was to
/// come. `rank_error_...` is the number of items that a pop passed over, and `delay_...` that of items which
/// left before an item though they were to leave after it. Only what the stamps make certain counts
/// (shared/rank_error.hpp).
struct rank_error {
    static constexpr bool suits(const queue_traits& q) {
        return q.order != impls::ordering::fifo && q.order != impls::ordering::multicast &&
               q.producers == impls::cardinality::many && q.consumers == impls::cardinality::many;
    }

    static void declare(const auto& q, auto& c) {
        c.workload = "rank_error";
        c.measure = "mean_rank";
        c.axes = {{"threads", {"1", "2"}}, {"capacity", q.usual_capacity()},
                  {"between_ns", {"0"}},   {"jitter", {"none"}},
                  {"prefill", {"512"}},    {"placement", {"spread"}}};
        c.words.push_back({"jitter", jitter_words()});
        c.judge_together = [&q](const harness::point& p) { return q.judge_threads(p); };
        c.threads = [](const harness::point& p) { return p.number("threads"); };
        c.keeps_cpu = [](const harness::point&) { return true; };
    }

    static constexpr std::array<std::size_t, 1> bytes{8};
    /// So many tell what there is to tell; their stamps are kept.
    static constexpr std::uint64_t most_items = 1 << 19;

    struct stamped_pop {
        operation_time at;
        std::uint64_t head;
    };
    struct log {
        std::vector<operation_time> pushes;  ///< the thread's items in their order
        std::vector<stamped_pop> pops;
    };

    /// What the threads of a trial share. Each writes its own entries only, after its lap.
    struct state {
        const harness::trial& of;
        harness::team& crew;
        const std::uint64_t items;
        const harness::tick_clock ticks;
        std::vector<log> logs;                   ///< of the threads, then of who filled the queue
        std::vector<ledger> received;            ///< by the threads, then in the end
        std::atomic<bool> has_lost_some{false};  ///< pops find nothing that has to be there
        std::size_t capacity = 0;                ///< 0: unbounded
        harness::team_report report = {};
    };
    struct loops {
        void (*work)(state&);
        std::optional<std::size_t> relaxation;
        leaving order;
        std::uint64_t (*priority_of)(std::uint64_t head);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        const std::size_t threads = t.point.number("threads");
        harness::team crew(placement_of(t.point));
        state s{t,
                crew,
                std::min(t.items, most_items),
                harness::tick_clock::for_cpus(harness::seats(placement_of(t.point), threads)),
                std::vector<log>(threads + 1),
                std::vector<ledger>(threads + 1, ledger(threads + 1))};
        of.work(s);

        harness::measurement m;
        m.items = s.items;
        m.team = std::move(s.report);
        if (s.capacity > 0) {
            m.actual_capacity = s.capacity;
        }
        std::vector<std::uint64_t> pushed;
        for (const log& one : s.logs) {
            pushed.push_back(one.pushes.size());
        }
        m.failure = audit(s.received, pushed, 0);
        if (m.failure.empty() && !s.ticks.holds()) {
            m.failure = "clock: the time stamp counter and the steady clock fell apart";
        }
        if (m.failure.empty() &&
            s.has_lost_some.load(std::memory_order_relaxed)) {  // relaxed: no threads are left
            m.failure = "stuck: a pop found nothing for a second, though items were inside";
        }
        if (!m.failure.empty()) {
            return m;
        }
        std::vector<passage> passages = passages_of(s.logs, of.priority_of);
        const std::vector<misplacement> found = misplacements(passages, of.order);
        m.metrics = {{"stamp_ns", s.ticks.cost_ns()}, {"time_stamp_counter", s.ticks.is_counter() ? 1.0 : 0.0}};
        const double mean = add_distribution(m, "rank_error", found, &misplacement::rank_error);
        add_distribution(m, "delay", found, &misplacement::delay);
        m.metrics.emplace_back("mean_rank", 1 + mean);
        if (of.relaxation) {
            m.failure = judge(*of.relaxation, std::move(passages), of.order);
        }
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    template <class Queue>
    static void work(state& s, Queue& queue, quota& share, std::size_t self, harness::lap& me) {
        using item_type = typename Queue::value_type;
        auto&& in = impls::producer_end(queue);
        auto&& out = impls::consumer_end(queue);
        burden between = burden_between(s.of.point, self);
        const harness::tick_clock ticks = s.ticks;
        log& mine = s.logs[self];
        mine.pushes.reserve(s.items);
        mine.pops.reserve(s.items);
        ledger::page entries = s.received[self].open();
        std::uint64_t head = item_type(self, 0).head();
        item_type got{};
        bool is_well = true;
        me.start();
        for (std::uint64_t left; is_well && (left = share.claim()) > 0;) {
            for (; is_well && left > 0; --left) {
                between();
                operation_time push{ticks.now(), 0};
                while (!offer<Queue>(in, head)) {  // the threads' own items and the prefill have room
                    std::this_thread::yield();
                    push.begun = ticks.now();
                }
                push.ended = ticks.now();
                ++head;
                mine.pushes.push_back(push);

                between();
                const std::int64_t asked = ticks.now();
                operation_time pop{asked, 0};
                while (is_well && !out.try_pop(got)) {
                    // There are as many items as threads, at least. Who finds none for a second lacks one.
                    std::this_thread::yield();
                    pop.begun = ticks.now();
                    is_well =
                        pop.begun - asked < patience_ns && !s.has_lost_some.load(std::memory_order_relaxed);
                }
                if (is_well) {
                    pop.ended = ticks.now();
                    entries.enter<keeps_order<Queue>>(got);
                    mine.pops.push_back({pop, got.head()});
                }
            }
        }
        me.stop(mine.pops.size());
        if (!is_well) {
            s.has_lost_some.store(true, std::memory_order_relaxed);  // relaxed, both: carries no data
        }
        s.received[self].close(entries, mine.pops.size());
    }

    template <class Queue>
    static void work_all(state& s) {
        using item_type = typename Queue::value_type;
        const auto queue = make_queue<Queue>(s.of.point);
        if constexpr (impls::bounded_queue<Queue>) {
            s.capacity = queue->capacity();
        }
        const std::size_t threads = s.logs.size() - 1;
        {
            auto&& in = impls::producer_end(*queue);
            std::vector<operation_time>& pushes = s.logs.back().pushes;
            const std::uint64_t count = s.of.point.number("prefill");
            operation_time push{s.ticks.now(), 0};
            while (pushes.size() < count && offer<Queue>(in, item_type(threads, pushes.size()).head())) {
                push.ended = s.ticks.now();
                pushes.push_back(push);
                push.begun = s.ticks.now();
            }
        }
        quota share(s.items, threads);
        for (std::size_t i = 0; i < threads; ++i) {
            s.crew.add("thread", [&, i](harness::lap& me) { work<Queue>(s, *queue, share, i, me); });
        }
        s.report = s.crew.run(s.of.window, [] {});
        auto&& out = impls::consumer_end(*queue);
        ledger::page rest = s.received.back().open();
        std::uint64_t popped = 0;
        for (item_type got{}; out.try_pop(got); ++popped) {
            rest.enter<keeps_order<Queue>>(got);
        }
        s.received.back().close(rest, popped);
    }

    template <class Item>
    static std::uint64_t priority_of(std::uint64_t head) {
        return Item(head).priority();
    }

    /// Of the channel's queue alone: nobody waits.
    template <class Channel, class Queue = typename Channel::queue_type>
    static constexpr loops loops_of{
        &work_all<Queue>, impls::relaxation_of<Queue>(),
        Queue::order == impls::ordering::priority ? leaving::by_priority : leaving::by_push,
        &priority_of<typename Queue::value_type>};

private:
    static constexpr std::int64_t patience_ns = 1'000'000'000;
    /// Clocks of different CPUs may differ by less, where the counter is trusted.
    static constexpr std::int64_t doubt_ns = 1000;

    static std::vector<passage> passages_of(const std::vector<log>& logs,
                                            std::uint64_t (*priority_of)(std::uint64_t)) {
        std::vector<std::size_t> first;  // of a thread's items in the list
        std::vector<passage> all;
        for (std::size_t thread = 0; thread < logs.size(); ++thread) {
            first.push_back(all.size());
            std::uint64_t sequence = 0;
            for (const operation_time& push : logs[thread].pushes) {
                all.push_back({push, never, priority_of(item<8>(thread, sequence++).head())});
            }
        }
        for (const log& one : logs) {
            for (const stamped_pop& pop : one.pops) {
                const item<8> which(pop.head);
                all[first[which.producer()] + which.sequence()].pop = pop.at;
            }
        }
        return all;
    }

    /// The mean.
    static double add_distribution(harness::measurement& m, const std::string& name,
                                   const std::vector<misplacement>& all, std::uint64_t misplacement::* which) {
        std::vector<std::uint64_t> values;
        double sum = 0;
        for (const misplacement& one : all) {
            values.push_back(one.*which);
            sum += static_cast<double>(one.*which);
        }
        const double mean = sum / static_cast<double>(values.size());
        const auto p99 = values.begin() + static_cast<std::ptrdiff_t>(99 * (values.size() - 1) / 100);
        std::ranges::nth_element(values, p99);
        m.metrics.emplace_back(name + "_mean", mean);
        m.metrics.emplace_back(name + "_p99", static_cast<double>(*p99));
        m.metrics.emplace_back(name + "_max", static_cast<double>(*std::ranges::max_element(values)));
        return mean;
    }

    /// What is wrong with a queue that promises to pass over no more than `bound` items; empty: nothing. Stamps
    /// are in doubt by a little here: a trial that is called invalid has to be.
    static std::string judge(std::size_t bound, std::vector<passage> passages, leaving order) {
        if (largest_rank_error(passages, order) <= bound) {
            return "";
        }
        for (passage& one : passages) {
            one.push.begun -= doubt_ns;
            one.push.ended += doubt_ns;
            if (one.pop.begun != never.begun) {
                one.pop.begun -= doubt_ns;
                one.pop.ended += doubt_ns;
            }
        }
        const std::uint64_t largest = largest_rank_error(passages, order);
        return largest <= bound ? ""
                                : "relaxed: a pop passed over " + std::to_string(largest) +
                                      " items that were to leave before its own, and at most " +
                                      std::to_string(bound) + " are promised";
    }
};

}  // namespace handoff::benchmarks
