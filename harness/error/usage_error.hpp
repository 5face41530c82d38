// What a command says when the user's words make no sense.
#pragma once

#include <stdexcept>

namespace handoff::harness {

/// Something the user wrote makes no sense. One line: the value, the place, what is legal. Exit code 2.
struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace handoff::harness
