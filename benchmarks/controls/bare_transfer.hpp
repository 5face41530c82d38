// Control: what `transfer` would be if it were written by hand for one queue.
//
// Two threads, two loops over the bare queue, the same items made and checked; no channel, no handles, no team,
// no shared quota. `transfer` divided by this is what the suite adds to the numbers it reports
// (sweeps/selftest.json).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "clock.hpp"
#include "measurement.hpp"
#include "team.hpp"
#include "topology.hpp"
#include "workloads/item.hpp"

namespace handoff::benchmarks {

/// Runs two loops on two pinned threads, started together. Each returns its number of items.
inline harness::team_report run_two(const harness::trial& t, const std::function<std::uint64_t()>& produce,
                                    const std::function<std::uint64_t()>& consume) {
    using harness::clock;
    const auto seats = harness::seats(harness::placement::spread, 2);
    std::atomic<int> ready{0};
    std::atomic<bool> open{false};
    harness::team_report report;
    report.threads.resize(2);
    clock::time_point start[2];
    clock::time_point end[2];
    const auto body = [&](int i, const std::function<std::uint64_t()>& loop) {
        harness::thread_report& mine = report.threads[static_cast<std::size_t>(i)];
        mine.role = i == 0 ? "producer" : "consumer";
        mine.cpu = seats[static_cast<std::size_t>(i)];
        if (mine.cpu >= 0) {
            harness::pin_this_thread(mine.cpu);
        }
        ready.fetch_add(1);
        while (!open.load()) {
            std::this_thread::yield();
        }
        const harness::thread_usage before = harness::read_thread_usage();
        start[i] = clock::now();
        mine.items = loop();
        end[i] = clock::now();
        harness::add_usage(mine, before, harness::read_thread_usage());
    };
    std::thread producer(body, 0, std::cref(produce));
    std::thread consumer(body, 1, std::cref(consume));
    while (ready.load() < 2) {
        std::this_thread::yield();
    }
    t.window([&] {
        open.store(true);
        producer.join();
        consumer.join();
    });
    const auto first = std::min(start[0], start[1]);
    report.window_seconds = harness::seconds_between(first, std::max(end[0], end[1]));
    report.overlap =
        std::max(0.0, harness::seconds_between(std::max(start[0], start[1]), std::min(end[0], end[1]))) /
        report.window_seconds;
    for (std::size_t i = 0; i < 2; ++i) {
        report.threads[i].start_seconds = harness::seconds_between(first, start[i]);
        report.threads[i].end_seconds = harness::seconds_between(first, end[i]);
    }
    return report;
}

/// `Pause` is what a hand-written loop does when the queue refuses.
///
/// Stresses: the queue alone. Verifies: what `transfer` verifies.
template <class Queue, void (*Pause)()>
harness::measurement bare_transfer(const harness::trial& t) {
    using item_type = typename Queue::value_type;
    const auto made_queue = std::make_unique<Queue>(t.point.number("capacity"));
    Queue& queue = *made_queue;
    std::vector<ledger> received(1, ledger(1, true));
    const std::uint64_t items = t.items;

    harness::measurement m;
    m.items = items;
    m.team = run_two(
        t,
        [&] {
            // A local name: what is reached through the lambda is fetched from memory again for every item.
            Queue& to = queue;
            const std::uint64_t count = items;
            for (std::uint64_t i = 0; i < count; ++i) {
                item_type made(0, i);
                while (!to.try_push(std::move(made))) {
                    Pause();
                }
            }
            return count;
        },
        [&] {
            Queue& from = queue;
            const std::uint64_t count = items;
            ledger::page mine = received[0].open();
            item_type got{};
            for (std::uint64_t i = 0; i < count; ++i) {
                while (!from.try_pop(got)) {
                    Pause();
                }
                mine.enter(got);
            }
            received[0].close(mine, count);
            return count;
        });
    m.actual_capacity = queue.capacity();
    item_type leftover{};
    m.failure = audit(received, {items}, queue.try_pop(leftover) ? 1 : 0);
    return m;
}

}  // namespace handoff::benchmarks
