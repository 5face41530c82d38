// The two modes of a point, in its result file.
#pragma once

#include <vector>

#include "result_file.hpp"

namespace handoff::harness {

/// Sets what the counted rows of a point show: `humps`, where the trials fall into two groups by the cost that
/// the point is ranked by, and `latency_humps`, where all their latencies together do. Sets nothing where one
/// mode explains them.
void add_humps(result_point& point, const std::vector<const result_row*>& counted_rows);

}  // namespace handoff::harness
