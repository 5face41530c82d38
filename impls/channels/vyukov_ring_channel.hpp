// Channel over vyukov_ring: bounded, any number of threads on both sides.
#pragma once

#include <string_view>

#include "../queues/vyukov_ring.hpp"
#include "../wait/park.hpp"
#include "queue_channel.hpp"

namespace handoff::impls {

template <class T, class Wait = park>
class vyukov_ring_channel : public queue_channel<vyukov_ring<T>, Wait> {
public:
    static constexpr std::string_view name = "vyukov_ring_channel";
    using queue_channel<vyukov_ring<T>, Wait>::queue_channel;
};

}  // namespace handoff::impls
