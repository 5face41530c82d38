// The append-only file of finished trials: what a run can be resumed from.
#pragma once

#include <filesystem>
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
    /// Whether a run has begun in that file: its first line was written to its end. A disk that was full, or a
    /// kill, may have left less.
    static bool has_begun(const std::string& path);
    /// Begins a journal, also in a file in which no run has begun. Throws std::system_error where a run has, or
    /// where the file cannot be made or written; it is then not left behind.
    static journal create(const std::string& path, run_header header);
    /// Reads a journal and goes on after its last line. A last line that was cut short is dropped from the
    /// file; a damaged line elsewhere is passed over, and told of by `damage`. Throws usage_error, with file
    /// and line, where there is no journal, where it is of another version, and where a line does not fit its
    /// header: nothing that a run writes is so, and what it would mean nobody knows.
    static journal resume(const std::string& path);

    const run_header& header() const { return header_; }
    /// Lines that could not be read, in words.
    const std::vector<std::string>& damage() const { return damage_; }
    /// Where the benchmark binaries are now: point and limits name them by their path of then.
    void find_binaries_in(const std::filesystem::path& folder);
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
    std::vector<std::string> damage_;
};

}  // namespace handoff::harness
