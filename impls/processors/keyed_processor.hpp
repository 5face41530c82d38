// Event processor of several threads, each with a mpsc_list of its own: unbounded, in submission order by key.
#pragma once

#include <string_view>

#include "../concepts/processors.hpp"
#include "../queues/mpsc_list.hpp"
#include "../wait/park.hpp"
#include "queue_processor.hpp"

namespace handoff::impls {

template <class Event, class Handler, class Wait = park>
class keyed_processor : public queue_processor<mpsc_list<Event>, handling_order::per_key, Handler, Wait> {
public:
    static constexpr std::string_view name = "keyed_processor";
    using queue_processor<mpsc_list<Event>, handling_order::per_key, Handler, Wait>::queue_processor;
};

}  // namespace handoff::impls
