// Why a point's numbers are what they are, as far as its trials explain it.
#pragma once

#include <string>
#include <vector>

#include "result_file.hpp"

namespace handoff::harness {

/// `ran near-full; slept in 40% of the waits; two modes, 2.1x apart`: one sentence without its stop, from what
/// the counted trials say beside their cost; of a point without one, why there is none. Empty where nothing
/// explains anything. `rows`: those of the point, counted or not.
std::string reason_of(const result_point& point, const std::vector<const result_row*>& rows);

}  // namespace handoff::harness
