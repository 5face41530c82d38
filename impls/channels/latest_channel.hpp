// Channel that keeps only the newest item: a send replaces what nobody has received yet, and never waits.
//
// Source: none of its own; conflating channels are Kotlin's (kotlinx.coroutines, Channel.CONFLATED) and
//         ZeroMQ's (ZMQ_CONFLATE).
//
// Progress: sends are lock-free (as far as the allocator is); receives block where they wait.
// Order:    what is received comes in the order of the sends.
// Capacity: 1; allocates places, which go round between both sides.
// Cost:     1 RMW to send, 2 to receive; a sender without a place of its own takes one more.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "../atomic.hpp"
#include "../concepts/channels.hpp"
#include "../concepts/waiting.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/clock.hpp"
#include "../wait/park.hpp"
#include "detail/named_wait.hpp"

namespace handoff::impls {

template <class T, wait_strategy Wait = park>
class latest_channel {
    struct place {
        std::optional<T> item;
    };

public:
    using value_type = T;
    static constexpr std::string_view name = "latest_channel";
    static constexpr auto senders = cardinality::many;
    static constexpr auto receivers = cardinality::many;
    static constexpr auto delivers = delivery::newest;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr channel_capacities capacities{.bounded = true, .largest = 1};

    explicit latest_channel(const channel_options& options) { detail::choose_wait(not_empty_, options.wait); }
    ~latest_channel() {
        // relaxed, both: no threads are left
        delete place_of(state_.load(std::memory_order_relaxed));
        delete spare_.load(std::memory_order_relaxed);
    }
    latest_channel(const latest_channel&) = delete;
    latest_channel& operator=(const latest_channel&) = delete;

    /// A sending thread's end. Outlived by the channel; used by one thread at a time.
    class sender_handle {
    public:
        explicit sender_handle(latest_channel& owner) : owner_(owner) {}

        [[nodiscard]] bool send(T&& value) { return owner_.replace(std::move(value), mine_); }
        [[nodiscard]] channel_status try_send(T&& value) {
            return send(std::move(value)) ? channel_status::success : channel_status::closed;
        }
        [[nodiscard]] channel_status send_for(T&& value, std::chrono::nanoseconds) {
            return try_send(std::move(value));
        }

    private:
        latest_channel& owner_;
        std::unique_ptr<place> mine_;  ///< for the next item
    };

    /// A receiving thread's end. Outlived by the channel; used by one thread at a time.
    class receiver_handle {
    public:
        explicit receiver_handle(latest_channel& owner) : owner_(owner) {}

        [[nodiscard]] bool receive(T& out) {
            channel_status status{};
            owner_.not_empty_.wait_until([&] { return is_settled(status, out); });
            return status == channel_status::success;
        }
        [[nodiscard]] channel_status try_receive(T& out) { return owner_.take(out); }
        [[nodiscard]] channel_status receive_for(T& out, std::chrono::nanoseconds patience) {
            channel_status status{};
            owner_.not_empty_.wait_until([&] { return is_settled(status, out); },
                                         steady_clock::now() + patience);
            return status == channel_status::would_wait ? channel_status::timeout : status;
        }

    private:
        bool is_settled(channel_status& status, T& out) {
            status = owner_.take(out);
            return status != channel_status::would_wait;
        }

        latest_channel& owner_;
    };

    sender_handle sender() { return sender_handle(*this); }
    receiver_handle receiver() { return receiver_handle(*this); }

    void close() {
        // relaxed: orders nothing; in one word with the item, so that a send comes before it or is refused
        state_.fetch_or(closed, std::memory_order_relaxed);
        not_empty_.notify_all();
    }

private:
    // The address of the place that holds the item, 0 where there is none, and in the lowest bit whether the
    // channel is closed. Who takes an address out owns the place: nobody else can read it, so that nothing is
    // freed under a reader, and an address that came back meanwhile (ABA) is that of a full place again.
    using word = std::uintptr_t;
    static constexpr word closed = 1;
    static place* place_of(word state) noexcept { return reinterpret_cast<place*>(state & ~closed); }

    bool replace(T&& value, std::unique_ptr<place>& mine) {
        word before = state_.load(std::memory_order_relaxed);  // relaxed: the CAS checks it
        if ((before & closed) != 0) {
            return false;
        }
        if (mine == nullptr) {
            mine.reset(spare_.exchange(nullptr, std::memory_order_acquire));  // [returned]
        }
        if (mine == nullptr) {
            mine = std::make_unique<place>();
        }
        mine->item.emplace(std::move(value));
        // [published]: the item is in its place; the acquire is that of a sender who takes the older item's
        // place. relaxed on failure: nothing was taken
        while (!state_.compare_exchange_weak(before, reinterpret_cast<word>(mine.get()),
                                             std::memory_order_acq_rel, std::memory_order_relaxed)) {
            if ((before & closed) != 0) {
                value = std::move(*mine->item);
                mine->item.reset();
                return false;
            }
        }
        static_cast<void>(mine.release());
        mine.reset(place_of(before));
        if (mine != nullptr) {
            mine->item.reset();
        }
        not_empty_.notify();
        return true;
    }

    channel_status take(T& out) {
        word before = state_.load(std::memory_order_relaxed);  // relaxed: the CAS checks it
        do {
            if (place_of(before) == nullptr) {
                return before == closed ? channel_status::closed : channel_status::would_wait;
            }
            // [published]. relaxed on failure: nothing was taken
        } while (!state_.compare_exchange_weak(before, before & closed, std::memory_order_acquire,
                                               std::memory_order_relaxed));
        std::unique_ptr<place> taken(place_of(before));
        out = std::move(*taken->item);
        taken->item.reset();
        // [returned]: the place is empty; the acquire is for the one that is freed here
        taken.reset(spare_.exchange(taken.release(), std::memory_order_acq_rel));
        return channel_status::success;
    }

    alignas(detail::cache_line) atomic<word> state_{0};
    alignas(detail::cache_line) atomic<place*> spare_{nullptr};  ///< of an item that was received
    Wait not_empty_;
};

}  // namespace handoff::impls
