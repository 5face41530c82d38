// The end of a processor: how long stop() takes while producers submit.
//
// Stresses: stop(), by draining and at once, while events lie in the processor, a handler runs and producers
//           submit.
// Verifies: after each of the stops, that every event that was accepted was handled, or given up and counted
// (by
//           draining none is), in order; that no submission was accepted afterwards, and that no handler ran.
#pragma once

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "measurement.hpp"
#include "processors/any_processor.hpp"
#include "processors/handling.hpp"
#include "processors/traits.hpp"
#include "registry.hpp"
#include "shared/asleep.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// One iteration is the life of one processor. The latency is the time that stop() took, the end of the
/// processor's threads included. `left_at_stop`: events that were accepted and not yet handled when it was
/// called, on average: some thousand at most, which producers do not exceed before that.
struct stop_processor {
    static void declare(const auto& processor, auto& c) {
        c.workload = "stop";
        c.measure = "latency";
        c.axes = {{"wait", processor.wait_words()},
                  {"producers", {"1"}},
                  {"workers", processor.usual_workers()},
                  {"capacity", processor.usual_capacities()},
                  {"handler_ns", {"0"}},
                  {"stop", {"drain", "now"}},
                  {"placement", {"spread"}}};
        c.words.push_back({"stop", {"drain", "now"}});
        c.threads = [](const harness::point& p) { return 1 + p.number("producers") + p.number("workers"); };
        c.members = [](const harness::point& p) { return 1 + p.number("producers"); };
    }

    struct state {
        std::uint64_t rounds;
        std::barrier<> meeting;
        std::unique_ptr<any_processor> processor = nullptr;  ///< of this round; the stopper's to make
        // Of this round; each entry is written by one producer and read by the stopper when all have met.
        std::vector<std::uint64_t> accepted;
        std::vector<std::uint64_t> accepted_late;
        const handling& seen;
        std::atomic<bool> stopping{false};  ///< producers need not hold back any more
        std::atomic<bool> stopped{false};   ///< stop() has returned: who is not refused by now never will be
    };

    struct loops {
        processor_facts facts;
        void (*submit)(state&, std::size_t producer, harness::lap&);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        const std::size_t producers = t.point.number("producers");
        const auto mode = t.point.value("stop") == "drain" ? impls::stop_mode::drain : impls::stop_mode::now;
        impls::processor_options options = options_of_processor(t.point);
        handling seen({.order = order_to_check(of.facts.order),
                       .lanes = of.facts.lanes(options),
                       .producers = producers,
                       .steps = burden_steps_for(t.point.number("handler_ns"))});
        const std::vector<int> seats = seats_behind(t.point, 1 + producers, t.point.number("workers"));
        options.on_start = [&](unsigned number) {
            if (const int cpu = seats.empty() ? -1 : seats[number % seats.size()]; cpu >= 0) {
                harness::pin_this_thread(cpu);
            }
        };
        state s{t.items,
                std::barrier<>(static_cast<std::ptrdiff_t>(1 + producers)),
                nullptr,
                std::vector<std::uint64_t>(producers, 0),
                std::vector<std::uint64_t>(producers, 0),
                seen};
        harness::histogram times;
        std::uint64_t left = 0;
        std::string failure;
        harness::team crew(placement_of(t.point));
        crew.add("stopper", [&](harness::lap& me) {
            me.start();
            for (std::uint64_t round = 0; round < s.rounds; ++round) {
                seen.reset();
                s.stopping.store(false,
                                 std::memory_order_relaxed);  // relaxed, also below: decides only how much
                s.stopped.store(false, std::memory_order_relaxed);
                s.processor = of.facts.make(options, measured_handler(seen, 0));
                s.meeting.arrive_and_wait();
                sleep_for(1'000 + round % 16 * 4'000);  // a little differently each time
                const std::uint64_t before = seen.count();
                s.stopping.store(true, std::memory_order_relaxed);
                const auto begin = harness::clock::now();
                const impls::stop_report said = s.processor->stop(mode);
                const auto end = harness::clock::now();
                s.stopped.store(true, std::memory_order_relaxed);
                const std::uint64_t handled = seen.count();
                s.meeting.arrive_and_wait();  // producers were refused
                s.meeting.arrive_and_wait();  // and refused once more
                s.processor.reset();
                const std::uint64_t accepted =
                    std::accumulate(s.accepted.begin(), s.accepted.end(), std::uint64_t{0});
                times.record(static_cast<std::uint64_t>(std::chrono::nanoseconds(end - begin).count()));
                left += accepted - std::min(before, accepted);
                if (failure.empty()) {
                    failure = judge(s, seen, mode, said, accepted, handled);
                    failure += failure.empty() ? "" : ", at stop " + std::to_string(round + 1);
                }
            }
            me.stop(s.rounds);
        });
        for (std::size_t i = 0; i < producers; ++i) {
            crew.add("producer", [&, i](harness::lap& me) { of.submit(s, i, me); });
        }
        harness::measurement m;
        m.items = t.items;
        m.team = crew.run(t.window, [] {});
        m.failure = std::move(failure);
        m.metrics = {{"left_at_stop",
                      static_cast<double>(left) / static_cast<double>(std::max<std::uint64_t>(1, t.items))}};
        m.latency = harness::sampled_latency{"stop(), from its call to its return", 1, std::move(times)};
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    template <class Processor>
    static void submit(state& s, std::size_t self, harness::lap& me) {
        const auto put = [](auto& in, std::uint64_t head) {
            const std::uint64_t key = key_of(head, 0);
            return in.submit(event{head, key, 0}, key);
        };
        me.start();
        for (std::uint64_t round = 0; round < s.rounds; ++round) {
            s.meeting.arrive_and_wait();
            {
                auto in = processor_in<Processor>(*s.processor).submitter();
                std::uint64_t head = item<8>(self, 0).head();
                const std::uint64_t first = head;
                while (!s.stopped.load(std::memory_order_relaxed) && put(in, head)) {
                    ++head;
                    if ((head - first) % hold_back_every == 0) {
                        hold_back(s, head - first);
                    }
                }
                s.accepted[self] = head - first;
                s.meeting.arrive_and_wait();
                std::uint64_t late = 0;
                for (std::uint64_t i = 0; i < keys; ++i) {  // some for every thread of a processor by key
                    late += put(in, head + i);
                }
                s.accepted_late[self] = late;
            }
            s.meeting.arrive_and_wait();
        }
        me.stop(s.rounds);
    }

    template <class Processor>
    static constexpr loops loops_of{facts_of<Processor>, &submit<Processor>};

private:
    static constexpr std::uint64_t hold_back_every = 64;
    static constexpr std::uint64_t most_ahead = 1024;

    /// While far more was submitted than handled, as by an unbounded processor it may be without an end.
    static void hold_back(const state& s, std::uint64_t mine) {
        while (mine * s.accepted.size() > s.seen.count() + most_ahead &&
               !s.stopping.load(std::memory_order_relaxed)) {
            sleep_for(1'000);
        }
    }

    static std::string judge(const auto& s, const handling& seen, impls::stop_mode mode,
                             const impls::stop_report& said, std::uint64_t accepted, std::uint64_t handled) {
        if (std::ranges::any_of(s.accepted_late, [](std::uint64_t late) { return late > 0; })) {
            return "stopped: a submission was accepted after stop()";
        }
        if (seen.count() != handled) {
            return "late: " + std::to_string(seen.count() - handled) +
                   " events were handled after stop() had returned";
        }
        if (said.handled + said.given_up != accepted || said.handled != handled) {
            return handled > accepted
                       ? audit_count(accepted, handled)
                       : "lost: " + std::to_string(accepted) + " events accepted, " + std::to_string(handled) +
                             " handled, and stop() says " + std::to_string(said.handled) + " handled, " +
                             std::to_string(said.given_up) + " given up";
        }
        if (mode == impls::stop_mode::now) {
            return seen.audit_order();
        }
        if (said.given_up > 0) {
            return "lost: " + std::to_string(said.given_up) + " events were given up by a stop that drains";
        }
        return seen.audit(s.accepted);
    }
};

}  // namespace handoff::benchmarks
