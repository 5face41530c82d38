// Allocations that fail when a test says so.
#pragma once

#include <cstddef>

namespace handoff::tests {

/// While it lives, the `nth` allocation (from 1 on) that its thread makes with `new` throws std::bad_alloc,
/// once.
class failing_new {
public:
    explicit failing_new(unsigned nth) noexcept;
    ~failing_new();
    failing_new(const failing_new&) = delete;
    failing_new& operator=(const failing_new&) = delete;
};

/// While it lives, its thread gets so many bytes by `new`, then std::bad_alloc: for what would else take all
/// memory of the machine. At any time one allocation has 2^40 bytes at most: sanitizers would end the program.
class little_memory {
public:
    explicit little_memory(std::size_t bytes) noexcept;
    ~little_memory();
    little_memory(const little_memory&) = delete;
    little_memory& operator=(const little_memory&) = delete;
};

}  // namespace handoff::tests
