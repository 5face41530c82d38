#include "queues/waiting.hpp"

#include <map>
#include <utility>

#include "topology.hpp"
#include "wake_time.hpp"

namespace handoff::benchmarks {

wait_tally sum_of(const std::vector<wait_tally>& each) {
    wait_tally all;
    for (const wait_tally& one : each) {
        all += one;
    }
    return all;
}

void add_sleep_metrics(harness::measurement& m, const wait_tally& all, const strategies_report& report) {
    if (all.waits() > 0) {
        m.metrics.emplace_back("sleep_ratio",
                               static_cast<double>(report.sleeps) / static_cast<double>(all.waits()));
    }
    if (report.budget) {
        m.metrics.emplace_back("spin_budget_ns", static_cast<double>(report.budget->count()));
    }
}

void add_side_metrics(harness::measurement& m, const wait_tally& all, bool bounded) {
    const auto per_item = [&](std::uint64_t count) {
        return static_cast<double>(count) / static_cast<double>(m.items);
    };
    if (bounded) {
        m.metrics.emplace_back("waits_for_room_per_item", per_item(all.waits_for_room));
        m.metrics.emplace_back("looks_for_room_per_item", per_item(all.looks_for_room));
    }
    m.metrics.emplace_back("waits_for_items_per_item", per_item(all.waits_for_items));
    m.metrics.emplace_back("looks_for_items_per_item", per_item(all.looks_for_items));
}

namespace {

double measured_wake_ns(const harness::trial& t) {
    const auto pair = harness::probed_pair(harness::seats(placement_of(t.point), 2));
    const int only = harness::processors().front().cpu;
    static std::map<std::pair<int, int>, double> measured;
    const auto [found, is_new] = measured.try_emplace(pair.value_or(std::pair(only, only)), 0.0);
    if (is_new) {
        found->second = harness::wake_time_ns(found->first.first, found->first.second);
    }
    return found->second;
}

}  // namespace

std::optional<std::chrono::nanoseconds> named_budget(const harness::trial& t) {
    const auto text = t.point.value("spin_budget");
    if (text.empty() || text == "own") {
        return std::nullopt;
    }
    const double wake_ns = t.wake_ns ? *t.wake_ns : measured_wake_ns(t);
    const double ns = static_cast<double>(t.point.number("spin_budget")) / 100 * wake_ns;
    return std::chrono::nanoseconds(static_cast<std::int64_t>(ns));
}

}  // namespace handoff::benchmarks
