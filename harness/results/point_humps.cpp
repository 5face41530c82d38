#include "point_humps.hpp"

#include <cmath>
#include <optional>
#include <utility>

#include "humps.hpp"
#include "measures.hpp"
#include "merged_latency.hpp"

namespace handoff::harness {

void add_humps(result_point& point, const std::vector<const result_row*>& counted_rows) {
    std::vector<double> costs;
    for (const result_row* row : counted_rows) {
        const auto cost = cost_of(point.listed.measure, row->measured());
        if (cost && std::isfinite(*cost)) {  // saturated trials are counted apart
            costs.push_back(*cost);
        }
    }
    if (const auto humps = two_humps(std::move(costs))) {
        for (const hump& one : *humps) {
            point.humps.push_back({one.median, one.low, one.high, one.count});
        }
    }
    const auto samples = all_samples(counted_rows);
    if (const auto humps = two_humps_of({samples.begin(), samples.end()})) {
        for (const histogram_hump& one : *humps) {
            point.latency_humps.push_back({one.median, one.low, one.high, one.share});
        }
    }
}

}  // namespace handoff::harness
