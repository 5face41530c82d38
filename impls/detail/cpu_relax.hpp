// The processor's hint that this thread is spinning.
#pragma once

namespace handoff::impls::detail {

/// Tells the core that the loop around it waits for memory: a delay of some 25 to 50 ns on x86-64
/// (it leaves the core's resources to the sibling thread), a short one on ARM. Not a system call.
inline void cpu_relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("isb" ::: "memory");
#else
    asm volatile("" ::: "memory");
#endif
}

}  // namespace handoff::impls::detail
