// All kernels, one after the other.
#pragma once

#include "calibration.hpp"

namespace handoff::limits {

/// Runs every kernel, all in about `seconds`.
harness::calibration run_all_kernels(double seconds);

}  // namespace handoff::limits
