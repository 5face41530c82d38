#include "line_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "output.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

line_file::line_file(int fd, const std::string& path) : fd_(fd), path_(path) {
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(std::exchange(fd_, -1));
        throw usage_error(path + ": another handoff run is writing it; wait for it or stop it");
    }
}

line_file::line_file(line_file&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

line_file::~line_file() {
    if (fd_ >= 0) {
        close(fd_);
    }
}

line_file line_file::create(const std::string& path) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) {
        throw std::system_error(errno, std::generic_category(), path);
    }
    return {fd, path};
}

line_file line_file::open(const std::string& path, const std::string& refusal) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0) {
        throw usage_error(refusal);
    }
    return {fd, path};
}

void line_file::append(std::string_view line) {
    const std::string text = std::string(line) + "\n";
    write_all(fd_, text, "writing " + path_);
}

}  // namespace handoff::harness
