// Overload policy: an item that finds no room is dropped; what lies in the channel stays.
//
// Loses:  the newest items. What is received is up to a full channel old.
// Bound:  the channel's capacity.
// Cost:   a try_send.
#pragma once

#include <string_view>
#include <utility>

#include "../concepts/channels.hpp"
#include "../concepts/overload.hpp"

namespace handoff::impls::overload {

template <class Channel, class Lost = forget>
class drop_newest {
public:
    using value_type = typename Channel::value_type;
    static constexpr std::string_view name = "drop_newest";

    /// `lost(item, why)` is called with each item that is dropped.
    explicit drop_newest(Channel& channel, Lost lost = {}) : in_(channel.sender()), lost_(std::move(lost)) {}

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
        ++counts_.dropped_newest;
        // NOLINTNEXTLINE(bugprone-use-after-move): a try that has no success leaves it alone
        lost_(std::move(value), loss::dropped_newest);
        return offered::dropped;
    }
    const counts& seen() const noexcept { return counts_; }

private:
    sender_end_t<Channel> in_;
    [[no_unique_address]] Lost lost_;
    counts counts_;
};

}  // namespace handoff::impls::overload
