// The processor's hint that this thread is spinning.
#pragma once

#ifdef HANDOFF_MODEL
#include <handoff_model/cpu_relax.hpp>
#else

namespace handoff::impls::detail {

/// Tells the core that the loop around it waits for memory; not a system call. On x86-64 a short delay whose
/// length is the core's choice and differs several-fold between generations (it leaves resources to the sibling
/// thread).
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

#endif
