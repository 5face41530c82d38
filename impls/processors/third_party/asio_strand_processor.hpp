// Adapted: one Boost.Asio strand: all events in submission order (asio_strands.hpp).
#pragma once

#include <string_view>

#include "../../concepts/processors.hpp"
#include "asio_strands.hpp"

namespace handoff::impls {

template <class Event, class Handler, class = native>
class asio_strand_processor : public asio_strands<handling_order::submission, Event, Handler> {
public:
    static constexpr std::string_view name = "asio_strand_processor";
    using asio_strands<handling_order::submission, Event, Handler>::asio_strands;
};

}  // namespace handoff::impls
