// From the submission of an event to its handler.
//
// Stresses: the way from a submission to a processor that has nothing to do, awake or asleep (`peer`).
// Verifies: each event was handled once, in order.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "detail/cpu_relax.hpp"
#include "measurement.hpp"
#include "processors/any_processor.hpp"
#include "processors/handling.hpp"
#include "processors/traits.hpp"
#include "processors/workloads/events.hpp"
#include "registry.hpp"
#include "shared/asleep.hpp"
#include "shared/limits_of.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

/// One event at a time. `peer` spinning: the next is submitted the moment the one before it has been handled.
/// `peer` asleep: the producer sleeps for 200 us in between. The latency is from a reading of the clock just
/// before the submission to one at the handler's beginning. Until the event has been handled its producer looks
/// for it, burning a processor, or yielding it where threads are to share one.
struct latency {
    static void declare(const auto& processor, auto& c) {
        c.workload = "latency";
        c.measure = "latency";
        c.axes = {{"wait", processor.wait_words()},
                  {"workers", processor.usual_workers()},
                  {"capacity", processor.usual_capacities()},
                  {"placement", {"spread"}},
                  {"peer", {"spinning"}}};
        c.words.push_back({"peer", {"spinning", "asleep"}});
        c.threads = [](const harness::point& p) { return 1 + p.number("workers"); };
        c.members = [](const harness::point&) { return 1; };
        c.limit = [](const harness::point& p) { return limits::start(p, false); };
    }

    struct state {
        any_processor& processor;
        handling& seen;
        std::uint64_t events;
        bool asleep;
        bool crowded;
        harness::histogram times = {};
        std::vector<std::uint64_t> accepted = {0};
    };

    struct loops {
        processor_facts facts;
        void (*submit)(state&);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        impls::processor_options options = options_of_processor(t.point);
        handling seen({.does = handling::part::time,
                       .order = order_to_check(of.facts.order),
                       .lanes = of.facts.lanes(options)});
        worker_roll roll(seats_behind(t.point, 1, t.point.number("workers")));
        options.on_start = [&](unsigned number) { roll.enter(number); };
        const auto processor = of.facts.make(options, measured_handler(seen, 0));
        roll.all_enter(std::chrono::seconds(2));
        state s{*processor, seen, t.items, t.point.value("peer") == "asleep",
                harness::oversubscribed(placement_of(t.point), 1 + t.point.number("workers"))};
        harness::measurement m =
            events::run_producers(t, 1, roll, seen, s.accepted, [&](std::size_t) { of.submit(s); });
        m.items = t.items;
        m.failure = events::judge(seen, s.accepted, processor->stop(impls::stop_mode::drain));
        events::judge_workers(roll, m);
        m.latency = harness::sampled_latency{"from a submission to the beginning of its handler", 1,
                                             std::move(s.times)};
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    template <class Processor>
    static void submit(state& s) {
        constexpr std::uint64_t pause_ns = 200'000;
        auto in = processor_in<Processor>(s.processor).submitter();
        handling::news& told = s.seen.told;
        for (std::uint64_t turn = 0; turn < s.events; ++turn) {
            if (s.asleep) {
                sleep_for(pause_ns);
            }
            const std::uint64_t key = key_of(turn, 0);
            if (!in.submit(event{turn, key, handling::now_ns()}, key)) {
                return;
            }
            s.accepted[0] = turn + 1;
            while (told.handled.load(std::memory_order_acquire) != turn + 1) {  // [handled]
                s.crowded ? std::this_thread::yield() : impls::detail::cpu_relax();
            }
            s.times.record(told.took_ns);
        }
    }

    template <class Processor>
    static constexpr loops loops_of{facts_of<Processor>, &submit<Processor>};
};

}  // namespace handoff::benchmarks
