// Channels that break what they promise, and one that does not.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "channels/csp_channel.hpp"
#include "concepts/channels.hpp"

namespace handoff::impls {

enum class channel_fault {
    none,
    loses_the_last,     ///< close() forgets the item that was sent last
    wakes_no_receiver,  ///< close() wakes no receiver that waits
    accepts_late,       ///< sends succeed after close()
    changes_the_last,   ///< close() puts an item that nobody sent in the place of the one that was sent last
    refuses_early,      ///< a send is refused while there is room for one more
    keeps_the_oldest,   ///< of a channel that is to keep the newest item
};

/// The textbook monitor, with a fault.
template <class T, channel_fault Fault>
class monitor_channel {
    static constexpr bool conflates = Fault == channel_fault::keeps_the_oldest;
    using deadline = std::chrono::steady_clock::time_point;

public:
    using value_type = T;
    static constexpr auto senders = cardinality::many;
    static constexpr auto receivers = cardinality::many;
    static constexpr auto delivers = conflates ? delivery::newest : delivery::once;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr channel_capacities capacities{.bounded = true, .largest = conflates ? 1 : 0};
    static constexpr bool waits_by_itself = true;

    explicit monitor_channel(const channel_options& options) : capacity_(options.capacity) {}

    class sender_handle {
    public:
        explicit sender_handle(monitor_channel& owner) : owner_(owner) {}
        bool send(T&& value) { return owner_.put(value, deadline::max()) == channel_status::success; }
        channel_status try_send(T&& value) {
            const auto how = owner_.put(value, deadline::min());
            return how == channel_status::timeout ? channel_status::would_wait : how;
        }
        channel_status send_for(T&& value, std::chrono::nanoseconds patience) {
            return owner_.put(value, std::chrono::steady_clock::now() + patience);
        }

    private:
        monitor_channel& owner_;
    };

    class receiver_handle {
    public:
        explicit receiver_handle(monitor_channel& owner) : owner_(owner) {}
        bool receive(T& out) { return owner_.take(out, deadline::max()) == channel_status::success; }
        channel_status try_receive(T& out) {
            const auto how = owner_.take(out, deadline::min());
            return how == channel_status::timeout ? channel_status::would_wait : how;
        }
        channel_status receive_for(T& out, std::chrono::nanoseconds patience) {
            return owner_.take(out, std::chrono::steady_clock::now() + patience);
        }

    private:
        monitor_channel& owner_;
    };

    sender_handle sender() { return sender_handle(*this); }
    receiver_handle receiver() { return receiver_handle(*this); }

    void close() {
        const std::lock_guard lock(mutex_);
        if (!closed_ && Fault == channel_fault::loses_the_last && !items_.empty()) {
            items_.pop_back();
        }
        if constexpr (Fault == channel_fault::changes_the_last) {
            if (!closed_ && !items_.empty()) {
                items_.back() = T(0, 1'000'000);
            }
        }
        closed_ = true;
        not_full_.notify_all();
        if (Fault != channel_fault::wakes_no_receiver) {
            not_empty_.notify_all();
        }
    }

private:
    template <class Done>
    static bool wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, deadline until,
                     Done&& done) {
        if (until == deadline::max()) {
            changed.wait(lock, done);
            return true;
        }
        return until == deadline::min() ? done() : changed.wait_until(lock, until, done);
    }

    channel_status put(T& value, deadline until) {
        std::unique_lock lock(mutex_);
        const bool refuses = Fault != channel_fault::accepts_late;
        if (!wait(lock, not_full_, until, [&] { return closed_ || conflates || items_.size() < capacity_; })) {
            return channel_status::timeout;
        }
        if (Fault == channel_fault::refuses_early && items_.size() + 1 >= capacity_) {
            return channel_status::closed;
        }
        if (closed_ && (refuses || items_.size() >= capacity_)) {
            return channel_status::closed;
        }
        if (!conflates || items_.empty()) {
            items_.push_back(std::move(value));
        }
        not_empty_.notify_one();
        return channel_status::success;
    }

    channel_status take(T& out, deadline until) {
        std::unique_lock lock(mutex_);
        if (!wait(lock, not_empty_, until, [&] { return closed_ || !items_.empty(); })) {
            return channel_status::timeout;
        }
        if (items_.empty()) {
            return channel_status::closed;
        }
        out = std::move(items_.front());
        items_.pop_front();
        not_full_.notify_one();
        return channel_status::success;
    }

    const std::size_t capacity_;
    std::mutex mutex_;  // protects what follows
    std::condition_variable not_full_;
    std::condition_variable not_empty_;
    std::deque<T> items_;
    bool closed_ = false;
};

template <class T, class>
struct sound_channel : monitor_channel<T, channel_fault::none> {
    static constexpr std::string_view name = "sound_channel";
    using monitor_channel<T, channel_fault::none>::monitor_channel;
};

template <class T, class>
struct loses_the_last_at_close : monitor_channel<T, channel_fault::loses_the_last> {
    static constexpr std::string_view name = "loses_the_last_at_close";
    using monitor_channel<T, channel_fault::loses_the_last>::monitor_channel;
};

template <class T, class>
struct hangs_a_receiver_at_close : monitor_channel<T, channel_fault::wakes_no_receiver> {
    static constexpr std::string_view name = "hangs_a_receiver_at_close";
    using monitor_channel<T, channel_fault::wakes_no_receiver>::monitor_channel;
};

template <class T, class>
struct accepts_after_close : monitor_channel<T, channel_fault::accepts_late> {
    static constexpr std::string_view name = "accepts_after_close";
    using monitor_channel<T, channel_fault::accepts_late>::monitor_channel;
};

template <class T, class>
struct changes_the_last_at_close : monitor_channel<T, channel_fault::changes_the_last> {
    static constexpr std::string_view name = "changes_the_last_at_close";
    using monitor_channel<T, channel_fault::changes_the_last>::monitor_channel;
};

template <class T, class>
struct refuses_before_it_is_full : monitor_channel<T, channel_fault::refuses_early> {
    static constexpr std::string_view name = "refuses_before_it_is_full";
    using monitor_channel<T, channel_fault::refuses_early>::monitor_channel;
};

template <class T, class>
struct keeps_the_oldest : monitor_channel<T, channel_fault::keeps_the_oldest> {
    static constexpr std::string_view name = "keeps_the_oldest";
    using monitor_channel<T, channel_fault::keeps_the_oldest>::monitor_channel;
};

/// Promises each channel its turn, and takes from the first one that has an item.
template <class T, class Wait>
class selects_unfairly : public csp_channel<T, Wait> {
    using base = csp_channel<T, Wait>;

public:
    static constexpr std::string_view name = "selects_unfairly";
    using base::base;

    class selector {
    public:
        selector(std::span<selects_unfairly* const> sources, select_order)
            : bases_(sources.begin(), sources.end()), inner_(bases_, select_order::first) {}
        bool receive(T& out, std::size_t& which) { return inner_.receive(out, which); }
        channel_status try_receive(T& out, std::size_t& which) { return inner_.try_receive(out, which); }
        channel_status receive_for(T& out, std::size_t& which, std::chrono::nanoseconds patience) {
            return inner_.receive_for(out, which, patience);
        }

    private:
        std::vector<base*> bases_;
        typename base::selector inner_;
    };
};

}  // namespace handoff::impls
