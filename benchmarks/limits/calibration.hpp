// All kernels, one after the other, as one document.
#pragma once

#include <nlohmann/json.hpp>

namespace handoff::limits {

/// Runs every kernel, all in about `seconds`. The document is run.limits.calibrations[] of results/schema.json
/// without what only a run knows.
nlohmann::json calibrate(double seconds);

}  // namespace handoff::limits
