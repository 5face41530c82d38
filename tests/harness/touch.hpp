// Memory that costs page faults.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstddef>

namespace handoff::harness {

inline constexpr std::size_t page_bytes = 4096;

/// Has so many pages for a moment that nobody has touched before: one fault each.
inline void touch(std::size_t pages) {
    const std::size_t bytes = pages * page_bytes;
    void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    madvise(memory, bytes, MADV_NOHUGEPAGE);
    for (std::size_t i = 0; i < bytes; i += page_bytes) {
        static_cast<volatile char*>(memory)[i] = 1;
    }
    munmap(memory, bytes);
}

}  // namespace handoff::harness
