#include "journal.hpp"

#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>

#include "json.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

journal::journal(line_file file, run_header header) : file_(std::move(file)), header_(std::move(header)) {}

namespace {

/// The lines of a journal up to the first that cannot be read, and the bytes that they take.
std::pair<std::vector<std::string_view>, std::size_t> whole_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    std::size_t whole = 0;
    while (whole < text.size()) {
        const auto end = text.find('\n', whole);
        if (end == std::string_view::npos) {
            break;
        }
        const std::string_view line = text.substr(whole, end - whole);
        if (kind_of_line(line) == journal_line::unreadable) {
            break;
        }
        lines.push_back(line);
        whole = end + 1;
    }
    return {std::move(lines), whole};
}

run_header header_from(std::string_view line, const std::string& path) {
    if (kind_of_line(line) != journal_line::header) {
        throw usage_error(path + " (--resume): no journal of a run: its first line is not a header");
    }
    const int version = journal_version_of(line);
    if (version != journal_version) {
        throw usage_error(path + " (--resume): a journal of version " + std::to_string(version) +
                          ", which another version of handoff wrote; this one reads version " +
                          std::to_string(journal_version) + ": begin a new run");
    }
    return parse_record<run_header>(line);
}

}  // namespace

journal journal::create(const std::string& path, run_header header) {
    journal made(line_file::create(path), std::move(header));
    made.file_.append(line_of(made.header_));
    return made;
}

journal journal::resume(const std::string& path) {
    journal result(line_file::open(path, "cannot open " + path +
                                             " (--resume): name the folder of a run that was interrupted"),
                   {});
    std::ifstream file(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const auto [lines, whole] = whole_lines(text);
    if (lines.empty()) {
        throw usage_error(path + " (--resume): no journal of a run: its first line is not a header");
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        try {
            if (i == 0) {
                result.header_ = header_from(lines[i], path);
            } else if (kind_of_line(lines[i]) == journal_line::calibration) {
                result.calibrations_.push_back(parse_record<calibration_line>(lines[i]));
            } else {
                result.trials_.push_back(parse_record<trial_line>(lines[i]));
            }
        } catch (const malformed& e) {
            throw usage_error(path + " (--resume): line " + std::to_string(i + 1) + ": " + e.what());
        }
    }
    if (whole < text.size()) {
        std::filesystem::resize_file(path, whole);
    }
    return result;
}

void journal::append(trial_line trial) {
    file_.append(line_of(trial));
    trials_.push_back(std::move(trial));
}

void journal::append_calibration(calibration_line line) {
    file_.append(line_of(line));
    calibrations_.push_back(std::move(line));
}

}  // namespace handoff::harness
