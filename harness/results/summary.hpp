// results.summary.json: what trackers read that keep one row per name (github-action-benchmark's `googlecpp`,
// Bencher's `cpp_google`).
#pragma once

#include <nlohmann/json.hpp>

namespace handoff::harness {

/// Of a result file: its context, and one row for each point that has a trial that counts. Times are medians
/// over these trials, `iterations` is all that they did together. Points without one are listed by name only.
nlohmann::json summary_of(const nlohmann::json& results);

}  // namespace handoff::harness
