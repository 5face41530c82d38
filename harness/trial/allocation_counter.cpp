// Whoever refers to `counted_allocations` gets this object, and with it these definitions of the malloc family:
// the dynamic linker finds them before glibc's, for the program and for every library that it loads. They count
// and go on in glibc's own, so that what is allocated is where it would have been. What is freed is not
// counted, and `free` stays glibc's.
//
// Not seen: what a library takes from the kernel by itself (oneTBB's own allocator asks for megabytes at a
// time).
#include "allocation_counter.hpp"

#include <cerrno>
#include <cstdlib>

#include "memory_limit.hpp"

namespace handoff::harness {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

std::optional<allocation_count> counted_allocations() noexcept {
    return std::nullopt;
}

#else

std::optional<allocation_count> counted_allocations() noexcept {
    return all_allocations();
}

#endif

}  // namespace handoff::harness

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

using handoff::harness::detail::enter_allocation;

namespace {

/// Libraries in C do not always look at what they get.
void* given(void* memory) noexcept {
    if (memory == nullptr) {
        handoff::harness::check_memory_limit();
    }
    return memory;
}

}  // namespace

extern "C" {

// glibc's, under the names that it exports for interposers.
void* __libc_malloc(std::size_t bytes) noexcept;
void* __libc_calloc(std::size_t count, std::size_t bytes) noexcept;
void* __libc_realloc(void* memory, std::size_t bytes) noexcept;
void* __libc_memalign(std::size_t alignment, std::size_t bytes) noexcept;
void* __libc_valloc(std::size_t bytes) noexcept;
void* __libc_pvalloc(std::size_t bytes) noexcept;

void* malloc(std::size_t bytes) noexcept {
    enter_allocation(bytes);
    return given(__libc_malloc(bytes));
}

void* calloc(std::size_t count, std::size_t bytes) noexcept {
    enter_allocation(count * bytes);  // where that overflows glibc refuses, and the bytes are wrong
    return given(__libc_calloc(count, bytes));
}

/// Also glibc's reallocarray comes here.
void* realloc(void* memory, std::size_t bytes) noexcept {
    enter_allocation(bytes);
    return bytes == 0 ? __libc_realloc(memory, bytes) : given(__libc_realloc(memory, bytes));
}

void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
    enter_allocation(bytes);
    return given(__libc_memalign(alignment, bytes));
}

void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
    enter_allocation(bytes);
    return given(__libc_memalign(alignment, bytes));
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) noexcept {
    if (alignment % sizeof(void*) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) {
        return EINVAL;
    }
    enter_allocation(bytes);
    const int before = errno;  // POSIX: the result says it, errno does not
    void* const found = given(__libc_memalign(alignment, bytes));
    errno = before;
    if (found == nullptr) {
        return ENOMEM;
    }
    *memory = found;
    return 0;
}

void* valloc(std::size_t bytes) noexcept {
    enter_allocation(bytes);
    return given(__libc_valloc(bytes));
}

void* pvalloc(std::size_t bytes) noexcept {
    enter_allocation(bytes);
    return given(__libc_pvalloc(bytes));
}

}  // extern "C"

#endif
