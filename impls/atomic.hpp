// The atomics of every implementation here: the standard library's, or those of a model checker.
//
// A header that takes its atomics from here can be run by the model (docs/proofs.md), which tries every order
// of its steps and every value that the C++20 memory model lets a load return. In all other builds the names
// below are the standard library's.
#pragma once

#include <atomic>

#ifdef HANDOFF_MODEL
#include <handoff_model/atomic.hpp>
#else

namespace handoff::impls {

/// Whether the model runs the program: then constants are small, so that what is rare happens.
inline constexpr bool in_model = false;

using std::atomic;
using std::atomic_ref;

/// std::atomic_thread_fence. Not of that name: where the two are not the same, a call would find both.
inline void thread_fence(std::memory_order order) noexcept {
    std::atomic_thread_fence(order);
}

}  // namespace handoff::impls

#endif
