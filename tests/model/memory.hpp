// The plain memory of a program in the model: what it allocates, and who has read and written which bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "graph.hpp"

namespace handoff::model {

/// An address in words that are the same in every execution: "thread 1's 2nd allocation".
std::string describe_address(std::uintptr_t address);

namespace memory {

/// Forgets everything.
void restart();

void* allocate(unsigned thread, std::size_t bytes, std::size_t alignment);
bool owns(const void* address) noexcept;

enum class access : std::uint8_t { plain_read, plain_write, atomic_read, atomic_write, freeing };

/// Notes an access of `thread`, whose events so far are `events` and who knows `known`. Empty, or what is
/// wrong.
std::string note(std::uintptr_t address, std::size_t bytes, access how, unsigned thread, unsigned events,
                 const clock& known);

/// Empty, or what is wrong.
std::string free(void* address, unsigned thread, unsigned events, const clock& known);

/// Allocations that nobody has freed.
std::size_t left() noexcept;
std::string describe_left();

}  // namespace memory
}  // namespace handoff::model
