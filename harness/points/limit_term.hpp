// What a point's limit is made of: kernels of bench_limits, so and so often.
#pragma once

#include <string>

namespace handoff::harness {

/// The kernels that limits are stated in, as bench_limits names them. All are nanoseconds.
namespace kernel {
inline constexpr const char* message = "message_ns";          ///< a word from one CPU to another, one way
inline constexpr const char* stream_item = "stream_item_ns";  ///< 8 bytes in a stream from one CPU to another
inline constexpr const char* atomic_add = "fetch_add_alone_ns";  ///< a read-modify-write that nobody disturbs
inline constexpr const char* thread_switch = "switch_ns";        ///< from one thread of a CPU to another
inline constexpr const char* futex_wake = "futex_wake_ns";       ///< from waking to running, on another CPU
inline constexpr const char* wake = "wake_ns";                   ///< the same, whatever the waker did before
}  // namespace kernel

/// A lower bound of the time of one iteration: `times` as long as the kernel takes.
struct limit_term {
    std::string kernel;
    double times;
};

}  // namespace handoff::harness
