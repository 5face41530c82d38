// The queues' controls, under workload names of their own so that no chart mistakes them for contenders.
#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "detail/cpu_relax.hpp"
#include "queues/cached_ring.hpp"
#include "queues/controls/bare_loop.hpp"
#include "queues/controls/floor.hpp"
#include "queues/traits.hpp"
#include "queues/vyukov_ring.hpp"
#include "registry.hpp"
#include "shared/burden.hpp"
#include "shared/limits_of.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

namespace {

harness::candidate control(std::string workload, std::string impl,
                           std::vector<std::pair<std::string, std::vector<std::string>>> axes,
                           std::size_t threads, harness::measurement (*run)(const harness::trial&)) {
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
            // A control is written for the values of its list; rings take any capacity that they can hold.
            if (name == axis && name != "capacity" && std::ranges::find(legal, value) == legal.end()) {
                return {harness::verdict::kind::not_offered, "the control has only " + legal.front()};
            }
        }
        static constexpr queue_traits ring = traits_of_queue<impls::vyukov_ring>();
        return axis == "capacity" ? ring.judge_capacity(value) : harness::verdict{};
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

harness::thread_report report_of(const char* role, int cpu, std::uint64_t items, const bare::lap& of,
                                 bare::clock::time_point first) {
    harness::thread_report report;
    report.role = role;
    report.cpu = cpu;
    report.items = items;
    report.start_seconds = harness::seconds_between(first, of.begin);
    report.end_seconds = harness::seconds_between(first, of.end);
    report.cpu_seconds = of.cpu_seconds;
    return report;
}

/// Gives a bare loop the trial's numbers, and says in the harness's words what it came to.
template <class Queue, void (*Pause)(), bool Works>
harness::measurement bare_transfer(const harness::trial& t) {
    const auto steps = [&](const char* balance) {
        return t.point.value("balance") == balance ? burden_steps : 0;
    };
    const auto queue = std::make_unique<Queue>(t.point.number("capacity"));
    const std::vector<int> cpus = harness::seats(placement_of(t.point), 2);
    bare::loop<Queue, Pause, Works> moves(*queue,
                                          {t.items, steps("near_empty"), steps("near_full"), cpus[0], cpus[1]});
    t.window([&] { moves.run(); });

    const bare::lap& pushing = moves.pushing();
    const bare::lap& popping = moves.popping();
    const auto first = std::min(pushing.begin, popping.begin);
    harness::measurement m;
    m.items = t.items;
    m.team.threads = {report_of("producer", cpus[0], t.items, pushing, first),
                      report_of("consumer", cpus[1], t.items, popping, first)};
    m.team.window_seconds = harness::seconds_between(first, std::max(pushing.end, popping.end));
    const double together =
        harness::seconds_between(std::max(pushing.begin, popping.begin), std::min(pushing.end, popping.end));
    m.team.overlap = m.team.window_seconds > 0 ? std::max(0.0, together) / m.team.window_seconds : 0;
    m.actual_capacity = queue->capacity();
    m.failure = moves.whole() ? "" : "checksum: some number did not come out in its turn";
    return m;
}

void relax() {
    impls::detail::cpu_relax();
}
void give_up_the_core() {
    std::this_thread::yield();
}

template <template <class> class Ring, void (*Pause)()>
harness::measurement bare_with(const harness::trial& t) {
    using queue = Ring<std::uint64_t>;
    return t.point.value("balance") == "even" ? bare_transfer<queue, Pause, false>(t)
                                              : bare_transfer<queue, Pause, true>(t);
}

template <template <class> class Ring>
harness::measurement bare_of(const harness::trial& t) {
    return t.point.value("wait") == "spin" ? bare_with<Ring, relax>(t) : bare_with<Ring, give_up_the_core>(t);
}

const std::vector<std::pair<std::string, std::vector<std::string>>> bare_axes{
    {"wait", {"spin", "yield"}}, {"producers", {"1"}}, {"consumers", {"1"}},
    {"capacity", {"1024"}},      {"bytes", {"8"}},     {"balance", {"even", "near_empty", "near_full"}},
    {"placement", {"spread"}}};

const harness::enrolment enrolled(
    1 << 20,
    {
        control("bare_transfer", "cached_ring", bare_axes, 2, &bare_of<impls::cached_ring>),
        control("bare_transfer", "vyukov_ring", bare_axes, 2, &bare_of<impls::vyukov_ring>),
        control("floor", "flagged_lines", {{"bytes", {"8"}}, {"placement", {"spread"}}}, 2,
                &floor_flagged_lines),
        control("floor", "in_place", {{"bytes", {"8"}}, {"placement", {"spread"}}}, 1, &floor_in_place),
    });

}  // namespace

}  // namespace handoff::benchmarks
