// Overload policy: the channel takes whatever comes, and memory is the bound.
//
// Loses:  nothing, until memory is used up.
// Bound:  none: watch it from outside. The age of what is received grows for as long as the overload lasts.
// Cost:   a send that never waits.
#pragma once

#include <string_view>
#include <utility>

#include "../concepts/channels.hpp"
#include "../concepts/overload.hpp"

namespace handoff::impls::overload {

template <class Channel>
    requires(Channel::capacities.unbounded)
class grow {
public:
    using value_type = typename Channel::value_type;
    static constexpr std::string_view name = "grow";

    /// The channel is to be one without a bound (`channel_options::unbounded`); a bounded one would make it
    /// wait.
    explicit grow(Channel& channel) : in_(channel.sender()) {}

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
