// From where rings count.
#pragma once

#include <cstdint>

namespace handoff::impls::detail {

/// The number that a ring of T begins to count its items, laps or segments from: 0. A seam for tests: what
/// happens when the integer wraps shows only behind so many items as no test pushes, so tests give a value type
/// of theirs another number, which is a multiple of the ring's capacity (tests/queues/tracked.hpp).
template <class T>
inline constexpr std::uint64_t first_index = 0;

}  // namespace handoff::impls::detail
