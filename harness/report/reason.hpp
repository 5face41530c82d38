// Why a point's numbers are what they are, as far as its trials explain it.
#pragma once

#include <string>
#include <vector>

#include "result_file.hpp"

namespace handoff::harness {

/// `ran near-full; slept in 40% of the waits; two modes, 2.1 apart`: one sentence without its stop, from what
/// the counted trials say beside their cost; of a point without one, why it has none. Empty where nothing
/// explains anything. `counted`: the point's counted rows; `flagged`: how many others passed their check.
std::string reason_of(const result_point& point, const std::vector<const result_row*>& counted,
                      std::size_t flagged);

}  // namespace handoff::harness
