// The memory that a queue takes: empty, per item that lies in it, when it has been emptied, and for producers
// that have come and gone.
//
// Stresses: the allocator, as far as the queue uses it.
// Verifies: as many items as the queue says it holds fit, and come back: all of them, each once, in order where
//           it promises one.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "clock.hpp"
#include "concepts/queues.hpp"
#include "measurement.hpp"
#include "queues/channel.hpp"
#include "queues/traits.hpp"
#include "registry.hpp"
#include "shared/heap.hpp"
#include "shared/item.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// One thread fills a queue with as many items as it holds (an unbounded one with 1024) and empties it, again
/// and again until the time is up. The first filling, of a new queue, is the one whose memory is reported:
/// `bytes_per_item` is all that the queue has when it is full over the items in it, `empty_bytes` what it has
/// before the first, with its handles taken, `drained_bytes` what it still has when the last has been taken
/// out.
///
/// With `producers_gone` so many threads have used the queue before, one after the other: each takes a
/// producer's handle, pushes some items and ends, and the items are popped. `bytes_per_producer_gone` is what
/// the queue keeps of each.
struct footprint {
    static void declare(const auto& q, auto& c) {
        c.workload = "footprint";
        c.measure = "bytes_per_item";
        c.axes = {{"capacity", q.usual_capacity()}, {"producers_gone", {"0"}}};
        c.judge = [&q, of_all = c.judge](std::string_view axis, std::string_view value) {
            return axis == "producers_gone" && value != "0" && q.producers == impls::cardinality::one
                       ? harness::verdict{harness::verdict::kind::not_offered,
                                          std::string(q.name) + " takes one producer"}
                       : of_all(axis, value);
        };
        c.threads = [](const harness::point&) { return std::size_t{1}; };
        c.stops_on_time = true;
        if (!q.allocator.empty()) {
            c.unavailable = "its memory is " + std::string(q.allocator) + ", which is not counted";
        }
    }

    static constexpr std::array<std::size_t, 1> bytes{8};
    static constexpr std::uint64_t pushed_before_gone = 64;

    struct state {
        const harness::trial& of;
        std::vector<ledger> received = std::vector<ledger>(1, ledger(1));
        std::uint64_t pushed = 0;
        std::uint64_t popped = 0;
        std::uint64_t left = 0;
        std::uint64_t room = 1024;
        bool refused = false;
        double empty = 0;
        double full = 0;
        double drained = 0;
        double left_by_gone = 0;  ///< by all producers that have come and gone
        std::uint64_t items = 0;
    };

    struct loops {
        void (*fill_and_drain)(state&, harness::lap&);
        bool is_bounded;
    };

    static harness::measurement run(const auto& t, const loops& of) {
        state s{t};
        harness::team crew(harness::placement::spread);
        crew.add("filler", [&](harness::lap& me) { of.fill_and_drain(s, me); });
        harness::measurement m;
        m.team = crew.run(t.window, [] {});
        m.items = s.items;
        m.failure = audit(s.received, {s.pushed}, s.left);
        if (m.failure.empty() && s.refused) {
            m.failure =
                "full: it has room for " + std::to_string(s.room) + " items, and refused one that was fewer";
        } else if (m.failure.empty() && s.full < static_cast<double>(s.room * sizeof(item<8>))) {
            m.failure =
                "unseen: the queue's memory does not come from the C library's allocator, or what was used "
                "before is freed meanwhile";
        }
        if (of.is_bounded) {
            m.actual_capacity = s.room;
        }
        // Below 0 where more of what was used before has been freed meanwhile.
        m.metrics = {{"bytes_per_item", std::max(0.0, s.full) / static_cast<double>(s.room)},
                     {"empty_bytes", std::max(0.0, s.empty)},
                     {"drained_bytes", std::max(0.0, s.drained)}};
        if (const unsigned long gone = t.point.number("producers_gone"); gone > 0) {
            m.metrics.push_back(
                {"bytes_per_producer_gone", std::max(0.0, s.left_by_gone) / static_cast<double>(gone)});
        }
        return m;
    }

    template <class Queue>
    static void fill_and_drain(state& s, harness::lap& me) {
        constexpr bool is_bounded = impls::bounded_queue<Queue>;
        using item_type = typename Queue::value_type;
        void* const first =
            ::operator new(64);  // a thread's first allocation gives it an arena, which is not the queue's
        std::thread([] { ::operator delete(::operator new(64)); }).join();  // likewise of other threads
        // Also what queues of trials before this one have left to be freed.
        const auto in_use = [] {
            if constexpr (impls::frees_later<Queue>) {
                Queue::wait_for_frees();
            }
            return heap_bytes();
        };
        const double before = in_use();
        const auto queue = make_queue<Queue>(s.of.point);
        if constexpr (is_bounded) {
            s.room = queue->capacity();
        }
        auto&& in = impls::producer_end(*queue);
        auto&& out = impls::consumer_end(*queue);
        ledger::page mine = s.received[0].open();
        s.empty = in_use() - before;

        const auto fill = [&] {
            for (std::uint64_t i = 0; i < s.room; ++i, ++s.pushed) {
                if constexpr (is_bounded) {
                    // Some hold what they say only when they are new, and later as many as were asked for.
                    if (!in.try_push(item_type(0, s.pushed))) {
                        s.refused = i < (s.full > 0 ? s.of.point.number("capacity") : s.room);
                        return;
                    }
                } else {
                    in.push(item_type(0, s.pushed));
                }
            }
        };
        item_type got{};
        const auto drain = [&] {
            while (s.popped < s.pushed && out.try_pop(got)) {
                mine.enter<keeps_order<Queue>>(got);
                ++s.popped;
            }
        };
        const unsigned long gone = s.of.point.number("producers_gone");
        for (unsigned long n = 0; n < gone; ++n) {
            push_from_a_thread<Queue>(s, *queue);
            drain();
        }
        s.left_by_gone = in_use() - before - s.empty;
        fill();
        s.full = in_use() - before;
        drain();
        s.drained = in_use() - before;
        const std::uint64_t outside = s.popped;

        me.start();
        const auto end = harness::clock::now() + s.of.longest;
        do {
            fill();
            drain();
        } while (!s.refused && s.popped == s.pushed && harness::clock::now() < end);
        me.stop(s.popped - outside);
        s.items = s.popped - outside;
        s.left = out.try_pop(got) ? 1 : 0;
        s.received[0].close(mine, s.popped);
        ::operator delete(first);
    }

    /// By a producer that then is no more.
    template <class Queue>
    static void push_from_a_thread(state& s, Queue& queue) {
        std::thread([&] {
            auto&& in = impls::producer_end(queue);
            for (std::uint64_t i = 0; i < std::min(s.room, pushed_before_gone); ++i, ++s.pushed) {
                if constexpr (impls::bounded_queue<Queue>) {
                    if (!in.try_push(typename Queue::value_type(0, s.pushed))) {
                        s.refused = true;
                        return;
                    }
                } else {
                    in.push(typename Queue::value_type(0, s.pushed));
                }
            }
        }).join();
    }

    /// Of the channel's queue alone.
    template <class Channel>
    static constexpr loops loops_of{&fill_and_drain<typename Channel::queue_type>,
                                    impls::bounded_queue<typename Channel::queue_type>};
};

}  // namespace handoff::benchmarks
