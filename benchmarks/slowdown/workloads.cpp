// Control points with a known slowdown, for the gate to find: real workloads, in which every so-many-th
// operation is done once more without being counted. The slowdown is exact by construction, whatever an
// operation costs.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "busy_work.hpp"
#include "counters/fetch_add_counter.hpp"
#include "detail/cpu_relax.hpp"
#include "locks/std_mutex.hpp"
#include "queues/cached_ring.hpp"
#include "queues/controls/run_control.hpp"
#include "shared/alike.hpp"
#include "shared/item.hpp"
#include "shared/team_candidate.hpp"
#include "slowdown/slowdown.hpp"

namespace handoff::benchmarks {

namespace {

/// Stresses: one core. Verifies: nothing; there is nothing to hand over.
harness::measurement compute(const harness::trial& t) {
    // Some 100 ns. A number, not a time: how many steps a time takes is measured by each process anew.
    constexpr std::uint64_t steps = 300;
    return run_alike(t, "worker", 64, [&](std::size_t, harness::lap& me, quota& share) {
        extra_operations extra;
        me.start();
        me.stop(share.work<8>([&](std::uint64_t left) {
            for (; left > 0; --left) {
                harness::spend(steps);
                for (std::uint64_t more_due = extra.due(); more_due > 0; --more_due) {
                    harness::spend(steps);
                }
            }
        }));
    });
}

/// Stresses: a shared line, as contended_add does. Verifies: the total, with the additions that were not
/// counted.
harness::measurement contended_addition(const harness::trial& t) {
    impls::fetch_add_counter counter;
    std::vector<std::uint64_t> extras(t.point.number("threads"));
    auto m = run_alike(t, "adder", t.items, [&](std::size_t i, harness::lap& me, quota& share) {
        extra_operations extra;
        std::uint64_t more = 0;
        me.start();
        me.stop(share.work<64>([&](std::uint64_t left) {
            for (; left > 0; --left) {
                counter.add(1);
                for (std::uint64_t more_due = extra.due(); more_due > 0; --more_due) {
                    counter.add(1);
                    ++more;
                }
            }
        }));
        extras[i] = more;
    });
    std::uint64_t expected = m.items;
    for (const std::uint64_t more : extras) {
        expected += more;
    }
    if (const std::uint64_t total = counter.read(); total != expected) {
        m.failure =
            "the counter says " + std::to_string(total) + " after " + std::to_string(expected) + " increments";
    }
    return m;
}

/// Stresses: the hand-over of a mutex. Verifies: a plain number that only the mutex protects.
harness::measurement mutex_hand_over(const harness::trial& t) {
    impls::std_mutex mutex;
    struct alignas(128) {
        std::uint64_t entries = 0;
    } inside;
    std::vector<std::uint64_t> extras(t.point.number("threads"));
    auto m = run_alike(t, "worker", 64, [&](std::size_t i, harness::lap& me, quota& share) {
        extra_operations extra;
        std::uint64_t more = 0;
        const auto enter = [&] {
            mutex.lock();
            ++inside.entries;
            mutex.unlock();
        };
        me.start();
        me.stop(share.work<1>([&](std::uint64_t) {
            enter();
            for (std::uint64_t more_due = extra.due(); more_due > 0; --more_due) {
                enter();
                ++more;
            }
        }));
        extras[i] = more;
    });
    std::uint64_t expected = m.items;
    for (const std::uint64_t more : extras) {
        expected += more;
    }
    if (inside.entries != expected) {
        m.failure = "not exclusive: " + std::to_string(inside.entries) + " entries were seen of " +
                    std::to_string(expected);
    }
    return m;
}

/// Stresses: the line transfers of a ring. Verifies: every item and its order, those too that are not counted.
harness::measurement ring_transfer(const harness::trial& t) {
    impls::cached_ring<item<8>> ring(1024);
    std::vector<ledger> received(1, ledger(1));
    std::uint64_t made = 0;
    harness::team crew(placement_of(t.point));
    crew.add("producer", [&](harness::lap& me) {
        auto& to = ring;
        const std::uint64_t count = t.items;
        extra_operations extra;
        std::uint64_t sequence = 0;
        const auto push = [&] {
            item<8> next(0, sequence++);
            while (!to.try_push(std::move(next))) {  // NOLINT
                impls::detail::cpu_relax();
            }
        };
        me.start();
        for (std::uint64_t i = 0; i < count; ++i) {
            push();
            for (std::uint64_t more_due = extra.due(); more_due > 0; --more_due) {
                push();
            }
        }
        me.stop(count);
        made = sequence;
    });
    crew.add("consumer", [&](harness::lap& me) {
        auto& from = ring;
        const std::uint64_t count = t.items;
        extra_operations extra;
        ledger::page mine = received[0].open();
        std::uint64_t popped = 0;
        const auto pop = [&] {
            item<8> got{};
            while (!from.try_pop(got)) {
                impls::detail::cpu_relax();
            }
            mine.enter(got);
            ++popped;
        };
        me.start();
        for (std::uint64_t i = 0; i < count; ++i) {
            pop();
            for (std::uint64_t more_due = extra.due(); more_due > 0; --more_due) {
                pop();
            }
        }
        me.stop(count);
        received[0].close(mine, popped);
    });
    harness::measurement m;
    m.items = t.items;
    m.team = run_control(crew, t);
    item<8> leftover{};
    m.failure = audit(received, {made}, ring.try_pop(leftover) ? 1 : 0);
    return m;
}

std::vector<harness::candidate> controls() {
    std::vector<harness::candidate> all;
    const auto add = [&](const char* workload, const char* threads, auto run) {
        harness::candidate& c = all.emplace_back(begin_team_candidate("controls", "injected"));
        c.workload = workload;
        c.axes = {{"threads", {threads}}, {"placement", {"spread"}}};
        c.rivals = [](const harness::point&) { return ""; };
        c.guarantees = {{"control", "yes"}};
        c.run = run;
    };
    add("compute", "1", &compute);
    add("contended_add", "2", &contended_addition);
    add("mutex_hand_over", "2", &mutex_hand_over);
    add("ring_transfer", "2", &ring_transfer);
    all.back().stops_on_time = false;
    all.back().judge = [](std::string_view axis, std::string_view value) -> harness::verdict {
        if (axis == "threads" && value != "2") {
            return {harness::verdict::kind::not_offered, "a ring has one producer and one consumer"};
        }
        return {};
    };
    return all;
}

const harness::enrolment enrolled(0, controls());

}  // namespace

}  // namespace handoff::benchmarks
