// Where something can be drawn.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace handoff::harness {

/// Whether it is a terminal that obeys escape sequences: lines can be drawn again, and coloured. A dumb one
/// shows them.
inline bool draws_on_terminal(int file = STDERR_FILENO) {
    const char* const kind = std::getenv("TERM");
    return isatty(file) != 0 && kind != nullptr && *kind != '\0' && std::string_view(kind) != "dumb";
}

}  // namespace handoff::harness
