// The alignment that keeps two threads' data apart.
#pragma once

#include <cstddef>

namespace handoff::impls::detail {

/// Bytes. Twice the 64-byte line of x86-64 and most ARM cores: their adjacent-line prefetcher moves
/// lines in pairs, so data only 64 bytes apart still travels together.
inline constexpr std::size_t cache_line = 128;

}  // namespace handoff::impls::detail
