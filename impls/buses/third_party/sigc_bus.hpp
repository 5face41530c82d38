// Adapted: sigc::signal, with an accumulator that catches what handlers throw. libsigc++ is for one thread: a
// lock stands around each emission and each change, as its manual asks for.
//
// Source: Nielsen, Schulze, Cumming, Kennke and others, libsigc++, 1999 to now.
//
// Progress: blocking: publishers wait for each other's handlers.
// Order:    all handlers see all publications in one order.
// Capacity: unbounded handlers; a list node and a slot each.
// Cost:     one lock per publication; two indirect calls per delivery.
#pragma once

#include <sigc++/sigc++.h>

#include <cstdint>
#include <mutex>
#include <string_view>
#include <utility>

#include "../../atomic.hpp"
#include "../../concepts/buses.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/mutex.hpp"
#include "../detail/handler.hpp"

namespace handoff::impls {

template <class Event>
class sigc_bus {
    // The accumulator is made by the library, for each emission: it cannot know the bus. Handlers say that they
    // threw by what they return.
    struct counting {
        using result_type = std::uint64_t;

        template <class Call>
        result_type operator()(Call first, Call last) const {
            std::uint64_t thrown = 0;
            for (; first != last; ++first) {
                try {
                    *first;
                } catch (...) {
                    ++thrown;
                }
            }
            return thrown;
        }
    };

public:
    using event_type = Event;
    using subscription = detail::subscription<sigc_bus, sigc::connection>;
    static constexpr std::string_view name = "sigc_bus";
    static constexpr provenance adapted{"libsigc++", "libsigc++-3.0-dev", "3.4"};
    static constexpr auto calls = handler_calls::in_publish;
    static constexpr auto unsubscribed = after_unsubscribe::none_runs;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr bool isolates_exceptions = true;
    static constexpr bool publishes_at_once = false;
    static constexpr bool changes_within_handlers = false;

    explicit sigc_bus(const bus_options& = {}) {}

    class publisher_handle {
    public:
        explicit publisher_handle(sigc_bus& bus) noexcept : bus_(bus) {}
        void publish(const Event& event) {
            const std::lock_guard lock(bus_.mutex_);
            if (const std::uint64_t thrown = bus_.signal_.emit(event)) {
                bus_.failures_.fetch_add(thrown, std::memory_order_relaxed);  // relaxed: a count
            }
        }

    private:
        sigc_bus& bus_;
    };

    publisher_handle publisher() noexcept { return publisher_handle(*this); }

    template <class F>
    subscription subscribe(F&& f) {
        const std::lock_guard lock(mutex_);
        // The accumulated signal wants a value of each handler.
        return {*this, signal_.connect([call = std::forward<F>(f)](const Event& event) mutable {
                    call(event);
                    return std::uint64_t{0};
                })};
    }

    void drain() noexcept {}
    std::uint64_t failures() const noexcept { return failures_.load(std::memory_order_relaxed); }

private:
    friend subscription;

    void unsubscribe(sigc::connection& which) {
        const std::lock_guard lock(mutex_);
        which.disconnect();
    }

    mutex mutex_;  // protects the signal, and all calls
    typename sigc::signal<std::uint64_t(const Event&)>::template accumulated<counting> signal_;
    atomic<std::uint64_t> failures_{0};
};

}  // namespace handoff::impls
