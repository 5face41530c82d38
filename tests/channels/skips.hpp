// A channel that is to deliver to all, and withholds an item from one receiver.
#pragma once

#include <atomic>
#include <chrono>
#include <string_view>

#include "channels/broadcast_channel.hpp"
#include "concepts/channels.hpp"

namespace handoff::impls {

/// The second receiver does not get its first item.
template <class T, class Wait>
class skips_a_receiver : public broadcast_channel<T, Wait> {
    using base = broadcast_channel<T, Wait>;

public:
    static constexpr std::string_view name = "skips_a_receiver";
    using base::base;

    class receiver_handle {
    public:
        explicit receiver_handle(skips_a_receiver& owner)
            : inner_(owner), skips_(owner.handles_.fetch_add(1) == 1) {}
        bool receive(T& out) {
            if (skips_ && !inner_.receive(out)) {
                return false;
            }
            skips_ = false;
            return inner_.receive(out);
        }
        channel_status try_receive(T& out) { return inner_.try_receive(out); }
        channel_status receive_for(T& out, std::chrono::nanoseconds patience) {
            return inner_.receive_for(out, patience);
        }

    private:
        typename base::receiver_handle inner_;
        bool skips_;
    };

    receiver_handle receiver() { return receiver_handle(*this); }

private:
    std::atomic<unsigned> handles_{0};
};

}  // namespace handoff::impls
