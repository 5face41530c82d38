#include "journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "usage_error.hpp"

namespace handoff::harness {

using nlohmann::json;

journal::journal(int fd, json header) : fd_(fd), header_(std::move(header)) {}

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

}  // namespace

journal journal::create(const std::string& path, const json& header) {
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) {
        throw std::system_error(errno, std::generic_category(), path);
    }
    lock(fd, path);
    journal made(fd, header);
    made.write_line(header);
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
    std::vector<json> lines;
    std::size_t whole = 0;  // bytes up to the end of the last readable line
    while (whole < text.size()) {
        const auto end = text.find('\n', whole);
        if (end == std::string::npos) {
            break;
        }
        json line = json::parse(text.begin() + static_cast<std::ptrdiff_t>(whole),
                                text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
        if (line.is_discarded()) {
            break;
        }
        lines.push_back(std::move(line));
        whole = end + 1;
    }
    if (lines.empty() || !lines.front().is_object() || !lines.front().contains("handoff_journal")) {
        throw usage_error(path + " (--resume): no journal of a run: its first line is not a header");
    }
    if (whole < text.size()) {
        std::filesystem::resize_file(path, whole);
    }
    result.header_ = std::move(lines.front());
    lines.erase(lines.begin());
    for (json& line : lines) {
        (line.contains("calibration") ? result.calibrations_ : result.trials_).push_back(std::move(line));
    }
    return result;
}

void journal::append(const json& trial) {
    write_line(trial);
    trials_.push_back(trial);
}

void journal::append_calibration(const json& line) {
    write_line(line);
    calibrations_.push_back(line);
}

void journal::write_line(const json& value) {
    // a crashing child may say anything, also what is no UTF-8
    const std::string line = value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
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
