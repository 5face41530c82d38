// The queues' controls, under workload names of their own so that no chart mistakes them for contenders.
#include <algorithm>
#include <utility>

#include "queues/cached_ring.hpp"
#include "queues/controls/bare_control.hpp"
#include "queues/controls/floor.hpp"
#include "queues/traits.hpp"
#include "queues/vyukov_ring.hpp"
#include "registry.hpp"
#include "shared/limits_of.hpp"

namespace handoff::benchmarks {

harness::candidate control(std::string workload, std::string impl, control_axes axes, std::size_t threads,
                           harness::measurement (*run)(const harness::trial&)) {
    harness::candidate c;
    c.family = "queues";
    c.workload = std::move(workload);
    c.impl = std::move(impl);
    c.guarantees = {{"control", "yes"}};
    for (const auto& [name, legal] : axes) {
        if (name == "wait" || name == "balance" || name == "placement") {
            c.words.emplace_back(name, legal);
        }
    }
    c.judge = [axes](std::string_view axis, std::string_view value) -> harness::verdict {
        for (const auto& [name, legal] : axes) {
            if (name != axis) {
                continue;
            }
            // A control is written for the values of its list; rings take any capacity that they can hold.
            if (name == "capacity" && legal.front() != "unbounded") {
                static constexpr queue_traits ring = traits_of_queue<impls::vyukov_ring>();
                return ring.judge_capacity(value);
            }
            if (std::ranges::find(legal, value) == legal.end()) {
                return {harness::verdict::kind::not_offered, "the control has only " + legal.front()};
            }
        }
        return {};
    };
    c.rivals = [](const harness::point&) { return ""; };
    c.threads = [threads](const harness::point&) { return threads; };
    c.keeps_cpu = [](const harness::point&) { return true; };
    if (threads == 2) {
        c.limit = [](const harness::point& p) { return limits::stream(p, 1, 1, p.number("bytes"), true, 0); };
        c.streams = true;
    }
    for (auto& [name, values] : axes) {
        if (name == "balance") {
            values.resize(1);  // the others only where a sweep names them
        }
    }
    c.axes = std::move(axes);
    c.run = run;
    return c;
}

namespace {

const harness::enrolment enrolled(
    1 << 20,
    {
        bare_control<impls::cached_ring>("cached_ring"),
        bare_control<impls::vyukov_ring>("vyukov_ring"),
        control("floor", "flagged_lines", {{"bytes", {"8"}}, {"placement", {"spread"}}}, 2,
                &floor_flagged_lines),
        control("floor", "in_place", {{"bytes", {"8"}}, {"placement", {"spread"}}}, 1, &floor_in_place),
    });

}  // namespace

}  // namespace handoff::benchmarks
