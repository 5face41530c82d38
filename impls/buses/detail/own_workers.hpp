// Of buses with a worker for each handler: the list of the workers, how they come and go, and who waits for
// them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

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
    ~own_worker() {
        if (thread_.joinable()) {
            thread_.join();
        }
    }
    own_worker(const own_worker&) = delete;
    own_worker& operator=(const own_worker&) = delete;

    callee<Event> how() const noexcept { return handler_->how(); }
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

    std::optional<handler<Event>> handler_;  // the worker's, which destroys it when it is over
    std::thread thread_;
    bool is_left_ = false;  // unsubscribed, and nobody waits for it; protected by the lock of the list
    // Events from the bus's begin that were handled; all: as many as will be, and nothing of the user's runs in
    // the thread any more. Written by the worker.
    alignas(cache_line) atomic<std::uint64_t> done_;
    // How many of them somebody waits for; all: nobody does.
    atomic<std::uint64_t> wanted_{all};
};

/// `Worker`: derived from own_worker.
template <class Worker>
class own_workers {
    using base = typename Worker::base;
    using workers = std::list<std::unique_ptr<Worker>>;

public:
    explicit own_workers(std::function<void(unsigned)> on_start)
        : on_start_(std::move(on_start)), cheap_(asymmetric_fences_available()) {}
    /// All handlers are unsubscribed; those of a handler's doing may be in their last calls.
    ~own_workers() {
        while (Worker* const one = next_left()) {
            wait_for_the_end_of(one);
        }
    }
    own_workers(const own_workers&) = delete;
    own_workers& operator=(const own_workers&) = delete;

    /// Adds the worker that `make()` returns, and has `run(worker)` called in its thread: until it is over.
    /// Throws where no thread can be made.
    template <class Make, class Run>
    Worker* add(std::string_view who, const Make& make, const Run& run) {
        workers finished;  // these two go without the lock
        workers added(1);
        const std::lock_guard lock(mutex_);
        const std::size_t number = made_;
        added.front() = make();
        Worker* const key = added.front().get();
        try {
            base_of(*key).thread_ = std::thread([this, key, number, run] {
                if (on_start_) {
                    on_start_(static_cast<unsigned>(number));
                }
                works_for_ = this;
                run(*key);
                works_for_ = nullptr;
                base& me = base_of(*key);
                me.handler_.reset();  // here, so that nobody who joins this thread runs what is the user's
                me.done_.store(base::all, std::memory_order_release);  // [done]
                done_.notify_all();
            });
        } catch (const std::system_error& e) {
            throw no_thread(who, number, number + 1, e);
        }
        ++made_;
        workers_.splice(workers_.end(), added);
        take_finished(finished);
        return key;
    }

    /// Ends the calls of its handler; `wake()` makes a worker look that waits for events. Returns when the last
    /// call is over, but not in a handler's thread: its own worker may be the one, or wait for it in the same
    /// way.
    template <class Wake>
    void end(Worker* which, const Wake& wake) {
        workers finished;  // goes without the lock
        const bool is_in_a_handler = works_for_ == this;
        {
            const std::lock_guard lock(mutex_);
            base_of(*which).wanted_.store(base::over, std::memory_order_relaxed);  // relaxed: carries no data
            base_of(*which).is_left_ = is_in_a_handler;
            take_finished(finished);
        }
        try {
            wake();
        } catch (...) {
            if (!is_in_a_handler) {
                const std::lock_guard lock(mutex_);
                base_of(*which).is_left_ = true;
            }
            throw;
        }
        if (!is_in_a_handler) {
            wait_for_the_end_of(which);
        }
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

    /// The lock is held. Takes those out of the list that nobody waits for, and whose threads are about to end
    /// whatever the others do: to join them takes no other's call. Whoever drops them joins them.
    void take_finished(workers& finished) {
        for (auto one = workers_.begin(); one != workers_.end();) {
            const auto next = std::next(one);
            const base& its = base_of(**one);
            if (its.is_left_ && its.done_.load(std::memory_order_acquire) == base::all) {  // [done]
                finished.splice(finished.end(), workers_, one);
            }
            one = next;
        }
    }

    /// One that nobody waits for, for the caller to do it.
    Worker* next_left() {
        const std::lock_guard lock(mutex_);
        const auto found =
            std::ranges::find_if(workers_, [](const auto& one) { return base_of(*one).is_left_; });
        if (found == workers_.end()) {
            return nullptr;
        }
        base_of(**found).is_left_ = false;
        return found->get();
    }

    /// Until then it is in the list, since drain() waits for its last call, too.
    void wait_for_the_end_of(Worker* which) {
        base_of(*which).thread_.join();
        workers unused;  // goes without the lock
        const std::lock_guard lock(mutex_);
        const auto found = std::ranges::find_if(workers_, [&](const auto& one) { return one.get() == which; });
        unused.splice(unused.end(), workers_, found);
    }

    /// While a worker is in `run`: whose it is. Destructors of handlers are no calls.
    static inline thread_local const own_workers* works_for_ = nullptr;

    const std::function<void(unsigned)> on_start_;
    const bool cheap_;  // workers leave their fence to who waits for them
    park done_;
    alignas(cache_line) mutex mutex_;  // protects what follows
    workers workers_;                  // whose threads nobody has joined
    std::size_t made_ = 0;
};

}  // namespace handoff::impls::detail
