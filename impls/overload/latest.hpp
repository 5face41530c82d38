// Overload policy: each item replaces all that nobody has received yet (conflation).
//
// Loses:  every item that a newer one came after before anybody received it, also while there is room.
// Bound:  one item, and one more for each further sender; `latest_channel` does the same in one word.
// Needs:  a channel that any number of threads receive from, with a capacity of at least 1.
//         It is closed after its senders' last offers: one to a channel that closes may take out what was
//         accepted and then find that nothing newer can be sent.
// Cost:   a try_receive that finds nothing and a try_send; one more try_receive for each item that is replaced.
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
class latest {
public:
    using value_type = typename Channel::value_type;
    static constexpr std::string_view name = "latest";

    /// `lost(item, why)` is called with each item that is replaced.
    explicit latest(Channel& channel, Lost lost = {})
        : in_(channel.sender()), out_(channel.receiver()), lost_(std::move(lost)) {}

    offered offer(value_type&& value) {
        for (unsigned tries = 1;; ++tries) {
            for (value_type older{}; out_.try_receive(older) == channel_status::success;) {
                ++counts_.conflated;
                lost_(std::move(older), loss::conflated);
                older = value_type{};
            }
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
            // another sender was faster, or a receiver is in the middle of it and may have lost its CPU there
            tries % 64 == 0 ? this_thread::yield() : detail::cpu_relax();
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
