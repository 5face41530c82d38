// Overload policy: the sender waits until there is room.
//
// Loses:  nothing, as long as the sender can wait. What comes meanwhile queues up in front of it.
// Bound:  the channel's capacity.
// Cost:   a send.
#pragma once

#include <string_view>
#include <utility>

#include "../concepts/channels.hpp"
#include "../concepts/overload.hpp"

namespace handoff::impls::overload {

template <class Channel>
class block {
public:
    using value_type = typename Channel::value_type;
    static constexpr std::string_view name = "block";

    explicit block(Channel& channel) : in_(channel.sender()) {}

    offered offer(value_type&& value) {
        const bool is_in = in_.send(std::move(value));
        ++(is_in ? counts_.accepted : counts_.closed);
        return is_in ? offered::accepted : offered::closed;
    }
    const counts& seen() const noexcept { return counts_; }

private:
    sender_end_t<Channel> in_;
    counts counts_;
};

}  // namespace handoff::impls::overload
