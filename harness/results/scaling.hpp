// What a run says of scaling: a series for every family of points that differ in nothing but the number of
// threads.
#pragma once

#include <string>
#include <vector>

#include "result_file.hpp"

namespace handoff::harness {

/// run.scaling of the points and rows of a result file.
std::vector<scaling_series> scaling_of(const result_file& results);

/// The laws as lines for the terminal, what is retrograde, and in one line what has no law and why. Empty where
/// the run has no series.
std::string scaling_report(const result_file& results);

}  // namespace handoff::harness
