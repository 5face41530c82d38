// Adapted: boost::signals2::signal, with a combiner that catches what handlers throw.
//
// Source: Hess, Boost.Signals2, 2009 (after Gregor's Boost.Signals).
//
// Progress: blocking: a lock per signal, and one per connection.
// Order:    each publisher's publications in its order.
// Capacity: unbounded handlers; a list node, a connection and a slot each.
// Cost:     a publication takes the signal's lock and copies a shared_ptr to the list; a delivery takes its
//           connection's lock, and calls through boost::function. A publication that runs while handlers come
//           or go makes the next change copy the list.
#pragma once

#include <boost/signals2/signal.hpp>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "../../atomic.hpp"
#include "../../concepts/buses.hpp"
#include "../../concepts/provenance.hpp"
#include "../detail/handler.hpp"

namespace handoff::impls {

template <class Event>
class signals2_bus {
public:
    using event_type = Event;
    using subscription = detail::subscription<signals2_bus, boost::signals2::connection>;
    static constexpr std::string_view name = "signals2_bus";
    static constexpr provenance adapted{"Boost.Signals2", "libboost-dev", "1.74"};
    static constexpr auto calls = handler_calls::in_publish;
    static constexpr auto unsubscribed = after_unsubscribe::may_still_run;
    static constexpr auto order = ordering::per_producer_fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr bool isolates_exceptions = true;
    static constexpr bool publishes_at_once = true;
    static constexpr bool changes_within_handlers = true;

    explicit signals2_bus(const bus_options& = {}) : signal_(isolating{&failures_}) {}

    class publisher_handle {
    public:
        explicit publisher_handle(signals2_bus& bus) noexcept : bus_(bus) {}
        void publish(const Event& event) { bus_.signal_(event); }

    private:
        signals2_bus& bus_;
    };

    publisher_handle publisher() noexcept { return publisher_handle(*this); }

    template <class F>
    subscription subscribe(F&& f) {
        return {*this, signal_.connect(std::forward<F>(f))};
    }

    void drain() noexcept {}
    std::uint64_t failures() const noexcept { return failures_.load(std::memory_order_relaxed); }

private:
    friend subscription;

    /// Without it the first handler that throws ends the publication.
    struct isolating {
        using result_type = void;

        template <class Call>
        void operator()(Call first, Call last) const {
            for (; first != last; ++first) {
                try {
                    *first;
                } catch (const boost::signals2::expired_slot&) {
                    // of a handler that tracks an object: ours track none
                } catch (...) {
                    failures->fetch_add(1, std::memory_order_relaxed);  // relaxed: a count
                }
            }
        }

        atomic<std::uint64_t>* failures;
    };

    void unsubscribe(const boost::signals2::connection& which) { which.disconnect(); }

    atomic<std::uint64_t> failures_{0};
    boost::signals2::signal<void(const Event&), isolating> signal_;
};

}  // namespace handoff::impls
