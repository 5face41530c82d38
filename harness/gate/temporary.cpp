#include "temporary.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include "usage_error.hpp"

namespace handoff::harness {

namespace {

std::string folder_for_temporary_files() {
    const char* const asked = std::getenv("TMPDIR");
    return asked != nullptr && *asked != '\0' ? asked : "/tmp";
}

[[noreturn]] void refuse_folder(const std::string& what, int error) {
    const char* const asked = std::getenv("TMPDIR");
    const bool is_asked = asked != nullptr && *asked != '\0';
    throw usage_error((is_asked ? "TMPDIR " : "") + folder_for_temporary_files() + ": cannot make a " + what +
                      " there: " + std::generic_category().message(error) +
                      (is_asked ? "; unset TMPDIR, or let it name a folder that is there" : ""));
}

}  // namespace

std::filesystem::path make_temporary_file(const std::string& name, const std::string& text) {
    std::string path = folder_for_temporary_files() + "/" + name + "XXXXXX";
    const int fd = mkstemp(path.data());
    if (fd < 0) {
        refuse_folder("file", errno);
    }
    close(fd);
    errno = 0;
    std::ofstream file(path);
    file << text << std::flush;
    if (!file) {
        const int error = errno;
        unlink(path.c_str());
        refuse_folder("file", error);
    }
    return path;
}

std::filesystem::path make_temporary_folder(const std::string& name) {
    std::string path = folder_for_temporary_files() + "/" + name + "XXXXXX";
    if (mkdtemp(path.data()) == nullptr) {
        refuse_folder("folder", errno);
    }
    return path;
}

}  // namespace handoff::harness
