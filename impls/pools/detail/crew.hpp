// The threads of a pool without a central lock: how they start, how one waits for them, how they end.
#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "../../atomic.hpp"
#include "../../concepts/pools.hpp"
#include "../../detail/cache_line.hpp"
#include "../../detail/idlers.hpp"
#include "../../detail/mutex.hpp"
#include "../../detail/task.hpp"
#include "../../detail/threads.hpp"
#include "../../wait/park.hpp"
#include "running.hpp"

namespace handoff::impls::detail {

/// What one worker has done, in a line of its own.
struct alignas(cache_line) tally {
    atomic<std::uint64_t> executed{0};
    atomic<std::uint64_t> failed{0};

    /// By the worker only.
    void add(bool fine) noexcept {
        // relaxed loads, both: nobody else writes them
        if (!fine) {
            failed.store(failed.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        }
        // [executed]: what the task did, and that it was submitted, and what it has submitted itself.
        executed.store(executed.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }
};

/// The pool says what is done and what is left; nothing here is touched for every task. A pool is done when at
/// some moment every task submitted had run. It reads that off two sums, ends first: whoever sees a task's end
/// ([executed]) sees that it, and all that it had submitted, was submitted; so at the moment between the two
/// readings the ends were at most as many as the submissions, and if the sums are equal nothing was on its way.
class crew {
public:
    crew(std::string_view name, const void* pool, const pool_options& options)
        : name_(name), pool_(pool), options_(options), waiters_(any_wait_of<park>) {}
    crew(const crew&) = delete;
    crew& operator=(const crew&) = delete;

    const pool_options& options() const noexcept { return options_; }
    bool stopped() const noexcept { return stop_.load(std::memory_order_relaxed); }  // relaxed: carries no data

    /// Starts `count` threads that call `work(number)`, which returns when the pool has stopped. When there are
    /// no more threads to be had those that there are end.
    template <class Work>
    void start(unsigned count, Work work) {
        try {
            make_threads(name_, count, threads_, [this, work](unsigned number) {
                if (options_.on_start) {
                    options_.on_start(number);
                }
                work(number);
            });
        } catch (...) {
            stop_.store(true, std::memory_order_relaxed);  // relaxed: carries no data
            throw;
        }
    }
    void join() {
        for (std::thread& t : threads_) {
            t.join();
        }
        threads_.clear();
    }

    /// Runs a task on the calling thread.
    bool run(task& what) noexcept { return guarded(what, options_.on_exception); }

    /// A worker has run out of work: perhaps all is done.
    void ran_dry() noexcept { waiters_.notify_all(); }

    template <class Done>
    void wait_until(Done&& done) {
        waiters_.wait_until(done);
    }

    template <class Done>
    void wait_idle(Done&& done) {
        inside::refuse(pool_, name_, "wait_idle()");
        // [ended]: what was never run will not be.
        wait_until([&] { return done() || ended_.load(std::memory_order_acquire); });
    }

    /// `close()` refuses further tasks, `wake()` wakes the workers after they were told to stop, `drop()`
    /// destroys what is left when they have gone.
    template <class Close, class Done, class Wake, class Drop>
    void shutdown(shutdown_mode mode, Close&& close, Done&& done, Wake&& wake, Drop&& drop) {
        inside::refuse(pool_, name_, "shutdown()");
        const std::lock_guard one_at_a_time(ending_);
        if (ended_.load(std::memory_order_relaxed)) {  // relaxed: written under the lock
            return;
        }
        close();
        if (mode == shutdown_mode::drain) {
            wait_until(done);
        }
        stop_.store(true, std::memory_order_relaxed);  // relaxed: carries no data
        wake();
        join();
        drop();
        ended_.store(true, std::memory_order_release);  // [ended]
        waiters_.notify_all();
    }

    void refuse_destruction() const noexcept { inside::refuse(pool_, name_, "destruction"); }

private:
    const std::string_view name_;
    const void* const pool_;
    const pool_options options_;
    idlers waiters_;  // threads that wait for work to be done
    atomic<bool> stop_{false};
    atomic<bool> ended_{false};
    mutex ending_;
    std::vector<std::thread> threads_;
};

}  // namespace handoff::impls::detail
