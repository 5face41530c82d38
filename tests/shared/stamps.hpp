// The moments between which an operation of a queue took place.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace handoff::tests {

/// The steady clock, which the kernel keeps in one order for all CPUs, read outside of the operation: the
/// interval that two stamps make is never shorter than the operation, so whatever it proves of two operations
/// is true. What makes it so:
///
/// - no access of the operation is made before the reading that comes before it (a load could be: the clock is
///   an instruction like any other);
/// - all stores of the operation are visible to all threads before the reading that comes after it (they could
///   still stand in the processor's store buffer).
///
/// An interval that is too long hides faults and raises no false alarm. The fences do that: what a queue gets
/// wrong only for want of a fence at its own end, within a store buffer's time, is not seen here.
///
/// Nothing in it orders two threads, so ThreadSanitizer sees the races that it would see without it.
class stamps {
public:
    /// Before the operation.
    static std::int64_t before() noexcept {
        const std::int64_t now = read();
        hold_back();
        return now;
    }
    /// After the operation.
    static std::int64_t after() noexcept {
        make_visible();
        return read();
    }

private:
    static std::int64_t read() noexcept {
        return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
    }

    /// Nothing behind it begins before all before it has ended.
    static void hold_back() noexcept {
#if defined(__x86_64__)
        __builtin_ia32_lfence();
        std::atomic_signal_fence(std::memory_order_seq_cst);
#elif defined(__aarch64__)
        asm volatile("isb" ::: "memory");
#else
        std::atomic_thread_fence(std::memory_order_seq_cst);  // as near as the language comes to it
#endif
    }
    /// Nothing behind it begins before all stores before it are visible.
    static void make_visible() noexcept {
#if defined(__x86_64__)
        std::atomic_signal_fence(std::memory_order_seq_cst);
        __builtin_ia32_mfence();
        __builtin_ia32_lfence();
#elif defined(__aarch64__)
        asm volatile("dsb ish\n\tisb" ::: "memory");
#else
        std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
    }
};

}  // namespace handoff::tests
