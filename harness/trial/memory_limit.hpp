// The memory that a trial may have.
#pragma once

#include <cstdint>

namespace handoff::harness {

/// Half of the machine's memory, at most 4 GiB: more than any trial needs, and less than makes the machine swap
/// or the kernel kill whoever is largest.
std::uint64_t most_memory_bytes();

/// From now on this process may have so many bytes of data: what is allocated or mapped to be written, thread
/// stacks among it, touched or not. An allocation beyond ends the process, whichever thread asks for it, with a
/// last line that begins with "memory: ". Nothing under a sanitizer, which maps far more than it uses.
void limit_memory(std::uint64_t bytes);

/// What becomes of an allocation that failed, where memory is limited: does not return. Else nothing.
void check_memory_limit();

}  // namespace handoff::harness
