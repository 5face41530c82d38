// The memory that a queue takes, empty and per item that lies in it.
//
// Stresses: the allocator, as far as the queue uses it.
// Verifies: as many items as the queue says it holds fit, and come back: all of them, each once, in order where
//           it promises one.
#pragma once

#include <malloc.h>

#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "channel.hpp"
#include "clock.hpp"
#include "concepts.hpp"
#include "item.hpp"
#include "measurement.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// What the C library's allocator has given out, its own overhead included.
inline double heap_bytes() noexcept {
    const auto now = mallinfo2();
    return static_cast<double>(now.uordblks + now.hblkhd);
}

/// One thread fills a queue with as many items as it holds (an unbounded one with 1024) and empties it, again
/// and again until the time is up. The first filling, of a new queue, is the one whose memory is reported:
/// `bytes_per_item` is all that the queue has when it is full over the items in it, `empty_bytes` what it has
/// before the first, with its handles taken.
template <class Queue>
harness::measurement footprint(const harness::trial& t) {
    constexpr bool is_bounded = impls::bounded_queue<Queue>;
    using item_type = typename Queue::value_type;
    std::vector<ledger> received(1, ledger(1));
    std::uint64_t pushed = 0;
    std::uint64_t popped = 0;
    std::uint64_t left = 0;
    std::uint64_t room = 1024;
    bool refused = false;
    double empty = 0;
    double full = 0;
    std::uint64_t items = 0;

    harness::team crew(harness::placement::spread);
    crew.add("filler", [&](harness::lap& me) {
        void* const first =
            ::operator new(64);  // a thread's first allocation gives it an arena, which is not the queue's
        const double before = heap_bytes();
        const auto queue = [&] {
            if constexpr (is_bounded) {
                return std::make_unique<Queue>(t.point.number("capacity"));
            } else {
                return std::make_unique<Queue>();
            }
        }();
        if constexpr (is_bounded) {
            room = queue->capacity();
        }
        auto&& in = impls::producer_end(*queue);
        auto&& out = impls::consumer_end(*queue);
        ledger::page mine = received[0].open();
        empty = heap_bytes() - before;

        const auto fill = [&] {
            for (std::uint64_t i = 0; i < room; ++i, ++pushed) {
                if constexpr (is_bounded) {
                    if (!in.try_push(item_type(0, pushed))) {
                        refused = true;
                        return;
                    }
                } else {
                    in.push(item_type(0, pushed));
                }
            }
        };
        item_type got{};
        const auto drain = [&] {
            while (popped < pushed && out.try_pop(got)) {
                mine.enter<keeps_order<Queue>>(got);
                ++popped;
            }
        };
        fill();
        full = heap_bytes() - before;
        drain();
        const std::uint64_t outside = popped;

        me.start();
        const auto end = harness::clock::now() + t.longest;
        do {
            fill();
            drain();
        } while (!refused && popped == pushed && harness::clock::now() < end);
        me.stop(popped - outside);
        items = popped - outside;
        left = out.try_pop(got) ? 1 : 0;
        received[0].close(mine, popped);
        ::operator delete(first);
    });

    harness::measurement m;
    m.team = crew.run(t.window, [] {});
    m.items = items;
    m.failure = audit(received, {pushed}, left);
    if (m.failure.empty() && refused) {
        m.failure = "full: it has room for " + std::to_string(room) + " items, and refused one that was fewer";
    } else if (m.failure.empty() && full < static_cast<double>(room * sizeof(item_type))) {
        m.failure = "unseen: the queue's memory does not come from the C library's allocator";
    }
    if constexpr (is_bounded) {
        m.actual_capacity = room;
    }
    m.metrics = {{"bytes_per_item", full / static_cast<double>(room)}, {"empty_bytes", empty}};
    return m;
}

}  // namespace handoff::benchmarks
