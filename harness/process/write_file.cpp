#include "write_file.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <random>
#include <system_error>
#include <utility>

#include "output.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path) {
    throw std::system_error(errno, std::generic_category(), path);
}

class descriptor {
public:
    explicit descriptor(int fd) : fd_(fd) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    int fd() const { return fd_; }
    /// Some file systems say only here that there was no room.
    void close(const std::string& path) {
        if (::close(std::exchange(fd_, -1)) != 0) {
            fail(path);
        }
    }

private:
    int fd_;
};

/// Where a path leads, and what is there.
struct destination {
    fs::path path{};                           ///< behind all links
    std::optional<int> own_fd = std::nullopt;  ///< it is an open descriptor of this process, by /proc
    bool is_open_file = false;                 ///< of this process or another, by /proc
    bool is_there = false;
    struct stat status{};

    bool is_replaced() const { return !is_open_file && (!is_there || S_ISREG(status.st_mode)); }
};

bool in_proc(const fs::path& folder) {
    struct statfs of{};
    return statfs(folder.c_str(), &of) == 0 && of.f_type == PROC_SUPER_MAGIC;
}

/// Links of /proc lead to open files, and not to what has their name.
destination find(const std::string& path) {
    destination to{path};
    for (int links = 0;; ++links) {
        if (links == 40) {
            throw std::system_error(ELOOP, std::generic_category(), path);
        }
        const fs::path folder = to.path.has_parent_path() ? to.path.parent_path() : fs::path(".");
        struct stat link{};
        if (lstat(to.path.c_str(), &link) != 0 || !S_ISLNK(link.st_mode)) {
            break;
        }
        if (in_proc(folder)) {
            to.is_open_file = true;
            char* end = nullptr;
            const std::string name = to.path.filename();
            const long number = std::strtol(name.c_str(), &end, 10);
            struct stat mine{};
            struct stat theirs{};
            if (*end == '\0' && !name.empty() && fstat(static_cast<int>(number), &mine) == 0 &&
                stat(to.path.c_str(), &theirs) == 0 && mine.st_ino == theirs.st_ino &&
                mine.st_dev == theirs.st_dev) {
                to.own_fd = static_cast<int>(number);
            }
            break;
        }
        std::error_code failed;
        const fs::path target = fs::read_symlink(to.path, failed);
        if (failed) {
            break;
        }
        to.path = target.is_absolute() ? target : folder / target;
    }
    to.is_there = stat(to.path.c_str(), &to.status) == 0;
    if (!to.is_there && errno == ENAMETOOLONG) {
        throw std::system_error(errno, std::generic_category(), path);  // the temporary name would not show it
    }
    return to;
}

fs::path folder_of(const destination& to) {
    return to.path.has_parent_path() ? to.path.parent_path() : fs::path(".");
}

/// A new file beside the destination: its name cannot be foreseen, and is nobody's link.
std::pair<fs::path, int> temporary_beside(const destination& to) {
    std::random_device random;
    for (int attempt = 0; attempt < 100; ++attempt) {
        std::array<char, 40> name{};
        std::snprintf(name.data(), name.size(), ".handoff-%08x%08x.tmp", random(), random());
        const fs::path path = folder_of(to) / name.data();
        const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST) {
            return {path, fd};
        }
    }
    return {{}, -1};
}

/// Errors of a folder, or a mount point, that does not let its files be replaced.
bool is_of_the_folder(int error) {
    return error == EACCES || error == EPERM || error == EROFS || error == EBUSY || error == EXDEV;
}

void write_in_place(const destination& to, const std::string& path, const std::string& text) {
    const int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY | (to.is_replaced() ? O_TRUNC : 0);
    descriptor file(open(to.path.c_str(), flags));
    if (file.fd() < 0) {
        fail(path);
    }
    write_all(file.fd(), text, path);
    file.close(path);
}

}  // namespace

void write_file(const std::string& path, const std::string& text) {
    const destination to = find(path);
    if (to.own_fd) {
        flush_output();
        write_all(*to.own_fd, text, path);
        return;
    }
    if (!to.is_replaced()) {
        write_in_place(to, path, text);
        return;
    }
    const auto [temporary, fd] = temporary_beside(to);
    descriptor file(fd);
    if (fd < 0) {
        if (to.is_there && is_of_the_folder(errno)) {
            write_in_place(to, path, text);
            return;
        }
        fail(path);
    }
    try {
        if (to.is_there) {
            fchmod(fd, to.status.st_mode & 07777);
            [[maybe_unused]] const int ignored = fchown(fd, to.status.st_uid, to.status.st_gid);
        }
        write_all(fd, text, path);
        file.close(path);
        if (std::rename(temporary.c_str(), to.path.c_str()) != 0) {
            if (!to.is_there || !is_of_the_folder(errno)) {
                fail(path);
            }
            unlink(temporary.c_str());
            write_in_place(to, path, text);
        }
    } catch (...) {
        unlink(temporary.c_str());
        throw;
    }
}

void write_output(const std::string& flag, const std::string& path, const std::string& text) {
    if (path == "-") {
        std::cout << text;
        return;
    }
    try {
        write_file(path, text);
    } catch (const std::system_error& e) {
        throw usage_error(flag + " " + path + ": " + e.code().message());
    }
}

void check_output(const std::string& flag, const std::string& path) {
    if (path == "-") {
        return;
    }
    const auto refuse = [&] {
        throw usage_error(flag + " " + path + ": " + std::generic_category().message(errno));
    };
    destination to;
    try {
        to = find(path);
    } catch (const std::system_error& e) {
        errno = e.code().value();
        refuse();
    }
    if (to.own_fd) {
        return;
    }
    if (to.is_there && S_ISDIR(to.status.st_mode)) {
        errno = EISDIR;
        refuse();
    }
    if (!to.is_replaced()) {
        if (access(to.path.c_str(), W_OK) != 0) {
            refuse();
        }
        return;
    }
    const auto [temporary, fd] = temporary_beside(to);
    if (fd >= 0) {
        close(fd);
        unlink(temporary.c_str());
    } else if (!to.is_there || !is_of_the_folder(errno) || access(to.path.c_str(), W_OK) != 0) {
        refuse();
    }
}

}  // namespace handoff::harness
