// `bare_transfer`: the bare loop over one queue, as a candidate under a workload name of its own so that no
// chart mistakes it for a contender.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "detail/cpu_relax.hpp"
#include "queues/controls/bare_loop.hpp"
#include "registry.hpp"
#include "shared/burden.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

/// Axes with their legal values.
using control_axes = std::vector<std::pair<std::string, std::vector<std::string>>>;

/// A control of the queues. It belongs to no ranking group.
harness::candidate control(std::string workload, std::string impl, control_axes axes, std::size_t threads,
                           harness::measurement (*run)(const harness::trial&));

namespace controls {

inline harness::thread_report report_of(const char* role, int cpu, std::uint64_t items, const bare::lap& of,
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

template <class Queue>
inline constexpr bool bounded = std::constructible_from<Queue, std::size_t>;

template <class Queue>
std::unique_ptr<Queue> made(const harness::point& point) {
    if constexpr (bounded<Queue>) {
        return std::make_unique<Queue>(point.number("capacity"));
    } else {
        return std::make_unique<Queue>();
    }
}

/// Gives a bare loop the trial's numbers, and says in the harness's words what it came to.
template <class Queue, void (*Pause)(), bool Works>
harness::measurement bare_transfer(const harness::trial& t) {
    const auto steps = [&](const char* balance) {
        return t.point.value("balance") == balance ? burden_steps : 0;
    };
    const auto queue = made<Queue>(t.point);
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
    if constexpr (bounded<Queue>) {
        m.actual_capacity = queue->capacity();
    }
    m.failure = moves.whole() ? "" : "checksum: some number did not come out in its turn";
    return m;
}

inline void relax() {
    impls::detail::cpu_relax();
}
inline void give_up_the_core() {
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

}  // namespace controls

/// The bare loop over this queue, which holds std::uint64_t. An unbounded one has it where the producer is
/// slower.
template <template <class> class Ring>
harness::candidate bare_control(std::string impl) {
    constexpr bool bounded = controls::bounded<Ring<std::uint64_t>>;
    using values = std::vector<std::string>;
    return control("bare_transfer", std::move(impl),
                   {{"wait", {"spin", "yield"}},
                    {"producers", {"1"}},
                    {"consumers", {"1"}},
                    {"capacity", {bounded ? "1024" : "unbounded"}},
                    {"bytes", {"8"}},
                    {"balance", bounded ? values{"even", "near_empty", "near_full"} : values{"near_empty"}},
                    {"placement", {"spread"}}},
                   2, &controls::bare_of<Ring>);
}

}  // namespace handoff::benchmarks
