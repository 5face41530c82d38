// Channel over multicast_ring: each receiver receives every item; the slowest holds the sender back.
#pragma once

#include <string_view>

#include "../queues/multicast_ring.hpp"
#include "../wait/park.hpp"
#include "queue_channel.hpp"

namespace handoff::impls {

template <class T, class Wait = park>
class broadcast_channel : public queue_channel<multicast_ring<T>, Wait> {
public:
    static constexpr std::string_view name = "broadcast_channel";
    using queue_channel<multicast_ring<T>, Wait>::queue_channel;
};

}  // namespace handoff::impls
