// Overload policy: the sender is told at once that there is no room, and keeps the item.
//
// Loses:  nothing by itself: the caller decides about the item, which is untouched.
// Bound:  the channel's capacity.
// Cost:   a try_send.
#pragma once

#include <string_view>
#include <utility>

#include "../concepts/channels.hpp"
#include "../concepts/overload.hpp"

namespace handoff::impls::overload {

template <class Channel>
class reject {
public:
    using value_type = typename Channel::value_type;
    static constexpr std::string_view name = "reject";

    explicit reject(Channel& channel) : in_(channel.sender()) {}

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
        ++counts_.refused;
        return offered::refused;
    }
    const counts& seen() const noexcept { return counts_; }

private:
    sender_end_t<Channel> in_;
    counts counts_;
};

}  // namespace handoff::impls::overload
