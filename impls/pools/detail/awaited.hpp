// wait_idle for pools that do not have it.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "../../atomic.hpp"
#include "../../detail/asymmetric_fence.hpp"
#include "../../detail/cache_line.hpp"
#include "../../detail/mutex.hpp"
#include "running.hpp"

namespace handoff::impls::detail {

/// Counts an adapted pool's tasks, so that it can be waited for, at a price that does not make it look bad:
/// each thread counts what it submits and what it ends in a line of its own, with plain stores; no RMW, no
/// fence, also while somebody waits.
///
/// Who waits sets each thread a mark, and a thread whose count of ends reaches its mark looks whether all have
/// ended. With R tasks left and n threads that have ended some, the marks are R/n ends away, rounded up:
/// whoever ends the last of R tasks, some thread has reached its mark by then. That one sets new marks for what
/// is left. So marks are set a few times for each doubling of R, and not for every task. A thread that has
/// ended nothing yet looks at its first end.
class awaited {
public:
    awaited() : account_(std::make_shared<account>()) {}
    awaited(const awaited&) = delete;
    awaited& operator=(const awaited&) = delete;

    /// Before a task is given to the pool.
    void submitted() {
        atomic<std::uint64_t>& mine = line_of_thread().submitted;
        // relaxed, both: nobody else writes it; the pool shows it to who runs the task
        mine.store(mine.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }

    void wait() { account_->wait(); }

    /// A callable, once, also when it is const, that runs `f` as a task of the pool `owner`, destroys it, and
    /// counts its end, also when it throws.
    template <class F>
    auto counted(const void* owner, F&& f) {
        return once<std::decay_t<F>>{this, owner, std::forward<F>(f)};
    }

private:
    static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

    /// What one thread has done. It belongs to a thread until that ends or works for another pool; then to the
    /// next that comes.
    struct alignas(cache_line) line {
        atomic<std::uint64_t> ended{0};
        atomic<std::uint64_t> submitted{0};
        atomic<std::uint64_t> mark{never};  // read at each end, written by who waits
        bool taken = true;                  // protected by the account's mutex
    };

    /// Outlives the pool while a thread has a line of it: who has counted an end may find the pool gone.
    class account {
    public:
        line* take_line() {
            const std::lock_guard lock(mutex_);
            for (const auto& one : lines_) {
                if (!one->taken) {
                    one->taken = true;
                    return one.get();
                }
            }
            lines_.push_back(std::make_unique<line>());
            if (waiting_ > 0) {
                // relaxed: the thread that asked reads it
                lines_.back()->mark.store(0, std::memory_order_relaxed);
            }
            return lines_.back().get();
        }
        void give_back(line* one) {
            const std::lock_guard lock(mutex_);  // what this thread has counted is visible to the next
            one->taken = false;
        }

        void wait() {
            std::unique_lock lock(mutex_);
            ++waiting_;
            all_ended_.wait(lock, [this] { return none_left_or_marked(); });
            if (--waiting_ == 0) {
                for (const auto& one : lines_) {
                    one->mark.store(never, std::memory_order_relaxed);  // relaxed: a look too many does no harm
                }
            }
        }

        /// A thread that has come to its mark.
        void look() {
            const std::lock_guard lock(mutex_);
            if (waiting_ > 0 && none_left_or_marked()) {
                all_ended_.notify_all();
            }
        }

    private:
        /// Under the mutex.
        bool none_left_or_marked() {
            for (;;) {
                // Ends first, then submissions: see crew.
                std::uint64_t left = 0;
                std::uint64_t workers = 0;
                seen_.clear();
                for (const auto& one : lines_) {
                    seen_.push_back(one->ended.load(std::memory_order_acquire));  // [ended]
                    left -= seen_.back();
                    workers += seen_.back() > 0 ? 1 : 0;
                }
                for (const auto& one : lines_) {
                    left += one->submitted.load(std::memory_order_relaxed);  // relaxed: [ended] shows it
                }
                if (left == 0) {
                    return true;
                }
                const std::uint64_t share = workers == 0 ? 1 : (left + workers - 1) / workers;
                for (std::size_t i = 0; i < lines_.size(); ++i) {
                    lines_[i]->mark.store(seen_[i] + (seen_[i] > 0 ? share : 1),
                                          std::memory_order_relaxed);  // relaxed: the fence orders it
                }
                heavy_fence();  // [mark]: either who ends a task sees its mark, or we see the end
                bool missed = false;
                for (const auto& one : lines_) {
                    // relaxed, both: ordered by the fence; only we write marks
                    missed |=
                        one->ended.load(std::memory_order_relaxed) >= one->mark.load(std::memory_order_relaxed);
                }
                if (!missed) {
                    return false;
                }
            }
        }

        mutex mutex_;  // protects what follows
        condition_variable all_ended_;
        unsigned waiting_ = 0;
        std::vector<std::unique_ptr<line>> lines_;
        std::vector<std::uint64_t> seen_;
    };

    /// The calling thread's line in the pool that it worked for last.
    struct lease {
        std::shared_ptr<account> from;
        line* of_thread = nullptr;

        ~lease() { end(); }
        void take(const std::shared_ptr<account>& wanted) {
            end();
            of_thread = wanted->take_line();
            from = wanted;
        }
        void end() {
            if (from != nullptr) {
                from->give_back(of_thread);
                from = nullptr;
            }
            from_ = nullptr;
        }
    };

    line& line_of_thread() const {
        if (from_ != account_.get()) [[unlikely]] {
            take_line();
        }
        return *line_;
    }
    [[gnu::noinline]] void take_line() const {
        static thread_local lease mine;
        mine.take(account_);
        from_ = mine.from.get();
        line_ = mine.of_thread;
        cheap_ = asymmetric_fences_available();
    }

    /// The end of a task. Once it is counted the pool may be gone, but neither the thread's line nor its
    /// account.
    struct end {
        const awaited& where;

        ~end() {
            line& mine = where.line_of_thread();
            account& ours = *from_;
            // Relaxed load: nobody else writes it. [ended]: what the task did, and what it has submitted.
            const std::uint64_t now = mine.ended.load(std::memory_order_relaxed) + 1;
            mine.ended.store(now, std::memory_order_release);
            light_fence(cheap_);  // [mark]
            if (now >= mine.mark.load(std::memory_order_relaxed))
                [[unlikely]] {  // relaxed: ordered by the fence
                ours.look();
            }
        }
    };

    template <class F>
    struct once {
        const awaited* where;
        const void* owner;
        mutable F f;

        void operator()() const {
            const end here{*where};
            const inside its_task(owner);
            F taken = std::move(f);  // gone before its end is counted
            std::invoke(taken);
        }
    };

    // Beside the lease, so that each task need not ask whether that has been made.
    static inline constinit thread_local account* from_ = nullptr;
    static inline constinit thread_local line* line_ = nullptr;
    static inline constinit thread_local bool cheap_ = false;

    const std::shared_ptr<account> account_;
};

}  // namespace handoff::impls::detail
