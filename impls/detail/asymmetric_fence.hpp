// A store-load fence whose whole price is paid by the rare side.
//
// Dekker's pattern ("I store my flag, then read yours; you store yours, then read mine") needs a full
// fence on both sides. Where one side runs for every item and the other once in a queue's life, Linux's
// membarrier(2) lets the rare side run the fence on every core of the process, and the frequent side
// only has to stop the compiler. Source: Dice, Huang, Yang, "Asymmetric Dekker Synchronization", 2001;
// the same division as folly's AsymmetricMemoryBarrier and P1202R5.
#pragma once

#ifdef HANDOFF_MODEL
#include <handoff_model/asymmetric_fence.hpp>
#else

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

namespace handoff::impls::detail {

/// Whether the kernel grants private expedited barriers. Asked (and registered for) once.
inline bool asymmetric_fences_available() noexcept {
    static const bool available = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
    return available;
}

/// The frequent side. Free where membarrier is granted (`cheap`), a full fence where it is not.
inline void light_fence(bool cheap) noexcept {
    if (cheap) {
        std::atomic_signal_fence(std::memory_order_seq_cst);
    } else {
        std::atomic_thread_fence(std::memory_order_seq_cst);
    }
}

/// The rare side: orders this thread's accesses, and each other thread's at some point inside the call.
inline void heavy_fence() noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (asymmetric_fences_available()) {
        syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
    }
}

}  // namespace handoff::impls::detail

#endif
