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
//           call per delivery.
#pragma once

#include <algorithm>
#include <array>
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

#include "../atomic.hpp"
#include "../concepts/buses.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/mutex.hpp"
#include "../detail/this_thread.hpp"
#include "../detail/threads.hpp"
#include "../wait/park.hpp"
#include "detail/handler.hpp"

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

    explicit async_bus(const bus_options& options = {}) : on_start_(options.on_start) {}
    ~async_bus() { join(leaving_); }
    async_bus(const async_bus&) = delete;
    async_bus& operator=(const async_bus&) = delete;

    class publisher_handle {
    public:
        explicit publisher_handle(async_bus& bus) noexcept : bus_(bus) {}

        void publish(const Event& event) {
            bus_.append(event);
            bus_.published_.notify_all();
        }

    private:
        async_bus& bus_;
    };

    publisher_handle publisher() noexcept { return publisher_handle(*this); }

    /// Throws where no thread can be made.
    template <class F>
    subscription subscribe(F&& f) {
        auto added = std::make_unique<worker>(detail::handler<Event>(std::forward<F>(f)));
        worker* const key = added.get();
        std::vector<owned_worker> left;
        {
            const std::lock_guard lock(workers_mutex_);
            workers_.reserve(workers_.size() + 1);
            const std::size_t number = made_;
            {
                const std::lock_guard at_the_end(log_mutex_);
                key->at = tail_;
                key->read = tail_->written.load(std::memory_order_relaxed);  // relaxed: protected by the lock
                key->done.store(events_, std::memory_order_relaxed);  // relaxed: its thread is not there yet
            }
            try {
                key->thread = std::thread([this, key, number] { work(*key, static_cast<unsigned>(number)); });
            } catch (const std::system_error& e) {
                throw detail::no_thread(name, number, number + 1, e);
            }
            ++made_;
            workers_.push_back(std::move(added));
            take_what_left(left);
        }
        join(left);
        return {*this, key};
    }

    void drain() {
        std::uint64_t target = 0;
        {
            const std::lock_guard lock(log_mutex_);
            target = events_;
        }
        // A worker whose handler was unsubscribed is gone from the list, but may be in its last call.
        const auto is_done = [&] {
            const std::lock_guard lock(workers_mutex_);
            return left_.load(std::memory_order_acquire) == 0 &&  // [left]
                   std::ranges::all_of(workers_, [&](const auto& one) {
                       return one->done.load(std::memory_order_acquire) >= target;  // [done]
                   });
        };
        drained_.wait_until(is_done);
    }

    std::uint64_t failures() const noexcept { return failures_.load(std::memory_order_relaxed); }

private:
    friend subscription;

    static constexpr std::size_t block_size = in_model ? 2 : 256;
    static constexpr unsigned looks_before_sleep = 32;  // some microseconds where nobody else wants the CPU

    /// A part of the log. It goes when nobody owns it any more: neither a worker that reads it, nor the end of
    /// the log, nor the block before it.
    struct block {
        alignas(detail::cache_line) atomic<std::size_t> written{0};  // events that may be read
        std::array<Event, block_size> events{};
        block* next = nullptr;  // set before the last event may be read
        atomic<std::size_t> owners{1};
    };

    class owned_block {
    public:
        /// Of a block that counts this owner already.
        explicit owned_block(block* mine = nullptr) noexcept : mine_(mine) {}
        owned_block(const owned_block& other) noexcept : mine_(shared(other.mine_)) {}
        owned_block(owned_block&& other) noexcept : mine_(std::exchange(other.mine_, nullptr)) {}
        owned_block& operator=(owned_block other) noexcept {
            std::swap(mine_, other.mine_);
            return *this;
        }
        /// One block after the other: a long chain would not go by recursion.
        ~owned_block() {
            // acq_rel [owned]: what the others read of it is read before it goes
            while (mine_ != nullptr && mine_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) {
                block* const next = mine_->next;
                delete mine_;
                mine_ = next;
            }
        }

        block& operator*() const noexcept { return *mine_; }
        block* operator->() const noexcept { return mine_; }
        /// To the next block, which there is.
        void advance() noexcept { *this = owned_block(shared(mine_->next)); }

    private:
        static block* shared(block* one) noexcept {
            if (one != nullptr) {
                one->owners.fetch_add(1, std::memory_order_relaxed);  // relaxed: the caller has an owner of it
            }
            return one;
        }

        block* mine_;
    };

    struct worker {
        explicit worker(detail::handler<Event>&& f) : handler(std::move(f)) {}

        const detail::handler<Event> handler;
        owned_block at;        // its thread's alone, as is `read`
        std::size_t read = 0;  // of that block
        std::thread thread;
        alignas(detail::cache_line) atomic<std::uint64_t> done{0};  // events of the log, from its begin
        atomic<bool> ended{false};
    };
    using owned_worker = std::unique_ptr<worker>;

    void append(const Event& event) {
        const std::lock_guard lock(log_mutex_);
        block& last = *tail_;
        const std::size_t place =
            last.written.load(std::memory_order_relaxed);  // relaxed: protected by the lock
        if (place + 1 == block_size) {
            last.next = new block;
        }
        last.events[place] = event;
        ++events_;
        last.written.store(place + 1, std::memory_order_release);  // [written]: the event, and the next block
        if (place + 1 == block_size) {
            tail_.advance();
        }
    }

    void work(worker& me, unsigned number) {
        works_for_ = this;
        if (on_start_) {
            on_start_(number);
        }
        read_log(me);
        left_.fetch_sub(1, std::memory_order_release);  // [left]: the last call is over
        drained_.notify_all();
    }

    /// Until the handler is unsubscribed.
    void read_log(worker& me) {
        const auto call = me.handler.how();
        for (;;) {
            std::size_t end = 0;
            const auto has_work = [&] {
                end = me.at->written.load(std::memory_order_acquire);              // [written]
                return end > me.read || me.ended.load(std::memory_order_acquire);  // [ended]
            };
            // While events come in close succession a worker that sleeps at once would cost its publisher a
            // system call for each. Whoever else wants the CPU gets it.
            for (unsigned looks = 0; looks < looks_before_sleep && !has_work(); ++looks) {
                this_thread::yield();
            }
            published_.wait_until(has_work);
            const std::size_t begin = me.read;
            for (; me.read < end; ++me.read) {
                if (me.ended.load(std::memory_order_acquire)) {  // [ended]
                    return;
                }
                try {
                    call(me.at->events[me.read]);
                } catch (...) {
                    failures_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a count
                }
            }
            if (begin == end) {
                return;  // ended
            }
            // relaxed: our own; release [done]: what the handler did
            me.done.store(me.done.load(std::memory_order_relaxed) + end - begin, std::memory_order_release);
            drained_.notify_all();
            if (end == block_size) {
                me.at.advance();
                me.read = 0;
            }
        }
    }

    void unsubscribe(worker* which) {
        std::vector<owned_worker> left;
        {
            const std::lock_guard lock(workers_mutex_);
            const auto found =
                std::ranges::find_if(workers_, [&](const auto& one) { return one.get() == which; });
            left_.fetch_add(1, std::memory_order_relaxed);        // relaxed: drain() has the lock, too
            which->ended.store(true, std::memory_order_release);  // [ended]
            leaving_.push_back(std::move(*found));
            workers_.erase(found);
            take_what_left(left);
        }
        published_.notify_all();
        drained_.notify_all();
        join(left);
    }

    /// The lock of the workers is held. Those that are to be joined: none where a handler is running in this
    /// thread, since its own worker may be among them, or one that waits for it in the same way. Also where its
    /// worker is in no list any more, because another thread joins it.
    void take_what_left(std::vector<owned_worker>& left) {
        if (works_for_ != this) {
            left.swap(leaving_);
        }
    }

    static void join(std::vector<owned_worker>& all) {
        for (const auto& one : all) {
            one->thread.join();
        }
        all.clear();
    }

    /// In a worker's thread: its bus. Such a thread ends before the bus does, and is no other bus's.
    static inline thread_local const async_bus* works_for_ = nullptr;

    const std::function<void(unsigned)> on_start_;
    alignas(detail::cache_line) mutex log_mutex_;  // protects the end of the log
    owned_block tail_{new block};
    std::uint64_t events_ = 0;  // in all
    park published_;
    park drained_;
    alignas(detail::cache_line) mutex workers_mutex_;  // protects what follows; taken before the log's
    std::vector<owned_worker> workers_;
    std::vector<owned_worker> leaving_;  // unsubscribed by handlers, not yet joined
    std::size_t made_ = 0;
    atomic<std::size_t> left_{0};  // unsubscribed, and perhaps in their last call
    atomic<std::uint64_t> failures_{0};
};

}  // namespace handoff::impls
