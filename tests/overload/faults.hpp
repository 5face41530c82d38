// Overload policies that do something else than their names say.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "concepts/channels.hpp"
#include "concepts/overload.hpp"

namespace handoff::impls {

namespace overload {

/// What the policies here have in common.
template <class Channel, class Lost, class Run>
class faulty {
public:
    using value_type = typename Channel::value_type;

    faulty(Channel& channel, Lost lost, Run run)
        : in_(channel.sender()), out_(channel.receiver()), lost_(lost), run_(run) {}

    const counts& seen() const noexcept { return counts_; }

protected:
    /// The usual beginning: whether the item is in, and what that means.
    bool is_settled(value_type& value, offered& what) {
        const channel_status status = in_.try_send(std::move(value));
        what = status == channel_status::success ? offered::accepted : offered::closed;
        counts_.accepted += status == channel_status::success;
        counts_.closed += status == channel_status::closed;
        return status != channel_status::would_wait;
    }
    offered drop(value_type& value, loss why) {
        ++counts_.of(why);
        lost_(std::move(value), why);
        return offered::dropped;
    }

    sender_end_t<Channel> in_;
    receiver_end_t<Channel> out_;
    Lost lost_;
    Run run_;
    counts counts_;
    std::uint64_t turn_ = 0;
};

/// Refuses what it should wait with.
template <class Channel, class Lost, class Run>
struct refuses_to_wait : faulty<Channel, Lost, Run> {
    static constexpr std::string_view name = "block";
    using faulty<Channel, Lost, Run>::faulty;
    offered offer(typename Channel::value_type&& value) {
        offered what{};
        if (this->is_settled(value, what)) {
            return what;
        }
        ++this->counts_.refused;
        return offered::refused;
    }
};

/// Refuses every third item, whether there is room or not.
template <class Channel, class Lost, class Run>
struct refuses_with_room : faulty<Channel, Lost, Run> {
    static constexpr std::string_view name = "reject";
    using faulty<Channel, Lost, Run>::faulty;
    offered offer(typename Channel::value_type&& value) {
        offered what{};
        if (++this->turn_ % 3 != 0 && this->is_settled(value, what)) {
            return what;
        }
        ++this->counts_.refused;
        return offered::refused;
    }
};

/// Says of what it should refuse that it was accepted.
template <class Channel, class Lost, class Run>
struct swallows : faulty<Channel, Lost, Run> {
    static constexpr std::string_view name = "reject";
    using faulty<Channel, Lost, Run>::faulty;
    offered offer(typename Channel::value_type&& value) {
        offered what{};
        if (!this->is_settled(value, what)) {
            ++this->counts_.accepted;
            return offered::accepted;
        }
        return what;
    }
};

/// Drops the oldest item, and says that it was the newest.
template <class Channel, class Lost, class Run>
struct drops_the_other_end : faulty<Channel, Lost, Run> {
    static constexpr std::string_view name = "drop_newest";
    using faulty<Channel, Lost, Run>::faulty;
    offered offer(typename Channel::value_type&& value) {
        offered what{};
        while (!this->is_settled(value, what)) {
            typename Channel::value_type oldest{};
            if (this->out_.try_receive(oldest) == channel_status::success) {
                this->drop(oldest, loss::dropped_newest);
            }
        }
        return what;
    }
};

/// Counts each drop twice.
template <class Channel, class Lost, class Run>
struct counts_a_drop_twice : faulty<Channel, Lost, Run> {
    static constexpr std::string_view name = "drop_newest";
    using faulty<Channel, Lost, Run>::faulty;
    offered offer(typename Channel::value_type&& value) {
        offered what{};
        if (this->is_settled(value, what)) {
            return what;
        }
        ++this->counts_.dropped_newest;
        return this->drop(value, loss::dropped_newest);
    }
};

/// Drops the newest of those that lie in the channel, and puts the others back.
template <class Channel, class Lost, class Run>
struct drops_the_newest_inside : faulty<Channel, Lost, Run> {
    static constexpr std::string_view name = "drop_oldest";
    using faulty<Channel, Lost, Run>::faulty;
    offered offer(typename Channel::value_type&& value) {
        offered what{};
        while (!this->is_settled(value, what)) {
            std::vector<typename Channel::value_type> inside(1);
            while (this->out_.try_receive(inside.back()) == channel_status::success) {
                inside.emplace_back();
            }
            inside.pop_back();
            if (!inside.empty()) {
                this->drop(inside.back(), loss::dropped_oldest);
                inside.pop_back();
            }
            for (auto& one : inside) {
                static_cast<void>(this->in_.send(std::move(one)));
            }
        }
        return what;
    }
};

/// Keeps what lies in the channel, and conflates what comes.
template <class Channel, class Lost, class Run>
struct keeps_the_older : faulty<Channel, Lost, Run> {
    static constexpr std::string_view name = "latest";
    using faulty<Channel, Lost, Run>::faulty;
    offered offer(typename Channel::value_type&& value) {
        typename Channel::value_type older{};
        if (this->out_.try_receive(older) == channel_status::success) {
            ++this->counts_.accepted;
            this->drop(value, loss::conflated);
            return this->in_.send(std::move(older)) ? offered::accepted : offered::closed;
        }
        offered what{};
        static_cast<void>(this->is_settled(value, what));
        return what;
    }
};

/// Keeps one of three instead of one of four.
template <class Channel, class Lost, class Run>
struct keeps_one_of_three : faulty<Channel, Lost, Run> {
    static constexpr std::string_view name = "sample";
    using faulty<Channel, Lost, Run>::faulty;
    offered offer(typename Channel::value_type&& value) {
        if (this->turn_++ % 3 != 0) {
            return this->drop(value, loss::sampled);
        }
        const bool is_in = this->in_.send(std::move(value));
        ++(is_in ? this->counts_.accepted : this->counts_.closed);
        return is_in ? offered::accepted : offered::closed;
    }
};

/// Runs what finds no room twice.
template <class Channel, class Lost, class Run>
struct runs_twice : faulty<Channel, Lost, Run> {
    static constexpr std::string_view name = "caller_runs";
    using faulty<Channel, Lost, Run>::faulty;
    offered offer(typename Channel::value_type&& value) {
        offered what{};
        if (this->is_settled(value, what)) {
            return what;
        }
        ++this->counts_.ran;
        auto again = value;
        this->run_(std::move(value));
        this->run_(std::move(again));
        return offered::ran;
    }
};

/// Keeps 64 MiB for each item, untouched.
template <class Channel, class Lost, class Run>
struct grows_too_fast : faulty<Channel, Lost, Run> {
    static constexpr std::string_view name = "grow";
    using faulty<Channel, Lost, Run>::faulty;
    offered offer(typename Channel::value_type&& value) {
        kept_.push_back(std::make_unique_for_overwrite<char[]>(std::size_t{64} * 1024 * 1024));
        const bool is_in = this->in_.send(std::move(value));
        ++(is_in ? this->counts_.accepted : this->counts_.closed);
        return is_in ? offered::accepted : offered::closed;
    }

private:
    std::vector<std::unique_ptr<char[]>> kept_;
};

/// A receiver of batches that forgets the last item of a batch that was not full when its time was up.
template <class Channel>
class forgetful_batches {
public:
    using value_type = typename Channel::value_type;

    forgetful_batches(Channel& channel, std::chrono::nanoseconds linger)
        : out_(channel.receiver()), linger_(linger) {}

    std::size_t receive(std::span<value_type> batch) {
        std::size_t count = 0;
        if (!out_.receive(batch.front())) {
            return 0;
        }
        const auto until = std::chrono::steady_clock::now() + linger_;
        for (count = 1; count < batch.size(); ++count) {
            const auto how = out_.receive_for(batch[count], until - std::chrono::steady_clock::now());
            if (how == channel_status::timeout && count > 1) {
                return count - 1;
            }
            if (how != channel_status::success) {
                break;
            }
        }
        return count;
    }

private:
    receiver_end_t<Channel> out_;
    std::chrono::nanoseconds linger_;
};

}  // namespace overload

}  // namespace handoff::impls
