// Memory as the allocator sees it.
#pragma once

#include <malloc.h>

namespace handoff::benchmarks {

/// What the C library's allocator has given out, its own overhead included.
inline double heap_bytes() noexcept {
    const auto now = mallinfo2();
    return static_cast<double>(now.uordblks + now.hblkhd);
}

}  // namespace handoff::benchmarks
