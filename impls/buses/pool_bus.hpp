// A bus whose handlers share a fixed number of workers.
//
// Publishers write events into one log, which each handler reads at its own pace, as in async_bus. Each handler
// is a strand: while it has something to read it stands in a queue, from which a worker takes it for a turn of
// some events. Source: the strands of Boost.Asio (Kohlhoff, 2003 to now), and the actors of Akka, whose
// mailboxes are scheduled onto shared threads in the same way.
//
// Progress: blocking: publishers take a lock for as long as it takes to write an event.
// Order:    all handlers see all publications in one order.
// Capacity: unbounded: the slowest handler decides how much of the log is kept. 256 events an allocation.
// Cost:     one lock per publication; where a handler had nothing to read also a fence, and a system call where
//           a worker sleeps. One lock per turn of up to 32 events; one indirect call per delivery. drain() pays
//           for a membarrier.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "../atomic.hpp"
#include "../concepts/buses.hpp"
#include "../detail/asymmetric_fence.hpp"
#include "../detail/brief_mutex.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/this_thread.hpp"
#include "../detail/threads.hpp"
#include "../wait/park.hpp"
#include "detail/event_log.hpp"
#include "detail/handler.hpp"

namespace handoff::impls {

template <class Event>
class pool_bus {
    struct strand;
    using strands = std::list<strand>;
    using place = typename strands::iterator;

public:
    using event_type = Event;
    using subscription = detail::subscription<pool_bus, place>;
    static constexpr std::string_view name = "pool_bus";
    static constexpr auto calls = handler_calls::on_shared_workers;
    static constexpr auto unsubscribed = after_unsubscribe::none_runs;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr bool isolates_exceptions = true;
    static constexpr bool publishes_at_once = true;
    static constexpr bool changes_within_handlers = true;

    /// Throws where a worker's thread cannot be made.
    explicit pool_bus(const bus_options& options = {}) : cheap_(detail::asymmetric_fences_available()) {
        const unsigned count = options.workers != 0 ? options.workers : workers_of_machine();
        try {
            detail::make_threads(name, count, workers_, [this, on_start = options.on_start](unsigned number) {
                work(on_start, number);
            });
        } catch (...) {
            end_workers();
            throw;
        }
    }
    ~pool_bus() { end_workers(); }
    pool_bus(const pool_bus&) = delete;
    pool_bus& operator=(const pool_bus&) = delete;

    class publisher_handle {
    public:
        explicit publisher_handle(pool_bus& bus) noexcept : bus_(bus) {}
        void publish(const Event& event) { bus_.append(event); }

    private:
        pool_bus& bus_;
    };

    publisher_handle publisher() noexcept { return publisher_handle(*this); }

    template <class F>
    subscription subscribe(F&& f) {
        detail::handler<Event> handler(std::forward<F>(f));
        strands added;
        const std::lock_guard lock(mutex_);
        const place key = added.emplace(added.end(), std::move(handler), log_.end(), log_.size());
        idle_.splice(idle_.end(), added);
        return {*this, key};
    }

    void drain() {
        std::uint64_t target = 0;
        {
            const std::lock_guard lock(mutex_);
            target = log_.size();
            ++waiting_for_turns_;
        }
        turn_ended_.wait_until([&] {
            {
                const std::lock_guard lock(mutex_);
                const auto end_turn_there = [&](strand& one) {
                    // relaxed: written under the lock; the fence tells who reads it in a turn
                    const std::uint64_t before = one.turn_until.load(std::memory_order_relaxed);
                    one.turn_until.store(std::min(before, target), std::memory_order_relaxed);
                };
                if (!are_behind(target, end_turn_there)) {
                    return true;
                }
            }
            detail::heavy_fence();  // [turn]: the partner of the light one in take_turn()
            const std::lock_guard lock(mutex_);
            return !are_behind(target, [](const strand&) {});
        });
        const std::lock_guard lock(mutex_);
        --waiting_for_turns_;
    }

    std::uint64_t failures() const noexcept { return failures_.load(std::memory_order_relaxed); }

private:
    friend subscription;

    // A strand is in one of three lists: idle_ has read all events; ready_ has not, and waits for a worker;
    // running_ is in a turn. Strands change lists under the bus's lock, under which the log grows, too. So:
    //
    // - No event is forgotten. append() makes all idle strands ready, and a turn ends in idle_ only where the
    //   log has no more.
    // - No two calls of a handler overlap. Who takes a strand for a turn takes it out of ready_, and only the
    //   end of that turn puts it back.
    // - No worker sleeps beside a ready strand. Whatever leaves ready_ with a strand in it, an append or a
    //   worker that takes one of several, notifies afterwards. That is left out only where every worker that
    //   waits will look once more (park.hpp); who looks and finds a strand takes it. So while ready_ has a
    //   strand one worker is about to look, or none sleeps.
    // - No call begins after unsubscribe(). An idle or ready strand is taken out of its list. Of a running one
    //   the turn is cut short, and its end gives the strand to who waits for it.
    struct strand {
        strand(detail::handler<Event>&& f, const typename detail::event_log<Event>::reader& from,
               std::uint64_t published)
            : handler(std::move(f)), log(from), done(published) {}

        const detail::handler<Event> handler;
        typename detail::event_log<Event>::reader log;  // in a turn its worker's alone, else under the lock
        // Protected by the lock.
        bool runs = false;
        bool ended = false;
        strands* heir = nullptr;  // of an ended one: who takes it at the end of the turn
        // Events of the log, from its begin, that were handled. Written in turns by the worker alone.
        alignas(detail::cache_line) atomic<std::uint64_t> done;
        // Where a turn ends early, since somebody waits for its end. Written under the lock.
        atomic<std::uint64_t> turn_until{never};
    };

    static constexpr std::uint64_t never = ~std::uint64_t{0};
    static constexpr std::size_t longest_turn = in_model ? 1 : 32;
    static constexpr unsigned looks_before_sleep = 32;  // some microseconds where nobody else wants the CPU

    /// Two at least, so that one handler that waits does not hold back all others.
    static unsigned workers_of_machine() { return std::max(2U, std::thread::hardware_concurrency()); }

    void append(const Event& event) {
        typename detail::event_log<Event>::owned_block passed;  // goes without the lock
        {
            const std::lock_guard lock(mutex_);
            log_.append(event, passed);
            if (idle_.empty()) {
                return;  // whoever is to read it is in a turn, or will be
            }
            ready_.splice(ready_.end(), idle_);
            say_how_many_are_ready();
        }
        work_.notify();
    }

    void work(const std::function<void(unsigned)>& on_start, unsigned number) {
        if (on_start) {
            on_start(number);
        }
        strands gone;  // freed without the lock: handlers' destructors are the user's
        bool somebody_waits = false;
        std::unique_lock lock(mutex_);
        const auto unlock = [&] {
            lock.unlock();
            if (std::exchange(somebody_waits, false)) {
                turn_ended_.notify_all();
            }
        };
        for (;;) {
            const bool is_work = !ready_.empty();
            if (!is_work && ends_.load(std::memory_order_relaxed)) {  // relaxed: written under the lock
                return;
            }
            const place mine = ready_.begin();
            bool is_more = false;
            if (is_work) {
                running_.splice(running_.end(), ready_, mine);
                mine->runs = true;
                say_how_many_are_ready();
                is_more = !ready_.empty();
            }
            unlock();
            if (is_more) {
                work_.notify();
            }
            if (is_work) {
                works_for_ = this;
                take_turn(*mine);
                works_for_ = nullptr;
            } else {
                wait_for_work();
            }
            lock.lock();
            if (is_work) {
                end_turn(mine, gone);
                somebody_waits = waiting_for_turns_ > 0;
            }
            if (!gone.empty()) {
                // Before it takes the next strand: whoever ends that one may have a lock that the destructor
                // of this handler takes.
                unlock();
                gone.clear();
                lock.lock();
            }
        }
    }

    void wait_for_work() {
        // relaxed: who sees it takes the lock; the fences of `work_` order it against sleeping
        const auto is_work = [&] {
            return readies_.load(std::memory_order_relaxed) > 0 || ends_.load(std::memory_order_relaxed);
        };
        // As in async_bus: who sleeps at once costs a publisher a system call.
        for (unsigned looks = 0; looks < looks_before_sleep && !is_work(); ++looks) {
            this_thread::yield();
        }
        work_.wait_until(is_work);
    }

    void take_turn(strand& me) {
        const auto call = me.handler.how();
        const std::size_t most = std::min(me.log.unread(), longest_turn);
        std::uint64_t done = me.done.load(std::memory_order_relaxed);  // relaxed: the lock orders turns
        std::size_t called = 0;
        do {
            try {
                call(me.log[called]);
            } catch (...) {
                failures_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a count
            }
            ++called;
            me.done.store(++done, std::memory_order_release);  // [done]: what the handler did
            // [turn]: whoever has stored `turn_until` and then looks at `done` either sees ours, or we see
            // where it wants the turn to end. relaxed: ordered by the fence.
            detail::light_fence(cheap_);
        } while (called < most && done < me.turn_until.load(std::memory_order_relaxed));
        me.log.pass(called);
    }

    /// The lock is held.
    void end_turn(place mine, strands& gone) {
        mine->runs = false;
        mine->turn_until.store(never, std::memory_order_relaxed);  // relaxed: written under the lock only
        if (mine->ended) {
            strands& heir = mine->heir != nullptr ? *mine->heir : gone;
            heir.splice(heir.end(), running_, mine);
        } else if (has_read_all(*mine)) {
            idle_.splice(idle_.end(), running_, mine);
        } else {
            ready_.splice(ready_.end(), running_, mine);
            say_how_many_are_ready();
        }
    }

    void unsubscribe(place which) {
        strands gone;  // without the lock: the handler's destructor is the user's
        bool runs = false;
        bool somebody_waits = false;
        {
            const std::lock_guard lock(mutex_);
            which->ended = true;
            runs = which->runs;
            if (runs) {
                which->turn_until.store(0, std::memory_order_relaxed);  // relaxed: carries no data
                if (works_for_ == this) {
                    return;  // its worker may be this one, or wait for this one in the same way
                }
                which->heir = &gone;
                ++waiting_for_turns_;
            } else {
                gone.splice(gone.end(), has_read_all(*which) ? idle_ : ready_, which);
                say_how_many_are_ready();
                somebody_waits = waiting_for_turns_ > 0;
            }
        }
        if (runs) {
            turn_ended_.wait_until([&] {
                const std::lock_guard lock(mutex_);
                return !gone.empty();
            });
            const std::lock_guard lock(mutex_);
            --waiting_for_turns_;
        } else if (somebody_waits) {
            turn_ended_.notify_all();  // drain() need not wait for this one any more
        }
    }

    /// The lock is held, also where the following are called. Of a strand that is not running.
    bool has_read_all(const strand& one) const noexcept {
        return one.done.load(std::memory_order_relaxed) == log_.size();  // relaxed: the lock orders turns
    }

    /// Whether any strand has not handled so many events. Idle ones always have. `each` gets those that have
    /// not.
    template <class Each>
    bool are_behind(std::uint64_t target, const Each& each) {
        bool are_some = false;
        for (strands* const some : {&ready_, &running_}) {
            for (strand& one : *some) {
                if (one.done.load(std::memory_order_acquire) < target) {  // [done]
                    are_some = true;
                    each(one);
                }
            }
        }
        return are_some;
    }

    void say_how_many_are_ready() noexcept {
        readies_.store(ready_.size(), std::memory_order_relaxed);  // relaxed: see wait_for_work()
    }

    void end_workers() {
        {
            const std::lock_guard lock(mutex_);
            ends_.store(true, std::memory_order_relaxed);  // relaxed: see wait_for_work()
        }
        work_.notify_all();
        for (std::thread& one : workers_) {
            one.join();
        }
    }

    /// In a turn: its bus. Destructors of handlers are no calls.
    static inline thread_local const pool_bus* works_for_ = nullptr;

    const bool cheap_;                                       // turns leave their fence to drain()
    alignas(detail::cache_line) detail::brief_mutex mutex_;  // protects what follows
    detail::event_log<Event> log_;
    strands idle_;
    strands ready_;
    strands running_;
    std::size_t waiting_for_turns_ = 0;  // threads
    park turn_ended_;
    alignas(detail::cache_line) atomic<std::size_t> readies_{0};  // the length of ready_
    atomic<bool> ends_{false};
    park work_;
    atomic<std::uint64_t> failures_{0};
    std::vector<std::thread> workers_;
};

}  // namespace handoff::impls
