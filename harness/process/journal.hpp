// The append-only file of finished trials: what a run can be resumed from.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace handoff::harness {

/// One JSON value a line. The first line is the header that the run began with; the others are trials, but for
/// those that have the key `calibration`. Each line is handed to the kernel in one write as soon as its trial
/// has ended, so that a killed run loses at most the line it was in.
class journal {
public:
    /// Begins a journal. Throws std::runtime_error where the file exists or cannot be made.
    static journal create(const std::string& path, const nlohmann::json& header);
    /// Reads a journal and goes on after its last whole line; a line cut short is dropped from the file. Throws
    /// usage_error where there is none or its header cannot be read.
    static journal resume(const std::string& path);

    journal(journal&& other) noexcept;
    journal& operator=(journal&&) = delete;
    ~journal();

    const nlohmann::json& header() const { return header_; }
    /// Those read by `resume` and those appended since.
    const std::vector<nlohmann::json>& trials() const { return trials_; }
    void append(const nlohmann::json& trial);
    /// Likewise of the lines with the key `calibration`.
    const std::vector<nlohmann::json>& calibrations() const { return calibrations_; }
    void append_calibration(const nlohmann::json& line);

private:
    journal(int fd, nlohmann::json header);
    void write_line(const nlohmann::json& value);

    int fd_;
    nlohmann::json header_;
    std::vector<nlohmann::json> trials_;
    std::vector<nlohmann::json> calibrations_;
};

}  // namespace handoff::harness
