// What a run says of scaling: a series for every family of points that differ in nothing but the number of
// threads.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace handoff::harness {

/// run.scaling (results/schema.json) of run.points and the rows of a result file.
nlohmann::json scaling_of(const nlohmann::json& points, const nlohmann::json& rows);

/// The laws as lines for the terminal, what is retrograde, and in one line what has no law and why. Empty where
/// the run has no series.
std::string scaling_report(const nlohmann::json& results);

}  // namespace handoff::harness
