#include "buses/family.hpp"

#include <string>
#include <utility>

#include "buses/words.hpp"
#include "queues/words.hpp"
#include "shared/run_loops.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

namespace {

/// The buses that a user could exchange a bus for.
std::string rivals(const bus_traits& bus) {
    std::string all = bus.has_workers() ? "workers call" : "the publisher calls";
    all += bus.shares_workers() ? ", which handlers share" : "";
    all += bus.unsubscribed == impls::after_unsubscribe::none_runs ? ", no call after unsubscribe"
                                                                   : ", calls may follow unsubscribe";
    all += bus.changes_within_handlers ? ", handlers may subscribe" : "";
    all += bus.publishes_at_once ? "" : ", one publication at a time";
    return all + (bus.isolates_exceptions ? "" : ", an exception ends a publication");
}

}  // namespace

void enrol_bus(int rank, std::size_t workload, const bus_loops& loops) {
    const bus_traits& bus = loops.declared;
    harness::candidate c;
    c.family = "buses";
    c.impl = bus.name;
    const auto yes = [](bool is) { return is ? "yes" : "no"; };
    c.guarantees = {{"calls", words::of(bus.calls)},
                    {"unsubscribed", words::of(bus.unsubscribed)},
                    {"order", words::of(bus.order, std::nullopt)},
                    {"progress", words::of(bus.progress)},
                    {"isolates_exceptions", yes(bus.isolates_exceptions)},
                    {"publishes_at_once", yes(bus.publishes_at_once)},
                    {"changes_within_handlers", yes(bus.changes_within_handlers)}};
    c.words = {{"placement", harness::placement_words()}};
    c.judge = [](std::string_view, std::string_view) -> harness::verdict { return {}; };
    c.rivals = [&bus](const harness::point&) { return rivals(bus); };
    complete(bus_workloads(), workload, bus, c);
    c.run = [workload, &loops](const harness::trial& t) {
        return run_loops(bus_workloads(), workload, t, &loops);
    };
    enrol(rank, workload, std::move(c));
}

}  // namespace handoff::benchmarks
