#include "tool.hpp"

#include <unistd.h>

#include <cstdlib>

#include "text.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

std::filesystem::path tool(const std::string& name, const std::string& remedy) {
    const char* const path = std::getenv("PATH");
    for (const std::string_view folder : split(path == nullptr ? "/usr/bin" : path, ':')) {
        std::filesystem::path candidate = std::filesystem::path(folder) / name;
        if (access(candidate.c_str(), X_OK) == 0) {
            return candidate;
        }
    }
    throw usage_error(name + " is not in PATH; " + remedy);
}

}  // namespace handoff::harness
