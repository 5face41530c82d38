// results.summary.json: one row per point, for trackers of benchmark histories.
#pragma once

#include "result_file.hpp"

namespace handoff::harness {

/// Medians over the counted trials of each point; points without one are named apart.
summary_file summary_of(const result_file& results);

}  // namespace handoff::harness
