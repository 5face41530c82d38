// Overload policy: one of n items is sent, the others are dropped, whether there is room or not.
//
// Loses:  n - 1 of n items, evenly. It is blind to the load: it also loses them where there is room for all.
// Bound:  the channel's capacity; the one of n waits for room.
// Cost:   a send for one of n items.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "../concepts/channels.hpp"
#include "../concepts/overload.hpp"

namespace handoff::impls::overload {

template <class Channel, class Lost = forget>
class sample {
public:
    using value_type = typename Channel::value_type;
    static constexpr std::string_view name = "sample";

    /// Keeps the first of every `of` items (at least 1). `lost(item, why)` is called with each of the others.
    explicit sample(Channel& channel, std::uint64_t of, Lost lost = {})
        : in_(channel.sender()), of_(of), lost_(std::move(lost)) {}

    offered offer(value_type&& value) {
        const bool is_kept = turn_ == 0;
        turn_ = turn_ + 1 == of_ ? 0 : turn_ + 1;
        if (!is_kept) {
            ++counts_.sampled;
            lost_(std::move(value), loss::sampled);
            return offered::dropped;
        }
        const bool is_in = in_.send(std::move(value));
        ++(is_in ? counts_.accepted : counts_.closed);
        return is_in ? offered::accepted : offered::closed;
    }
    const counts& seen() const noexcept { return counts_; }

private:
    sender_end_t<Channel> in_;
    const std::uint64_t of_;
    std::uint64_t turn_ = 0;
    [[no_unique_address]] Lost lost_;
    counts counts_;
};

}  // namespace handoff::impls::overload
