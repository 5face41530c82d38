// Counting what a program allocates: malloc and its relatives, interposed.
#pragma once

#include <optional>

#include "allocations.hpp"

namespace handoff::harness {

/// `all_allocations()` of a program that is linked with this: its malloc family counts and hands on to glibc's.
/// Nothing under a sanitizer, which has a malloc of its own.
std::optional<allocation_count> counted_allocations() noexcept;

}  // namespace handoff::harness
