// Channel over faa_array_queue: unbounded, any number of threads on both sides.
#pragma once

#include <string_view>

#include "../queues/faa_array_queue.hpp"
#include "../wait/park.hpp"
#include "queue_channel.hpp"

namespace handoff::impls {

template <class T, class Wait = park>
class faa_array_channel : public queue_channel<faa_array_queue<T>, Wait> {
public:
    static constexpr std::string_view name = "faa_array_channel";
    using queue_channel<faa_array_queue<T>, Wait>::queue_channel;
};

}  // namespace handoff::impls
