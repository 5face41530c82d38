#include "journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "json.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

journal::journal(int fd, run_header header) : fd_(fd), header_(std::move(header)) {}

journal::journal(journal&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      header_(std::move(other.header_)),
      trials_(std::move(other.trials_)),
      calibrations_(std::move(other.calibrations_)) {}

journal::~journal() {
    if (fd_ >= 0) {
        close(fd_);
    }
}

namespace {

/// One runner per journal, until it closes the file.
void lock(int fd, const std::string& path) {
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        throw usage_error(path + ": another handoff run is writing it; wait for it or stop it");
    }
}

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
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) {
        throw std::system_error(errno, std::generic_category(), path);
    }
    lock(fd, path);
    journal made(fd, std::move(header));
    made.write_line(line_of(made.header_));
    return made;
}

journal journal::resume(const std::string& path) {
    const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0) {
        throw usage_error("cannot open " + path + " (--resume): name the folder of a run that was interrupted");
    }
    journal result(fd, {});
    lock(fd, path);
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
    write_line(line_of(trial));
    trials_.push_back(std::move(trial));
}

void journal::append_calibration(calibration_line line) {
    write_line(line_of(line));
    calibrations_.push_back(std::move(line));
}

void journal::write_line(std::string line) {
    line += "\n";
    std::size_t written = 0;
    while (written < line.size()) {
        const ssize_t n = write(fd_, line.data() + written, line.size() - written);
        if (n < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "writing the journal");
        }
        written += n > 0 ? static_cast<std::size_t>(n) : 0;
    }
}

}  // namespace handoff::harness
