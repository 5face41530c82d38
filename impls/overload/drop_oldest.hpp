// Overload policy: an item that finds no room takes the place of the one that has lain in the channel for
// longest.
//
// Loses:  the oldest items. What is received is at most a full channel old, and the newest items come.
// Bound:  the channel's capacity, of at least 1: with nothing in it there is no oldest item.
// Needs:  a channel that any number of threads receive from, since the sender receives what it drops.
//         It is closed after its senders' last offers: one to a channel that closes may drop an item and then
//         find that it cannot be sent.
// Cost:   a try_send; without room a try_receive and another try_send. Where that finds no room either (another
//         sender has taken it, or a receiver is in the middle of its receive), more of them, with a yield
//         before each.
#pragma once

#include <string_view>
#include <utility>

#include "../concepts/channels.hpp"
#include "../concepts/overload.hpp"
#include "../detail/cpu_relax.hpp"
#include "../detail/this_thread.hpp"

namespace handoff::impls::overload {

template <class Channel, class Lost = forget>
    requires(Channel::receivers == cardinality::many)
class drop_oldest {
public:
    using value_type = typename Channel::value_type;
    static constexpr std::string_view name = "drop_oldest";

    /// `lost(item, why)` is called with each item that is dropped.
    explicit drop_oldest(Channel& channel, Lost lost = {})
        : in_(channel.sender()), out_(channel.receiver()), lost_(std::move(lost)) {}

    offered offer(value_type&& value) {
        // In a ring a receiver that has lost its CPU keeps the place of an item that it is about to take: no
        // drop of the items behind that makes room, so one is dropped, and another one after a long wait.
        constexpr unsigned between_drops = 64;  // tries
        unsigned until_drop = 0;
        for (unsigned tries = 1;; ++tries) {
            // NOLINTNEXTLINE(bugprone-use-after-move): a try that has no success leaves it alone
            switch (in_.try_send(std::move(value))) {
                case channel_status::success:
                    ++counts_.accepted;
                    return offered::accepted;
                case channel_status::closed:
                    ++counts_.closed;
                    return offered::closed;
                default:
                    break;
            }
            if (until_drop > 0) {
                --until_drop;
                this_thread::yield();
                continue;
            }
            value_type oldest{};
            if (out_.try_receive(oldest) == channel_status::success) {
                ++counts_.dropped_oldest;
                lost_(std::move(oldest), loss::dropped_oldest);
                until_drop = between_drops;
            } else {
                // another thread is in the middle of a send or a receive, and may have lost its CPU there
                tries % 64 == 0 ? this_thread::yield() : detail::cpu_relax();
            }
        }
    }
    const counts& seen() const noexcept { return counts_; }

private:
    sender_end_t<Channel> in_;
    receiver_end_t<Channel> out_;
    [[no_unique_address]] Lost lost_;
    counts counts_;
};

}  // namespace handoff::impls::overload
