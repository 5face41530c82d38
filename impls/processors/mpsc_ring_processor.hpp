// Event processor over mpsc_array: bounded, one thread handles all events in submission order.
#pragma once

#include <string_view>

#include "../concepts/processors.hpp"
#include "../queues/mpsc_array.hpp"
#include "../wait/park.hpp"
#include "queue_processor.hpp"

namespace handoff::impls {

template <class Event, class Handler, class Wait = park>
class mpsc_ring_processor
    : public queue_processor<mpsc_array<Event>, handling_order::submission, Handler, Wait> {
public:
    static constexpr std::string_view name = "mpsc_ring_processor";
    using queue_processor<mpsc_array<Event>, handling_order::submission, Handler, Wait>::queue_processor;
};

}  // namespace handoff::impls
