// Channel over cached_ring: bounded, one sender and one receiver.
#pragma once

#include <string_view>

#include "../queues/cached_ring.hpp"
#include "../wait/park.hpp"
#include "queue_channel.hpp"

namespace handoff::impls {

template <class T, class Wait = park>
class cached_ring_channel : public queue_channel<cached_ring<T>, Wait> {
public:
    static constexpr std::string_view name = "cached_ring_channel";
    using queue_channel<cached_ring<T>, Wait>::queue_channel;
};

}  // namespace handoff::impls
