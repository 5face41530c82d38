// A bus whose publishers write events into one log, which each handler's own worker reads at its own pace.
//
// A queue for each handler whose items are stored once: a publication costs the same for one handler and for
// many, and a slow handler holds back nobody. Source of the log: the list of arrays of folly's UnboundedQueue
// and of LMAX's Disruptor (Thompson, Farley, Barker, Gee, Stewart, 2011), whose consumers keep their own
// places, too.
//
// Progress: blocking: publishers take a lock for as long as it takes to write an event.
// Order:    all handlers see all publications in one order.
// Capacity: unbounded: the slowest handler decides how much of the log is kept. 256 events an allocation; a
//           thread for each handler.
// Cost:     one lock and one fence per publication, and a system call where a worker sleeps; one indirect
//           call per delivery. drain() pays for a membarrier.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "../atomic.hpp"
#include "../concepts/buses.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/mutex.hpp"
#include "../detail/this_thread.hpp"
#include "../wait/park.hpp"
#include "detail/event_log.hpp"
#include "detail/handler.hpp"
#include "detail/own_workers.hpp"

namespace handoff::impls {

template <class Event>
class async_bus {
    struct worker;

public:
    using event_type = Event;
    using subscription = detail::subscription<async_bus, worker*>;
    static constexpr std::string_view name = "async_bus";
    static constexpr auto calls = handler_calls::on_workers;
    static constexpr auto unsubscribed = after_unsubscribe::none_runs;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr bool isolates_exceptions = true;
    static constexpr bool publishes_at_once = true;
    static constexpr bool changes_within_handlers = true;

    explicit async_bus(const bus_options& options = {}) : workers_(options.on_start) {}

    class publisher_handle {
    public:
        explicit publisher_handle(async_bus& bus) noexcept : bus_(bus) {}

        void publish(const Event& event) { bus_.append(event); }

    private:
        async_bus& bus_;
    };

    publisher_handle publisher() noexcept { return publisher_handle(*this); }

    /// Throws where no thread can be made.
    template <class F>
    subscription subscribe(F&& f) {
        detail::handler<Event> handler(std::forward<F>(f));
        const auto make = [&] {
            const std::lock_guard at_the_end(log_mutex_);
            return std::make_unique<worker>(std::move(handler), log_.end(), log_.size());
        };
        return {*this, workers_.add(name, make, [this](worker& me) { read_log(me); })};
    }

    void drain() {
        std::uint64_t target = 0;
        {
            const std::lock_guard lock(log_mutex_);
            target = log_.size();
        }
        workers_.wait_for_all(target);
    }

    std::uint64_t failures() const noexcept { return failures_.load(std::memory_order_relaxed); }

private:
    friend subscription;

    static constexpr unsigned looks_before_sleep = 32;  // some microseconds where nobody else wants the CPU

    using reader = typename detail::event_log<Event>::reader;

    struct worker : detail::own_worker<Event> {
        worker(detail::handler<Event>&& f, const reader& at, std::uint64_t published)
            : detail::own_worker<Event>(std::move(f), published), from(at) {}

        reader from;  // for its thread to take
    };

    void append(const Event& event) {
        typename detail::event_log<Event>::owned_block passed;  // goes without the lock
        {
            const std::lock_guard lock(log_mutex_);
            log_.append(event, passed);
        }
        published_.notify_all();
    }

    /// Until the handler is unsubscribed.
    void read_log(worker& me) {
        reader log = std::move(me.from);  // goes with this call: it keeps all that comes after its place
        std::size_t unread = 0;
        const auto has_work = [&] {
            unread = log.unread();
            return unread > 0 || me.is_over();  // the fences of `published_` order the look against sleeping
        };
        for (;;) {
            // While events come in close succession a worker that sleeps at once would cost its publisher a
            // system call for each. Whoever else wants the CPU gets it.
            for (unsigned looks = 0; looks < looks_before_sleep && !has_work(); ++looks) {
                this_thread::yield();
            }
            published_.wait_until(has_work);
            // Events of publications that began after an unsubscribe() had returned are not for this handler.
            // relaxed, as it is there, suffices: that it is over was stored before such an event was appended,
            // and the look that found the event, [written], shows what was stored before.
            if (me.is_over()) {
                return;
            }
            call_for_unread(me, log, unread);
        }
    }

    void call_for_unread(worker& me, reader& log, std::size_t unread) {
        const auto call = me.how();
        for (std::size_t i = 0; i < unread; ++i) {
            try {
                call(log[i]);
            } catch (...) {
                failures_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a count
            }
            if (!workers_.has_done_one(me)) {
                return;
            }
        }
        log.pass(unread);
    }

    void unsubscribe(worker* which) {
        workers_.end(which, [this] { published_.notify_all(); });
    }

    alignas(detail::cache_line) mutex log_mutex_;  // protects the end of the log; taken after the workers'
    detail::event_log<Event> log_;
    park published_;
    atomic<std::uint64_t> failures_{0};
    detail::own_workers<worker> workers_;  // goes first: their threads use all of it
};

}  // namespace handoff::impls
