// Adapted: many Boost.Asio strands, to which events go by key (asio_strands.hpp).
#pragma once

#include <string_view>

#include "../../concepts/processors.hpp"
#include "asio_strands.hpp"

namespace handoff::impls {

template <class Event, class Handler, class = native>
class asio_keyed_processor : public asio_strands<handling_order::per_key, Event, Handler> {
public:
    static constexpr std::string_view name = "asio_keyed_processor";
    using asio_strands<handling_order::per_key, Event, Handler>::asio_strands;
};

}  // namespace handoff::impls
