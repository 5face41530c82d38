// A file that grows line by line, each of them safe as soon as it is written.
#pragma once

#include <string>
#include <string_view>

namespace handoff::harness {

/// One writer per file, until it closes the file. Each line is handed to the kernel in one write, so that a
/// killed process loses at most the line it was writing.
class line_file {
public:
    /// Throws std::system_error where the file exists or cannot be made.
    static line_file create(const std::string& path);
    /// Throws usage_error where there is no such file. `refusal`: why, and what to do about it.
    static line_file open(const std::string& path, const std::string& refusal);

    line_file(line_file&& other) noexcept;
    line_file& operator=(line_file&&) = delete;
    ~line_file();

    /// Throws std::system_error, which names the file.
    void append(std::string_view line);

private:
    line_file(int fd, const std::string& path);

    int fd_;
    std::string path_;  ///< named in errors
};

}  // namespace handoff::harness
