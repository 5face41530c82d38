// Where steps run: on the caller, or on a thread of one of our pools.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "../atomic.hpp"
#include "../concepts/pools.hpp"

namespace handoff::impls::async {

/// Calls what it is given.
struct inline_executor {
    static constexpr bool is_inline = true;

    template <class F>
    void post(F&& f) {
        std::forward<F>(f)();
    }
};

/// Some pools of one thread each. What is posted goes to each in turn: with two pools every step of a chain
/// runs on the other thread than the one before it.
template <thread_pool Pool>
class pool_executor {
public:
    static constexpr bool is_inline = false;

    /// Thread i of `threads` is worker i: it calls `on_start(i)`.
    pool_executor(std::size_t threads, const std::function<void(unsigned)>& on_start) {
        for (std::size_t i = 0; i < threads; ++i) {
            pool_options options;
            if (on_start) {
                options.on_start = [on_start, i](unsigned) { on_start(static_cast<unsigned>(i)); };
            }
            pools_.push_back(std::make_unique<Pool>(1U, options));
        }
    }

    /// Only when nothing is posted any more. Waits until all have ended first: the last step of one pool may
    /// have been posted by a thread of another, which is still in the former's `submit`.
    ~pool_executor() { wait_idle(); }
    pool_executor(const pool_executor&) = delete;
    pool_executor& operator=(const pool_executor&) = delete;

    template <class F>
    void post(F&& f) {
        // relaxed: a turn, which orders nothing
        const std::size_t turn = pools_.size() == 1 ? 0 : turn_.fetch_add(1, std::memory_order_relaxed);
        pools_[turn % pools_.size()]->submit(std::forward<F>(f));
    }

    /// Returns when nothing runs any more. Only when nothing is posted meanwhile.
    void wait_idle() {
        for (const auto& pool : pools_) {
            pool->wait_idle();
        }
    }

private:
    std::vector<std::unique_ptr<Pool>> pools_;
    atomic<std::uint64_t> turn_{0};
};

}  // namespace handoff::impls::async
