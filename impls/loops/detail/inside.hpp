// Which loop the calling thread runs.
#pragma once

#include <utility>

namespace handoff::impls::detail {

/// The loop whose run() this thread is in, the innermost one; none: null.
inline thread_local const void* loop_of_this_thread = nullptr;

/// While it lives, the thread runs that loop.
class inside_loop {
public:
    explicit inside_loop(const void* loop) noexcept : outer_(std::exchange(loop_of_this_thread, loop)) {}
    ~inside_loop() { loop_of_this_thread = outer_; }
    inside_loop(const inside_loop&) = delete;
    inside_loop& operator=(const inside_loop&) = delete;

private:
    const void* outer_;
};

}  // namespace handoff::impls::detail
