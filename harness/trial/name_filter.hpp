// --benchmark_filter. Apart from the program that takes it, for <regex> is dear to compile.
#pragma once

#include <string>
#include <vector>

#include "point.hpp"

namespace handoff::harness {

/// The points whose names match a POSIX extended regular expression, or, where it begins with a minus sign,
/// those whose names do not, as Google Benchmark has it. Throws usage_error where it is none.
std::vector<point> filtered(std::vector<point> points, std::string filter);

}  // namespace handoff::harness
