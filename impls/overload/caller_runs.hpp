// Overload policy: an item that finds no room is handled by the sending thread, which is held up by that.
//
// Loses:  nothing. Items that the sender handles overtake those that lie in the channel.
// Bound:  the channel's capacity.
// Cost:   a try_send; without room the handling of the item.
#pragma once

#include <string_view>
#include <utility>

#include "../concepts/channels.hpp"
#include "../concepts/overload.hpp"

namespace handoff::impls::overload {

template <class Channel, class Run>
class caller_runs {
public:
    using value_type = typename Channel::value_type;
    static constexpr std::string_view name = "caller_runs";

    /// `run(item)` handles an item as a receiver would, in the thread that offers.
    caller_runs(Channel& channel, Run run) : in_(channel.sender()), run_(std::move(run)) {}

    offered offer(value_type&& value) {
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
        ++counts_.ran;
        run_(std::move(value));  // NOLINT(bugprone-use-after-move): a try leaves it alone
        return offered::ran;
    }
    const counts& seen() const noexcept { return counts_; }

private:
    sender_end_t<Channel> in_;
    [[no_unique_address]] Run run_;
    counts counts_;
};

}  // namespace handoff::impls::overload
