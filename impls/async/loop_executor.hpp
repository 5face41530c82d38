// Where steps run: in the thread of an event loop.
#pragma once

#include <functional>
#include <thread>
#include <utility>

#include "../concepts/loops.hpp"

namespace handoff::impls::async {

/// An event loop in a thread of its own, which runs what is posted. A post by a step goes to the loop that runs
/// it.
template <event_loop Loop>
class loop_executor {
public:
    static constexpr bool is_inline = false;

    /// Before it runs anything the thread calls `on_start(0)`.
    explicit loop_executor(const std::function<void(unsigned)>& on_start)
        : thread_([this, on_start] {
              if (on_start) {
                  on_start(0);
              }
              loop_.run();
          }) {}

    /// Only when nothing is posted any more. What the calling thread has posted begins before the loop stops,
    /// and ends, where the loop keeps the order of a thread's posts. So does what others have posted, where the
    /// loop runs a post from outside after all that were there before it, as epoll_loop does.
    ~loop_executor() {
        loop_.post([this] { loop_.stop(); });
    }
    loop_executor(const loop_executor&) = delete;
    loop_executor& operator=(const loop_executor&) = delete;

    /// `f` must not throw: a handler of the loop runs it.
    template <class F>
    void post(F&& f) {
        loop_.post(std::forward<F>(f));
    }

private:
    Loop loop_;
    std::jthread thread_;  // the last: it uses what is above, and ends first
};

}  // namespace handoff::impls::async
