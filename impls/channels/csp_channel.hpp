// Channel of communicating sequential processes: a rendezvous, or a buffer of n items, with select.
//
// Source: Hoare, "Communicating Sequential Processes", CACM 21(8), 1978 (the rendezvous; its guarded commands
//         are the select). In the form of Go's channels: a lock, a buffer, and two lists of threads that wait,
//         to which items are handed without a way through the buffer.
//
// Progress: blocking.
// Order:    FIFO; threads that wait are served in the order of their coming.
// Capacity: 0 (a rendezvous), any number of items exactly, or unbounded; the buffer doubles until it has that
//           many places.
// Cost:     one lock and one unlock per operation (detail/brief_mutex.hpp); where a thread waits, 3 RMWs and
//           its strategy's notification.
//           A select locks each of its channels, three times where it has to wait.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../atomic.hpp"
#include "../concepts/channels.hpp"
#include "../concepts/waiting.hpp"
#include "../detail/brief_mutex.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/clock.hpp"
#include "../detail/futex.hpp"
#include "../detail/plain_ring.hpp"
#include "../detail/this_thread.hpp"
#include "../wait/park.hpp"
#include "detail/named_wait.hpp"

namespace handoff::impls {

template <class T, wait_strategy Wait = park>
class csp_channel {
    class waiter;
    struct entry;
    class line;

public:
    using value_type = T;
    static constexpr std::string_view name = "csp_channel";
    static constexpr auto senders = cardinality::many;
    static constexpr auto receivers = cardinality::many;
    static constexpr auto delivers = delivery::once;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr channel_capacities capacities{
        .rendezvous = true, .bounded = true, .rule = capacity_rule::exact, .unbounded = true};

    // Unbounded, a thread that sleeps on the lock lets the other send or receive many items in a row.
    explicit csp_channel(const channel_options& options)
        : capacity_(options.capacity),
          wait_(options.wait),
          mutex_(options.capacity != channel_options::unbounded) {
        waiter probe(wait_);  // a name that is none of the strategies' is refused here
    }
    csp_channel(const csp_channel&) = delete;
    csp_channel& operator=(const csp_channel&) = delete;

    /// A sending thread's end. Outlived by the channel; used by one thread at a time.
    class sender_handle {
    public:
        explicit sender_handle(csp_channel& owner) : owner_(owner), me_(owner.wait_) {}

        [[nodiscard]] bool send(T&& value) {
            return wait(value, detail::no_deadline) == channel_status::success;
        }
        [[nodiscard]] channel_status try_send(T&& value) {
            std::unique_lock lock(owner_.mutex_);
            return owner_.put(lock, value);
        }
        [[nodiscard]] channel_status send_for(T&& value, std::chrono::nanoseconds patience) {
            return wait(value, steady_clock::now() + patience);
        }

    private:
        channel_status wait(T& value, detail::deadline until) {
            entry mine{me_, value};
            {
                std::unique_lock lock(owner_.mutex_);
                if (const auto now = owner_.put(lock, value); now != channel_status::would_wait) {
                    return now;
                }
                me_.arm();
                owner_.waiting_senders_.add(mine);
            }
            if (me_.wait_until(until)) {
                return me_.outcome();
            }
            const std::lock_guard lock(owner_.mutex_);
            owner_.waiting_senders_.remove(mine);
            return channel_status::timeout;
        }

        csp_channel& owner_;
        waiter me_;
    };

    /// A receiving thread's end. Outlived by the channel; used by one thread at a time.
    class receiver_handle {
    public:
        explicit receiver_handle(csp_channel& owner) : owner_(owner), me_(owner.wait_) {}

        [[nodiscard]] bool receive(T& out) {
            return wait(out, detail::no_deadline, nullptr) == channel_status::success;
        }
        [[nodiscard]] channel_status try_receive(T& out) {
            std::unique_lock lock(owner_.mutex_);
            return owner_.take(lock, out);
        }
        [[nodiscard]] channel_status receive_for(T& out, std::chrono::nanoseconds patience) {
            return wait(out, steady_clock::now() + patience, nullptr);
        }
        /// As `receive`, until a stop is requested.
        [[nodiscard]] channel_status receive(T& out, std::stop_token stop) {
            if (stop.stop_requested()) {
                return channel_status::cancelled;
            }
            return wait(out, detail::no_deadline, [&](auto&& wait_here) {
                const std::stop_callback cancel(stop, [this] { me_.cancel(); });
                return wait_here();
            });
        }

    private:
        /// `around`: calls its argument, which waits; or nothing, where nobody looks on.
        template <class Around>
        channel_status wait(T& out, detail::deadline until, Around&& around) {
            entry mine{me_, out};
            {
                std::unique_lock lock(owner_.mutex_);
                if (const auto now = owner_.take(lock, out); now != channel_status::would_wait) {
                    return now;
                }
                me_.arm();
                owner_.waiting_receivers_.add(mine);
            }
            const auto wait_here = [&] { return me_.wait_until(until); };
            bool served = false;
            if constexpr (requires { around(wait_here); }) {
                served = around(wait_here);
            } else {
                served = wait_here();
            }
            if (served && me_.outcome() != channel_status::cancelled) {
                return me_.outcome();
            }
            const std::lock_guard lock(owner_.mutex_);
            owner_.waiting_receivers_.remove(mine);
            return served ? channel_status::cancelled : channel_status::timeout;
        }

        csp_channel& owner_;
        waiter me_;
    };

    /// Receives from several channels. Outlived by all of them; used by one thread at a time.
    class selector {
    public:
        selector(std::span<csp_channel* const> sources, select_order order)
            : order_(order), me_(sources.empty() ? std::string_view() : sources.front()->wait_) {
            for (csp_channel* const one : sources) {
                sources_.push_back({one, std::nullopt});
            }
        }

        [[nodiscard]] bool receive(T& out, std::size_t& which) {
            return wait(out, which, detail::no_deadline) == channel_status::success;
        }
        [[nodiscard]] channel_status receive_for(T& out, std::size_t& which,
                                                 std::chrono::nanoseconds patience) {
            return wait(out, which, steady_clock::now() + patience);
        }
        [[nodiscard]] channel_status try_receive(T& out, std::size_t& which) {
            std::size_t closed = 0;
            for (std::size_t i = 0; i < sources_.size(); ++i) {
                const std::size_t at = turn(i);
                std::unique_lock lock(sources_[at].from->mutex_);
                const auto now = sources_[at].from->take(lock, out);
                if (now == channel_status::success) {
                    took(at, which);
                    return now;
                }
                closed += now == channel_status::closed ? 1 : 0;
            }
            return closed == sources_.size() ? channel_status::closed : channel_status::would_wait;
        }

    private:
        struct source {
            csp_channel* from;
            std::optional<entry> mine;
        };

        std::size_t turn(std::size_t i) const {
            return order_ == select_order::fair ? (next_ + i) % sources_.size() : i;
        }
        void took(std::size_t at, std::size_t& which) {
            which = at;
            next_ = at + 1;
        }

        channel_status wait(T& out, std::size_t& which, detail::deadline until) {
            for (;;) {
                if (const auto now = try_receive(out, which); now != channel_status::would_wait) {
                    return now;
                }
                me_.arm();
                const entered how = enter(out, which);
                const bool is_late = how == entered::waits && !me_.wait_until(until);
                leave();
                if (how == entered::has_received) {
                    return channel_status::success;
                }
                if (is_late) {
                    return channel_status::timeout;
                }
                if (how == entered::waits && me_.outcome() == channel_status::success) {
                    took(served_, which);
                    return channel_status::success;
                }
                // one of them was closed meanwhile, or a sender gave up: look at all of them again
            }
        }

        enum class entered { has_received, waits, has_to_look_again };

        /// Stands in the line of each channel, until one has an item.
        entered enter(T& out, std::size_t& which) {
            bool stands_in_line = false;
            for (std::size_t i = 0; i < sources_.size(); ++i) {
                const std::size_t at = turn(i);
                csp_channel& from = *sources_[at].from;
                std::unique_lock lock(from.mutex_);
                if (from.has_item()) {
                    if (!me_.claim()) {
                        return entered::waits;  // a channel in whose line it stands was faster
                    }
                    if (from.take(lock, out) != channel_status::success) {
                        return entered::has_to_look_again;
                    }
                    took(at, which);
                    return entered::has_received;
                }
                if (!from.closed_) {
                    sources_[at].mine.emplace(me_, out, &served_, at);
                    from.waiting_receivers_.add(*sources_[at].mine);
                    stands_in_line = true;
                }
            }
            return stands_in_line ? entered::waits : entered::has_to_look_again;
        }
        void leave() {
            for (source& one : sources_) {
                if (one.mine) {
                    const std::lock_guard lock(one.from->mutex_);
                    one.from->waiting_receivers_.remove(*one.mine);
                    one.mine.reset();
                }
            }
        }

        const select_order order_;
        std::vector<source> sources_;
        std::size_t next_ = 0;    ///< whose turn it is
        std::size_t served_ = 0;  ///< which of them has served it; written by who claimed the waiter
        waiter me_;
    };

    sender_handle sender() { return sender_handle(*this); }
    receiver_handle receiver() { return receiver_handle(*this); }

    void close() {
        const std::lock_guard lock(mutex_);
        if (closed_) {
            return;
        }
        closed_ = true;
        for (line* const waiting : {&waiting_senders_, &waiting_receivers_}) {
            while (entry* const one = waiting->claim_first()) {
                waiter& who = one->who;  // the entry is gone once its thread is served
                who.serve(channel_status::closed);
                who.notify();  // under the lock, which no notification takes
            }
        }
    }

private:
    // A thread that waits has an entry in the line of the channel; one that selects has an entry in several
    // lines. Whoever serves it claims it first, by a compare-and-swap: one succeeds, whether the other end
    // comes at another channel at the same time, the time is over, or a stop is requested. The claim decides
    // only who; what is handed over goes from thread to thread by [served].
    //
    // Lines hold no threads that could be served at once: where receivers wait, the buffer is empty and no
    // sender waits, but for entries of threads that are claimed elsewhere and have not left yet.

    /// What a thread waits by. Part of its handle, which outlives what is on its way to it.
    class waiter {
    public:
        explicit waiter(std::string_view wait) { detail::choose_wait(wait_, wait); }
        ~waiter() {
            // [notified]: who served it may still be waking it up.
            while (notifying_.load(std::memory_order_acquire) != 0) {
                this_thread::yield();
            }
        }
        waiter(const waiter&) = delete;
        waiter& operator=(const waiter&) = delete;

        /// By its thread, before its entry is in any line.
        void arm() noexcept {
            state_.store(armed, std::memory_order_relaxed);  // relaxed: the channel's lock publishes it
        }
        /// True: the caller, and nobody else, decides what becomes of the wait.
        bool claim() noexcept {
            unsigned expected = armed;
            // relaxed: decides who, and carries no data (above)
            return state_.compare_exchange_strong(expected, claimed, std::memory_order_relaxed);
        }
        /// After a claim by another thread, which calls `notify` next.
        void serve(channel_status how) noexcept {
            outcome_ = how;
            // relaxed: seen by the waiter before it goes, by [served]
            notifying_.fetch_add(1, std::memory_order_relaxed);
            state_.store(served, std::memory_order_release);  // [served]: outcome and item are in place
        }
        void notify() noexcept {
            wait_.notify();
            notifying_.fetch_sub(1, std::memory_order_release);  // [notified]: it is not touched any more
        }
        void cancel() noexcept {
            if (claim()) {
                serve(channel_status::cancelled);
                notify();
            }
        }

        /// False: the time was over first, and nobody will serve it.
        bool wait_until(detail::deadline until) {
            const auto is_served = [this] {
                return state_.load(std::memory_order_acquire) == served;  // [served]
            };
            if (until == detail::no_deadline) {
                wait_.wait_until(is_served);
            } else if (!wait_.wait_until(is_served, until)) {
                if (claim()) {
                    return false;
                }
                wait_.wait_until(is_served);  // somebody is about to serve it
            }
            return true;
        }
        /// Once it was served.
        channel_status outcome() const noexcept { return outcome_; }

    private:
        static constexpr unsigned armed = 0;
        static constexpr unsigned claimed = 1;
        static constexpr unsigned served = 2;

        alignas(detail::cache_line) atomic<unsigned> state_{claimed};
        atomic<unsigned> notifying_{0};
        channel_status outcome_ = channel_status::success;
        Wait wait_;
    };

    /// A waiter in one line: the item that it offers, or the place for the item that it receives.
    struct entry {
        entry(waiter& who, T& value, std::size_t* tell = nullptr, std::size_t as = 0)
            : who(who), value(value), tell(tell), as(as) {}

        waiter& who;
        T& value;
        std::size_t* const tell;  ///< where a selecting one is told which of its entries was served
        const std::size_t as;
        entry* before = nullptr;
        entry* behind = nullptr;
        bool is_in_line = false;
    };

    /// A list of entries, under the channel's lock.
    class line {
    public:
        void add(entry& last) noexcept {
            last.before = last_;
            last.behind = nullptr;
            (last_ == nullptr ? first_ : last_->behind) = &last;
            last_ = &last;
            last.is_in_line = true;
        }
        void remove(entry& one) noexcept {
            if (one.is_in_line) {
                (one.before == nullptr ? first_ : one.before->behind) = one.behind;
                (one.behind == nullptr ? last_ : one.behind->before) = one.before;
                one.is_in_line = false;
            }
        }
        /// Takes entries out until it has claimed one. Null: there is none.
        entry* claim_first() noexcept {
            while (entry* const one = first_) {
                remove(*one);
                if (one->who.claim()) {
                    if (one->tell != nullptr) {
                        *one->tell = one->as;
                    }
                    return one;
                }
            }
            return nullptr;
        }
        bool empty() const noexcept { return first_ == nullptr; }

    private:
        entry* first_ = nullptr;
        entry* last_ = nullptr;
    };

    static constexpr std::size_t first_places = 16;

    /// Gives the item to a receiver that waits, or to the buffer. Unlocks where it has to notify.
    channel_status put(std::unique_lock<detail::brief_mutex>& lock, T& value) {
        if (closed_) {
            return channel_status::closed;
        }
        if (entry* const receiver = waiting_receivers_.claim_first()) {
            receiver->value = std::move(value);
            finish(lock, receiver->who);
            return channel_status::success;
        }
        if (!make_room()) {
            return channel_status::would_wait;
        }
        buffer_->push(std::move(value));
        return channel_status::success;
    }

    bool has_item() const noexcept {
        return (buffer_ != nullptr && !buffer_->empty()) || !waiting_senders_.empty();
    }

    /// Takes the item that is first: of the buffer, or of a sender that waits. Unlocks where it has to notify.
    channel_status take(std::unique_lock<detail::brief_mutex>& lock, T& out) {
        if (buffer_ != nullptr && !buffer_->empty()) {
            buffer_->pop(out);
            if (entry* const sender = waiting_senders_.claim_first()) {
                buffer_->push(std::move(sender->value));
                finish(lock, sender->who);
            }
            return channel_status::success;
        }
        if (entry* const sender = waiting_senders_.claim_first()) {
            out = std::move(sender->value);
            finish(lock, sender->who);
            return channel_status::success;
        }
        return closed_ ? channel_status::closed : channel_status::would_wait;
    }

    void finish(std::unique_lock<detail::brief_mutex>& lock, waiter& who) {
        who.serve(channel_status::success);
        lock.unlock();
        who.notify();
    }

    /// Whether the buffer takes one more item. It grows until it has `capacity_` places.
    bool make_room() {
        if (buffer_ != nullptr && !buffer_->full()) {
            return true;
        }
        const std::size_t places = buffer_ == nullptr ? 0 : buffer_->capacity();
        if (places >= capacity_) {
            return false;
        }
        auto larger =
            std::make_unique<detail::plain_ring<T>>(std::min(capacity_, std::max(2 * places, first_places)));
        for (T moved; buffer_ != nullptr && !buffer_->empty();) {
            buffer_->pop(moved);
            larger->push(std::move(moved));
        }
        buffer_ = std::move(larger);
        return true;
    }

    const std::size_t capacity_;
    const std::string wait_;
    alignas(detail::cache_line) detail::brief_mutex mutex_;  // protects what follows
    bool closed_ = false;
    std::unique_ptr<detail::plain_ring<T>> buffer_;
    line waiting_senders_;
    line waiting_receivers_;
};

}  // namespace handoff::impls
