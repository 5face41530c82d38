// The flags that `handoff duel` and `handoff rank` share.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "gate.hpp"

namespace handoff::harness {

class implementation_flags {
public:
    /// `command`: for what is refused.
    explicit implementation_flags(std::string command) : command_(std::move(command)) {}

    /// Reads a flag into the options. Throws usage_error, also for one that it does not know.
    void read(arguments& rest, gate_options& options);
    /// After all flags: passes variables on, tries the files, and refuses a build that measures nothing.
    void check(const gate_options& options) const;

private:
    std::string command_;
    std::set<std::string> given_;  ///< axes
    std::vector<std::string> variables_;
};

/// What `--help` says of them, but of --json.
extern const char* const implementation_flags_help;

}  // namespace handoff::harness
