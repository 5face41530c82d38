// ns per delivery: P publishers publish as fast as they can to H handlers that do next to nothing.
//
// Stresses: publish(): how the handlers are found, and called; of buses with workers, how they are told.
// Verifies: each handler was called once for each publication, each publisher's in its order.
#pragma once

#include <cstddef>

#include "buses/publishing.hpp"
#include "buses/traits.hpp"
#include "measurement.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

/// One iteration is one delivery: one call of one handler.
struct publish {
    static void declare(const auto& bus, auto& c) {
        c.workload = "publish";
        c.axes = bus_axes(bus, {{"producers", {"1"}}, {"handlers", {"8"}}, {"placement", {"spread"}}});
        c.threads = [&bus](const harness::point& p) { return bus_threads(bus, p.number("producers"), p); };
        c.stops_on_time = true;
        c.members = [](const harness::point& p) { return p.number("producers"); };
    }
    using loops = bus_loops;
    static harness::measurement run(const auto& t, const bus_loops& of) { return publish_all(t, of, 0); }
};

}  // namespace handoff::benchmarks
