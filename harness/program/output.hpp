// Standard output that is checked: what could not be written is an error, and the program says so.
#pragma once

#include <functional>
#include <string>

namespace handoff::harness {

/// How a program's standard output is written.
enum class output_text {
    as_it_is,  ///< colours and all
    shown,     ///< control characters but newlines and tabs as \x1b: names in files of others may have any
};

/// The `main` of a program of ours: `begin_in_known_state`, then the body with std::cout checked. What it
/// throws is said on standard error after `name`; a usage_error is exit code 2, any other exception 1. An exit
/// code of 0 becomes 1 where output was lost; a broken pipe ends the program as it ends any other (SIGPIPE).
int run_program(const std::string& name, output_text how, const std::function<int()>& body);

/// Writes out what std::cout still holds. Throws std::system_error where it, or anything before, was lost.
void flush_output();

/// Writes all of it to a descriptor. Throws std::system_error naming `what`.
void write_all(int fd, const std::string& text, const std::string& what);

}  // namespace handoff::harness
