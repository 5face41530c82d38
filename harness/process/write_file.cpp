#include "write_file.hpp"

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <system_error>

#include "usage_error.hpp"

namespace handoff::harness {

void write_file(const std::string& path, const std::string& text) {
    const std::string temporary = path + ".tmp";
    std::FILE* file = std::fopen(temporary.c_str(), "wb");
    const bool written = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
    const bool closed = file != nullptr && std::fclose(file) == 0;
    if (!written || !closed || std::rename(temporary.c_str(), path.c_str()) != 0) {
        throw std::system_error(errno, std::generic_category(), path);
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

}  // namespace handoff::harness
