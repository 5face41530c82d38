// One trial of somebody else's program: a process that is watched, and knows nothing of us.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "child.hpp"
#include "pair_source.hpp"

namespace handoff::harness {

struct foreign_request {
    std::vector<std::string> argv;
    std::string command;  ///< what runs it again
    double timeout_seconds = 60;
    std::size_t most_output = 8192;
};

/// Runs it in the environment of trials. A process that ended with exit code 0 is read by `value`, which
/// returns the point's measure, less is better, and throws malformed if there is none.
side_trial run_foreign_trial(const foreign_request& request,
                             const std::function<double(const child_result&)>& value);

/// A number as the measure of a point: throws malformed for what is none.
double cost_of_number(double number, const std::string& what, bool higher_is_better);

/// "items_per_second; higher is better, so 1 / items_per_second is compared"
std::string unit_of_number(const std::string& what, bool higher_is_better);

/// Whether more of what is called so is better, where the user does not say.
bool is_better_when_higher(const std::string& what);

}  // namespace handoff::harness
