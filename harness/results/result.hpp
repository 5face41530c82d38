// From finished trials to the result file: what counts, and what follows from what counts.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "calibration.hpp"
#include "journal_lines.hpp"
#include "result_file.hpp"

namespace handoff::harness {

/// The result file (results/schema.json) of a journal. Rows are ordered by point and repetition; failed trials
/// stand under run.failed and nowhere else. An unfinished run gives a file, too: run.complete is false.
result_file make_results(const run_header& header, const std::vector<trial_line>& trials,
                         const std::vector<calibration_line>& calibrations = {});

/// What failed of each point, by name; of all its trials those only.
std::map<std::string, failed_trials> failures_of(const std::vector<trial_line>& failed);

/// `invalid in 4 of 5 trials: 3 items were lost`
std::string failed_text(const failed_trials& failed);

/// A short ranking for the terminal: per workload and shape, equals among equals, best choices of each.
std::string ranking(const result_file& results);

/// Which tests have vouched for the implementations of the run; empty where it was not said.
std::string tests_report(const run_record& run);

/// The sweep's ratios as lines for the terminal; empty where it asked for none.
std::string ratio_report(const result_file& results);

}  // namespace handoff::harness
