// Of buses with a worker for each handler: the list of the workers, how they come and go, and who waits for
// them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "../../atomic.hpp"
#include "../../detail/asymmetric_fence.hpp"
#include "../../detail/cache_line.hpp"
#include "../../detail/mutex.hpp"
#include "../../detail/threads.hpp"
#include "../../wait/park.hpp"
#include "handler.hpp"

namespace handoff::impls::detail {

/// What every worker has. A bus derives its own from it.
template <class Event>
class own_worker {
public:
    using base = own_worker;

    /// `published`: events that the handler is not called for, since they were there before it.
    own_worker(handler<Event>&& f, std::uint64_t published) : handler_(std::move(f)), done_(published) {}

    callee<Event> how() const noexcept { return handler_.how(); }
    /// The handler was unsubscribed.
    bool is_over() const noexcept {
        // relaxed: carries no data. Who is about to sleep has to order it.
        return wanted_.load(std::memory_order_relaxed) == over;
    }

private:
    template <class>
    friend class own_workers;

    static constexpr std::uint64_t all = ~std::uint64_t{0};
    static constexpr std::uint64_t over = 0;

    const handler<Event> handler_;
    std::thread thread_;
    // Events from the bus's begin that were handled; all: as many as will be. Written by the worker.
    alignas(cache_line) atomic<std::uint64_t> done_;
    // How many of them somebody waits for; all: nobody does.
    atomic<std::uint64_t> wanted_{all};
};

/// `Worker`: derived from own_worker.
template <class Worker>
class own_workers {
    using base = typename Worker::base;

public:
    explicit own_workers(std::function<void(unsigned)> on_start)
        : on_start_(std::move(on_start)), cheap_(asymmetric_fences_available()) {}
    /// All handlers are unsubscribed; those of a handler's doing may be in their last calls.
    ~own_workers() { join(leaving_); }
    own_workers(const own_workers&) = delete;
    own_workers& operator=(const own_workers&) = delete;

    /// Adds the worker that `make()` returns, and has `run(worker)` called in its thread: until it is over.
    /// Throws where no thread can be made.
    template <class Make, class Run>
    Worker* add(std::string_view who, const Make& make, const Run& run) {
        std::vector<Worker*> left;
        Worker* key = nullptr;
        {
            const std::lock_guard lock(mutex_);
            workers_.reserve(workers_.size() + 1);
            const std::size_t number = made_;
            std::unique_ptr<Worker> added = make();
            key = added.get();
            try {
                base_of(*key).thread_ = std::thread([this, key, number, run] {
                    works_for_ = this;
                    if (on_start_) {
                        on_start_(static_cast<unsigned>(number));
                    }
                    run(*key);
                    base_of(*key).done_.store(base::all, std::memory_order_release);  // [done]
                    done_.notify_all();
                });
            } catch (const std::system_error& e) {
                throw no_thread(who, number, number + 1, e);
            }
            ++made_;
            workers_.push_back(std::move(added));
            take_what_left(left);
        }
        join(left);
        return key;
    }

    /// Ends the calls of its handler; `wake()` makes a worker look that waits for events. Returns when the last
    /// call is over, but not in a handler's thread.
    template <class Wake>
    void end(Worker* which, const Wake& wake) {
        std::vector<Worker*> left;
        {
            const std::lock_guard lock(mutex_);
            leaving_.push_back(which);
            base_of(*which).wanted_.store(base::over, std::memory_order_relaxed);  // relaxed: carries no data
            take_what_left(left);
        }
        wake();
        join(left);
    }

    /// By a worker after each call. False: the handler was unsubscribed.
    bool has_done_one(Worker& worker) noexcept {
        base& me = base_of(worker);
        const std::uint64_t done = me.done_.load(std::memory_order_relaxed) + 1;  // relaxed: our own
        me.done_.store(done, std::memory_order_release);  // [done]: what the handler did
        // [wanted]: whoever has stored `wanted_` and then looks at `done_` either sees ours, or we see what it
        // waits for. relaxed: ordered by the fence.
        light_fence(cheap_);
        std::uint64_t wanted = me.wanted_.load(std::memory_order_relaxed);
        while (done >= wanted) [[unlikely]] {
            if (wanted == base::over) {
                return false;
            }
            // relaxed: carries no data
            if (me.wanted_.compare_exchange_weak(wanted, base::all, std::memory_order_relaxed)) {
                done_.notify_all();
                return true;
            }
        }
        return true;
    }

    /// Returns when all of them have handled so many events from the bus's begin, or will handle none any more.
    void wait_for_all(std::uint64_t target) {
        const auto all_have_done = [&] {
            return std::ranges::all_of(workers_, [&](const auto& one) {
                return base_of(*one).done_.load(std::memory_order_acquire) >= target;  // [done]
            });
        };
        done_.wait_until([&] {
            const std::lock_guard lock(mutex_);
            if (all_have_done()) {
                return true;
            }
            for (const auto& one : workers_) {
                want(base_of(*one), target);
            }
            heavy_fence();  // [wanted]: the partner of the light one in has_done_one()
            return all_have_done();
        });
    }

private:
    static base& base_of(Worker& one) noexcept { return one; }

    static void want(base& of, std::uint64_t done) noexcept {
        std::uint64_t before = of.wanted_.load(std::memory_order_relaxed);  // relaxed: the CAS checks it
        // relaxed: a fence follows
        while (done < before && !of.wanted_.compare_exchange_weak(before, done, std::memory_order_relaxed)) {
        }
    }

    /// The lock is held. Those that are to be joined: none where a handler is running in this thread, since its
    /// own worker may be among them, or one that waits for it in the same way. Also where its worker is not in
    /// this list any more, because another thread joins it.
    void take_what_left(std::vector<Worker*>& left) {
        if (works_for_ != this) {
            left.swap(leaving_);
        }
    }

    /// Until then drain() waits for their last calls, too.
    void join(const std::vector<Worker*>& left) {
        if (left.empty()) {
            return;
        }
        for (Worker* const one : left) {
            base_of(*one).thread_.join();
        }
        std::vector<std::unique_ptr<Worker>> unused;  // freed without the lock: handlers are the user's
        unused.reserve(left.size());
        const std::lock_guard lock(mutex_);
        for (const Worker* const one : left) {
            const auto found =
                std::ranges::find_if(workers_, [&](const auto& owned) { return owned.get() == one; });
            unused.push_back(std::move(*found));
            workers_.erase(found);
        }
    }

    /// In a worker's thread: whose it is. Such a thread ends before the bus does, and is no other bus's.
    static inline thread_local const own_workers* works_for_ = nullptr;

    const std::function<void(unsigned)> on_start_;
    const bool cheap_;  // workers leave their fence to who waits for them
    park done_;
    alignas(cache_line) mutex mutex_;               // protects what follows
    std::vector<std::unique_ptr<Worker>> workers_;  // whose threads have not been joined
    std::vector<Worker*> leaving_;                  // of those: unsubscribed, and nobody joins them yet
    std::size_t made_ = 0;
};

}  // namespace handoff::impls::detail
