// Two result files side by side: ratios, and a verdict where one can be had.
#pragma once

#include <string>
#include <vector>

#include "comparison_record.hpp"
#include "measured_file.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

/// What differs between the environments of two files, in words. `same_machine`: the user says that two host
/// names are one machine.
std::vector<std::string> differences(const measured_file& base, const measured_file& candidate,
                                     bool same_machine);

/// Throws usage_error where no point is in both files.
file_comparison compare_files(const measured_file& base, const measured_file& candidate, bool same_machine);

/// For the terminal.
std::string text_of(const file_comparison& compared);
/// For a job summary.
std::string markdown_of(const file_comparison& compared);

}  // namespace handoff::harness
