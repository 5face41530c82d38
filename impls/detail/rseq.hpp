// The thread's restartable-sequence area, which glibc 2.35 and newer registers with the kernel.
//
// Source: Desnoyers, "Restartable sequences", Linux 4.18 (2018), include/uapi/linux/rseq.h; the idea of
// per-processor critical sections is Bershad, Redell, Ellis, "Fast Mutual Exclusion for Uniprocessors", 1992.
#pragma once

#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#endif

#include <cstdint>
#include <string_view>

namespace handoff::impls::detail {

#if defined(RSEQ_SIG)

/// The area of the calling thread.
inline struct rseq& rseq_area() noexcept {
    return *reinterpret_cast<struct rseq*>(static_cast<char*>(__builtin_thread_pointer()) + __rseq_offset);
}

/// Empty where the kernel keeps the area up to date; else why it does not.
inline std::string_view rseq_unavailable() noexcept {
    if (__rseq_size == 0) {
        return "glibc has not registered restartable sequences (an old kernel, or glibc.pthread.rseq=0)";
    }
    // The kernel writes the number of a processor, or a negative word when it has taken the registration back.
    if (static_cast<std::int32_t>(rseq_area().cpu_id) < 0) {
        return "the kernel grants no restartable sequences";
    }
    return {};
}

/// The processor that the calling thread runs on: one load. It may be old when it returns.
inline std::uint32_t rseq_cpu() noexcept {
    return *const_cast<volatile std::uint32_t*>(&rseq_area().cpu_id);
}

#else

inline std::string_view rseq_unavailable() noexcept {
    return "this C library has no restartable sequences (glibc 2.35 and newer do)";
}
inline std::uint32_t rseq_cpu() noexcept {
    return 0;
}

#endif

}  // namespace handoff::impls::detail
