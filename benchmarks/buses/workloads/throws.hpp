// ns per delivery where some handlers throw: as `publish`.
//
// Stresses: catching what handlers throw, again and again, also in several threads at once.
// Verifies: as `publish`, of all handlers, those behind one that throws too; and that the bus counted each
// throw.
#pragma once

#include <cstddef>
#include <string>

#include "buses/publishing.hpp"
#include "buses/traits.hpp"
#include "measurement.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

/// One iteration is one delivery, whether it throws or not. Those that throw were subscribed first.
struct throws {
    static constexpr bool suits(const bus_traits& bus) { return bus.isolates_exceptions; }

    static void declare(const auto& bus, auto& c) {
        c.workload = "throws";
        c.axes = bus_axes(
            bus, {{"producers", {"1"}}, {"handlers", {"8"}}, {"throwing", {"1"}}, {"placement", {"spread"}}});
        c.judge_together = [](const harness::point& p) -> harness::verdict {
            if (p.number("throwing") > p.number("handlers")) {
                return {harness::verdict::kind::senseless,
                        "there are " + std::string(p.value("handlers")) + " handlers, of which " +
                            std::string(p.value("throwing")) + " cannot throw"};
            }
            return {};
        };
        c.threads = [&bus](const harness::point& p) { return bus_threads(bus, p.number("producers"), p); };
        c.stops_on_time = true;
        c.members = [](const harness::point& p) { return p.number("producers"); };
    }
    using loops = bus_loops;
    static harness::measurement run(const auto& t, const bus_loops& of) {
        return publish_all(t, of, t.point.number("throwing"));
    }
};

}  // namespace handoff::benchmarks
