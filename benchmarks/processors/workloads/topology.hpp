// Events that go through three stages: all three beside each other (multicast), one behind the other
// (pipeline), or two beside each other and the third behind both (diamond).
//
// Stresses: what an event costs that several threads handle. A processor with graphs is one; of the others
// three
//           processors make the graph, whose handlers submit to the next. In their diamond an event is
//           submitted to two, and the third handler waits for both to have come.
// Verifies: every stage handled every event once, each producer's in its order, and after the stages before it.
#pragma once

#include <algorithm>
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
#include "processors/workloads/events.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

/// One iteration is one event, however many stages handle it. Of processors in submission order.
struct topology {
    static constexpr std::size_t stages = 3;

    static constexpr bool suits(const auto& processor) { return processor.keeps_submission_order(); }

    static void declare(const auto& processor, auto& c) {
        c.workload = "topology";
        c.axes = {{"wait", processor.wait_words()},
                  {"producers", {"1"}},
                  {"capacity", processor.usual_capacities()},
                  {"handler_ns", {"0"}},
                  {"topology", {"pipeline", "diamond", "multicast"}},
                  {"placement", {"spread"}}};
        c.words.push_back({"topology", {"multicast", "pipeline", "diamond"}});
        c.threads = [](const harness::point& p) { return p.number("producers") + stages; };
        c.members = [](const harness::point& p) { return p.number("producers"); };
    }

    struct state {
        std::vector<any_processor*> entries;  ///< an event is submitted to each of them
        lead* ahead;
        quota to_submit;
        std::vector<std::uint64_t> accepted;
    };

    struct loops {
        processor_facts facts;
        bool has_graphs;
        void (*submit)(state&, std::size_t producer);
        /// A submitter of the processor, and what it submits with.
        std::shared_ptr<void> (*end)(any_processor&);
        bool (*forward)(void* end, event&& one);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        const std::size_t producers = t.point.number("producers");
        const auto word = t.point.value("topology");
        const auto graph = word == "pipeline"  ? impls::event_graph::pipeline
                           : word == "diamond" ? impls::event_graph::diamond
                                               : impls::event_graph::multicast;
        impls::processor_options options = options_of_processor(t.point);
        state s{{}, nullptr, {t.items, producers}, std::vector<std::uint64_t>(producers, 0)};
        lead ahead(s.to_submit.chunk(), stages);
        if (options.capacity == impls::processor_options::unbounded) {
            s.ahead = &ahead;
        }
        handling seen({.does = handling::part::stage,
                       .lanes = stages,
                       .producers = producers,
                       .steps = burden_steps_for(t.point.number("handler_ns")),
                       .ahead = s.ahead,
                       .graph = graph,
                       .joins = !of.has_graphs && graph == impls::event_graph::diamond});
        worker_roll roll(seats_behind(t.point, producers, stages));

        // The last first: handlers of the others submit to it. The first to be stopped is the first of the
        // graph.
        std::vector<std::shared_ptr<void>> ends;
        std::vector<std::unique_ptr<any_processor>> all(of.has_graphs ? 1 : stages);
        for (std::size_t i = all.size(); i-- > 0;) {
            const bool leads_on =
                !of.has_graphs && i < 2 &&
                (graph == impls::event_graph::diamond || graph == impls::event_graph::pipeline);
            if (leads_on) {
                const std::size_t next = graph == impls::event_graph::diamond ? 2 : i + 1;
                ends.push_back(of.end(*all[next]));
                seen.onward[i] = {ends.back().get(), of.forward};
            }
            options.graph = of.has_graphs ? graph : impls::event_graph::single;
            // One thread for each stage. That of a library may be another later: its number is of no stage.
            options.on_start = [&roll, i, graphs = of.has_graphs](unsigned number) {
                if (graphs || number == 0) {
                    roll.enter(graphs ? number : static_cast<unsigned>(i));
                }
            };
            all[i] = of.facts.make(options, measured_handler(seen, i));
        }
        roll.all_enter(std::chrono::seconds(2));

        const std::size_t entries = of.has_graphs || graph == impls::event_graph::pipeline ? 1
                                    : graph == impls::event_graph::diamond                 ? 2
                                                                                           : 3;
        for (std::size_t i = 0; i < entries; ++i) {
            s.entries.push_back(all[i].get());
        }
        harness::measurement m = events::run_producers(
            t, producers, roll, seen, s.accepted, [&](std::size_t i) { of.submit(s, i); }, stages);
        m.items = t.items;
        impls::stop_report said;
        for (const auto& one : all) {
            const impls::stop_report report = one->stop(impls::stop_mode::drain);
            said.handled += report.handled;
            said.thrown += report.thrown;
            said.given_up += report.given_up;
        }
        m.failure = seen.audit(s.accepted);
        // A call of a handler for each stage, in their own diamond one more for the third.
        const std::uint64_t per_event = of.has_graphs                          ? 1
                                        : graph == impls::event_graph::diamond ? stages + 1
                                                                               : stages;
        std::uint64_t expected = 0;
        for (const std::uint64_t mine : s.accepted) {
            expected += mine * per_event;
        }
        if (m.failure.empty() && (said.handled != expected || said.thrown > 0 || said.given_up > 0)) {
            m.failure = "miscounted: " + std::to_string(expected) +
                        " events were handled without an exception, and stop() says " +
                        std::to_string(said.handled) + ", " + std::to_string(said.thrown) +
                        " exceptions, and that it gave up " + std::to_string(said.given_up);
        }
        m.failure = ahead.judge(std::move(m.failure));
        events::judge_workers(roll, m);
        ends.clear();
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    template <class Processor>
    static void submit(state& s, std::size_t self) {
        using end = impls::submitter_end_t<Processor>;
        std::vector<std::unique_ptr<end>> ins;
        for (any_processor* one : s.entries) {
            ins.push_back(std::make_unique<end>(processor_in<Processor>(*one)));
        }
        lead* const ahead = s.ahead;
        std::uint64_t head = item<8>(self, 0).head();
        const std::uint64_t first = head;
        while (const std::uint64_t chunk = s.to_submit.claim()) {
            if (ahead != nullptr) {
                ahead->pass(chunk);
            }
            for (const std::uint64_t last = head + chunk; head != last; ++head) {
                for (const auto& in : ins) {
                    static_cast<void>(in->submit(event{head, 0, 0}));  // one that is refused is lost
                }
            }
        }
        s.accepted[self] = head - first;
    }

    template <class Processor>
    static std::shared_ptr<void> end_of(any_processor& one) {
        return std::make_shared<impls::submitter_end_t<Processor>>(processor_in<Processor>(one));
    }
    template <class Processor>
    static bool forward(void* end, event&& one) {
        return static_cast<impls::submitter_end_t<Processor>*>(end)->submit(std::move(one));
    }

    template <class Processor>
    static constexpr loops loops_of{facts_of<Processor>, impls::has_graphs<Processor>, &submit<Processor>,
                                    &end_of<Processor>, &forward<Processor>};
};

}  // namespace handoff::benchmarks
