// The append-only file of finished trials: what a run can be resumed from.
#pragma once

#include <string>
#include <vector>

#include "calibration.hpp"
#include "journal_lines.hpp"
#include "line_file.hpp"

namespace handoff::harness {

/// One JSON value a line. The first line is the header that the run began with; the others are trials and
/// calibrations. A line is written as soon as its trial has ended.
class journal {
public:
    /// Begins a journal. Throws std::system_error where the file exists or cannot be made.
    static journal create(const std::string& path, run_header header);
    /// Reads a journal and goes on after its last whole line; a line cut short is dropped from the file. Throws
    /// usage_error where there is none, where it is of another version, and where a whole line cannot be
    /// understood.
    static journal resume(const std::string& path);

    const run_header& header() const { return header_; }
    /// Those read by `resume` and those appended since, here and below.
    const std::vector<trial_line>& trials() const { return trials_; }
    void append(trial_line trial);
    const std::vector<calibration_line>& calibrations() const { return calibrations_; }
    void append_calibration(calibration_line line);

private:
    journal(line_file file, run_header header);

    line_file file_;
    run_header header_;
    std::vector<trial_line> trials_;
    std::vector<calibration_line> calibrations_;
};

}  // namespace handoff::harness
