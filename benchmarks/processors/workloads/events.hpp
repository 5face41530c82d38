// Throughput: P producers submit events as fast as they can until all are handled.
//
// Stresses: the way of an event from its submission to its handler; the processor's waiting, since one side is
//           the slower one; exceptions (`throws`), computation in the handler (`handler_ns`), and keys of which
//           one is more frequent than the others (`skew`).
// Verifies: every event was handled once, each producer's in its order, or so each key's; nothing but the
// planned
//           exceptions was thrown and counted; what `stop` says comes to the same.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "measurement.hpp"
#include "processors/any_processor.hpp"
#include "processors/handling.hpp"
#include "processors/traits.hpp"
#include "registry.hpp"
#include "shared/asleep.hpp"
#include "shared/countdown.hpp"
#include "shared/limits_of.hpp"
#include "shared/quota.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// One iteration is one event. The window ends when the last one has been handled.
struct events {
    static void declare(const auto& processor, auto& c) {
        c.workload = "events";
        c.axes = {{"wait", processor.wait_words()},
                  {"producers", {"1"}},
                  {"workers", processor.usual_workers()},
                  {"capacity", processor.usual_capacities()},
                  {"handler_ns", {"0"}},
                  {"throws", {"0"}},
                  {"skew", {"0"}},
                  {"placement", {"spread"}}};
        c.threads = [](const harness::point& p) { return p.number("producers") + p.number("workers"); };
        c.members = [](const harness::point& p) { return p.number("producers"); };
        c.limit = [&processor](const harness::point& p) {
            return p.number("handler_ns") > 0 ? limits::terms{}
                                              : limits::stream(p, p.number("producers"), p.number("workers"), 8,
                                                               processor.keeps_submission_order(), 0);
        };
        c.streams = true;
    }

    struct state {
        any_processor* processor;
        lead* ahead;  ///< of an unbounded processor
        std::uint64_t skew;
        quota to_submit;
        std::vector<std::uint64_t> accepted;
    };

    struct loops {
        processor_facts facts;
        void (*submit)(state&, std::size_t producer);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        const std::size_t producers = t.point.number("producers");
        impls::processor_options options = options_of_processor(t.point);
        const std::size_t lanes = of.facts.lanes(options);
        state s{nullptr,
                nullptr,
                t.point.number("skew"),
                {t.items, producers},
                std::vector<std::uint64_t>(producers, 0)};
        lead ahead(s.to_submit.chunk(), lanes);
        if (options.capacity == impls::processor_options::unbounded) {
            s.ahead = &ahead;
        }
        handling seen({.order = order_to_check(of.facts.order),
                       .lanes = lanes,
                       .producers = producers,
                       .steps = burden_steps_for(t.point.number("handler_ns")),
                       .throws = t.point.number("throws"),
                       .ahead = s.ahead});
        worker_roll roll(seats_behind(t.point, producers, t.point.number("workers")));
        options.on_start = [&](unsigned number) { roll.enter(number); };
        const auto processor = of.facts.make(options, measured_handler(seen, 0));
        roll.all_enter(std::chrono::seconds(2));
        s.processor = processor.get();
        harness::measurement m =
            run_producers(t, producers, roll, seen, s.accepted, [&](std::size_t i) { of.submit(s, i); });
        m.items = t.items;
        const impls::stop_report said = processor->stop(impls::stop_mode::drain);
        m.failure = ahead.judge(judge(seen, s.accepted, said));
        judge_workers(roll, m);
        return m;
    }

    /// Runs `submit(i)` in each of the producers, which counts what it submitted in `accepted[i]`. The window
    /// of all ends when all of it has been handled: the first looks for that, the others wait for the first,
    /// asleep.
    template <class Submit>
    static harness::measurement run_producers(const auto& t, std::size_t producers, worker_roll& roll,
                                              const handling& seen, const std::vector<std::uint64_t>& accepted,
                                              Submit submit, std::uint64_t times = 1) {
        countdown others_submit(static_cast<std::uint32_t>(producers - 1));
        countdown handled(1);
        harness::team crew(placement_of(t.point), roll.asked_for());
        for (std::size_t i = 0; i < producers; ++i) {
            crew.add("producer", [&, i](harness::lap& me) {
                if (i == 0) {
                    roll.open();
                }
                me.start();
                submit(i);
                if (i == 0) {
                    others_submit.wait();
                    std::uint64_t all = 0;
                    for (const std::uint64_t mine : accepted) {
                        all += mine * times;
                    }
                    wait_until_handled(seen, all);
                    handled.down();
                } else {
                    others_submit.down();
                    handled.wait();
                }
                me.stop(accepted[i]);
                if (i == 0) {
                    roll.close();
                }
            });
        }
        harness::measurement m;
        m.team = crew.run(t.window, [] {});
        report_workers(roll, m, seen);
        return m;
    }

    /// Where nothing else is wrong: whether all workers came.
    static void judge_workers(const worker_roll& roll, harness::measurement& m) {
        if (m.failure.empty() && roll.entered() < roll.asked_for()) {
            m.failure = too_few_workers(roll.asked_for(), roll.entered());
        }
    }

    /// What is wrong with what was handled and with what `stop` says; empty: nothing.
    static std::string judge(const handling& seen, const std::vector<std::uint64_t>& accepted,
                             const impls::stop_report& said) {
        if (std::string wrong = seen.audit(accepted); !wrong.empty()) {
            return wrong;
        }
        if (said.handled != seen.count() || said.given_up != 0) {
            return "miscounted: " + std::to_string(seen.count()) + " events were handled, and stop() says " +
                   std::to_string(said.handled) + ", and that it gave up " + std::to_string(said.given_up);
        }
        return said.thrown == seen.thrown()
                   ? ""
                   : "miscounted: " + std::to_string(seen.thrown()) +
                         " exceptions were thrown, and stop() says " + std::to_string(said.thrown);
    }

    // ------------------------------------------------------------------------------------------------ loops

    template <class Processor>
    static void submit(state& s, std::size_t self) {
        auto in = processor_in<Processor>(*s.processor).submitter();
        quota& to_submit = s.to_submit;
        lead* const ahead = s.ahead;
        const std::uint64_t skew = s.skew;
        std::uint64_t head = item<8>(self, 0).head();
        const std::uint64_t first = head;
        bool open = true;
        while (open) {
            const std::uint64_t chunk = to_submit.claim();
            if (chunk == 0) {
                break;
            }
            if (ahead != nullptr) {
                ahead->pass(chunk);
            }
            for (const std::uint64_t end = head + chunk; head != end; ++head) {
                const std::uint64_t key =
                    Processor::order == impls::handling_order::per_key ? key_of(head, skew) : 0;
                if (!in.submit(event{head, key, 0}, key)) [[unlikely]] {
                    open = false;  // nobody stops it this early
                    break;
                }
            }
        }
        s.accepted[self] = head - first;
    }

    template <class Processor>
    static constexpr loops loops_of{facts_of<Processor>, &submit<Processor>};

private:
    /// Returns when so many calls of handlers are over, or none has come to its end for a while.
    static void wait_until_handled(const handling& seen, std::uint64_t all) {
        constexpr std::uint64_t pause_ns = 5'000;
        constexpr std::chrono::seconds patience(2);
        std::uint64_t last = 0;
        auto changed = harness::clock::now();
        for (std::uint64_t count; (count = seen.count()) < all;) {
            if (const auto now = harness::clock::now(); count != last) {
                last = count;
                changed = now;
            } else if (now - changed > patience) {
                return;
            }
            sleep_for(pause_ns);
        }
    }
};

}  // namespace handoff::benchmarks
