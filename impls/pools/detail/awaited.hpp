// wait_idle for pools that do not have it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>

#include "../../detail/asymmetric_fence.hpp"
#include "../../detail/cache_line.hpp"
#include "../../wait/park.hpp"
#include "running.hpp"

namespace handoff::impls::detail {

/// Counts an adapted pool's tasks, so that it can be waited for, at a price that does not make it look bad: one
/// RMW to submit, on a line of the submitters, and two to end, on a line that few threads share. Nobody looks
/// at all lines but who waits, and tasks that end meanwhile.
class awaited {
public:
    awaited() : cheap_(asymmetric_fences_available()) {}
    /// When all that was submitted has ended; returns when nobody is in ended() any more.
    ~awaited() {
        for (const line& l : lines_) {
            // [left]: what the last in ended() did there was before.
            while (l.left.load(std::memory_order_acquire) != l.ended.load(std::memory_order_relaxed)) {
                std::this_thread::yield();
            }
        }
    }
    awaited(const awaited&) = delete;
    awaited& operator=(const awaited&) = delete;

    /// Before a task is given to the pool, which may refuse it.
    void submitted() noexcept {
        submitted_.fetch_add(1, std::memory_order_relaxed);  // relaxed: the pool shows it to who runs the task
    }
    void refused() noexcept { ended(); }

    /// The last that a task does. Nothing here is touched afterwards.
    void ended() noexcept {
        line& mine = lines_[own_line()];
        mine.ended.fetch_add(
            1, std::memory_order_release);  // [ended]: what the task did, and what it has submitted
        light_fence(cheap_);                // [awaited]: either we see who waits, or it sees the end
        if (waiting_.load(std::memory_order_relaxed) != 0) [[unlikely]] {
            // [both]: of two that end last on different lines, the one whose fence comes later sees both ends.
            std::atomic_thread_fence(std::memory_order_seq_cst);
            if (none_left()) {
                parked_.notify_all();
            }
        }
        mine.left.fetch_add(1, std::memory_order_release);  // [left]
    }

    void wait() {
        waiting_.fetch_add(1, std::memory_order_relaxed);  // relaxed: the fence orders it
        heavy_fence();                                     // [awaited]
        parked_.wait_until([this] { return none_left(); });
        waiting_.fetch_sub(1, std::memory_order_relaxed);  // relaxed: carries no data
    }

    /// A callable, once, also when it is const, that runs `f` as a task of the pool `owner`, destroys it, and
    /// counts its end, also when it throws.
    template <class F>
    auto counted(const void* owner, F&& f) {
        return once<std::decay_t<F>>{this, owner, std::forward<F>(f)};
    }

private:
    static constexpr unsigned lines = 16;
    struct alignas(cache_line) line {
        std::atomic<std::uint64_t> ended{0};
        std::atomic<std::uint64_t> left{0};
    };
    struct end {
        explicit end(awaited& where) : where(where) {}
        ~end() { where.ended(); }
        awaited& where;
    };

    template <class F>
    struct once {
        awaited* where;
        const void* owner;
        mutable F f;

        void operator()() const {
            const end here(*where);
            const inside its_task(owner);
            F mine = std::move(f);  // gone before its end is counted
            std::invoke(mine);
        }
    };

    static unsigned own_line() noexcept {
        static std::atomic<unsigned> threads{0};
        // relaxed: a number
        static thread_local const unsigned mine = threads.fetch_add(1, std::memory_order_relaxed) % lines;
        return mine;
    }

    /// Ends first, then submissions: see crew.
    bool none_left() const noexcept {
        std::uint64_t ended = 0;
        for (const line& l : lines_) {
            ended += l.ended.load(std::memory_order_acquire);  // [ended]
        }
        return ended == submitted_.load(std::memory_order_relaxed);  // relaxed: [ended] shows it
    }

    alignas(cache_line) std::atomic<std::uint64_t> submitted_{0};
    line lines_[lines];
    alignas(cache_line) std::atomic<unsigned> waiting_{0};  // read by all, written by who waits
    const bool cheap_;
    park parked_;
};

/// Makes each of a pool's `threads` threads call `on_start` with a number, through tasks that wait for each
/// other: for pools that say nothing of their threads' beginning. They must be able to run that many tasks at
/// once. A pool may leave a task with a thread that is in another while the rest sleep: when the meeting does
/// not come about, further tasks are posted, which end at once when it has.
template <class Post>
void start_each(unsigned threads, const std::function<void(unsigned)>& on_start, Post&& post) {
    if (!on_start) {
        return;
    }
    struct meeting {
        std::mutex mutex;
        std::condition_variable changed;
        unsigned there = 0;    // have come
        unsigned started = 0;  // and have been through on_start
    };
    const auto met = std::make_shared<meeting>();  // tasks that come too late outlive this function
    const auto attend = [met, threads, on_start] {
        std::unique_lock lock(met->mutex);
        if (met->there == threads) {
            return;
        }
        const unsigned number = met->there++;
        lock.unlock();
        on_start(number);
        lock.lock();
        ++met->started;
        met->changed.notify_all();
        met->changed.wait(lock, [&] { return met->started == threads; });
    };
    for (unsigned i = 0; i < threads; ++i) {
        post(attend);
    }
    constexpr std::chrono::milliseconds patience(5);
    std::unique_lock lock(met->mutex);
    while (!met->changed.wait_for(lock, patience, [&] { return met->started == threads; })) {
        lock.unlock();
        post(attend);
        lock.lock();
    }
}

}  // namespace handoff::impls::detail
