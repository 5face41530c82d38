// Receives items in batches: until there are so many, or some time has passed since the first of them.
//
// For receivers whose work has a part that is paid once per batch (a write, a commit, a message). The limit of
// time bounds what that adds to an item's age.
//
// Order:  the channel's.
// Cost:   one reading of the clock per batch, and one more each time the channel is found empty.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>

#include "../concepts/channels.hpp"
#include "../concepts/overload.hpp"
#include "../detail/clock.hpp"

namespace handoff::impls::overload {

template <class Channel>
class batch_receiver {
public:
    using value_type = typename Channel::value_type;

    /// `linger`: how long the first item of a batch waits for the others; 0: takes what is there.
    batch_receiver(Channel& channel, std::chrono::nanoseconds linger)
        : out_(channel.receiver()), linger_(linger) {}

    /// Waits for an item, and then for more until `batch` is full or the time has passed. Returns how many
    /// items it has put into `batch`, in the order in which they were received; 0: the channel is closed and
    /// all its items are taken. `batch` is not empty.
    std::size_t receive(std::span<value_type> batch) {
        if (!out_.receive(batch.front())) {
            return 0;
        }
        const auto until = steady_clock::now() + linger_;
        for (std::size_t count = 1;; ++count) {
            if (count == batch.size()) {
                return count;
            }
            channel_status status = out_.try_receive(batch[count]);
            if (status == channel_status::would_wait) {
                const auto left = until - steady_clock::now();
                status =
                    left > std::chrono::nanoseconds::zero() ? out_.receive_for(batch[count], left) : status;
            }
            if (status != channel_status::success) {
                return count;  // too late, or closed: the next call says that
            }
        }
    }

private:
    receiver_end_t<Channel> out_;
    const std::chrono::nanoseconds linger_;
};

}  // namespace handoff::impls::overload
