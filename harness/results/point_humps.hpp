// Two humps of a point, in its result file.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

namespace handoff::harness {

/// Writes into `point`, an entry of run.points, what its counted rows show: `humps`, where the trials fall into
/// two groups by what the point is ranked by (ns per item where that is a rate), and `latency_humps`, where
/// their latencies do, all trials together. Writes nothing where one hump will do.
void add_humps(nlohmann::json& point, const std::vector<const nlohmann::json*>& counted_rows);

}  // namespace handoff::harness
