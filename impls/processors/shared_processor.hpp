// Event processor of several threads over one faa_array_queue: unbounded, in any order.
#pragma once

#include <string_view>

#include "../concepts/processors.hpp"
#include "../queues/faa_array_queue.hpp"
#include "../wait/park.hpp"
#include "queue_processor.hpp"

namespace handoff::impls {

template <class Event, class Handler, class Wait = park>
class shared_processor : public queue_processor<faa_array_queue<Event>, handling_order::any, Handler, Wait> {
public:
    static constexpr std::string_view name = "shared_processor";
    using queue_processor<faa_array_queue<Event>, handling_order::any, Handler, Wait>::queue_processor;
};

}  // namespace handoff::impls
