// The textbook bus: a list of handlers under a lock, which publish() holds while it calls them.
//
// Source: the Observer pattern (Gamma, Helm, Johnson, Vlissides, "Design Patterns", 1994), with a lock around
// it.
//
// Progress: blocking: publishers wait for each other's handlers.
// Order:    all handlers see all publications in one order.
// Capacity: unbounded handlers; one allocation each.
// Cost:     one lock per publication, one indirect call per delivery.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "../atomic.hpp"
#include "../concepts/buses.hpp"
#include "../detail/mutex.hpp"
#include "detail/handler.hpp"

namespace handoff::impls {

template <class Event>
class mutex_bus {
public:
    using event_type = Event;
    using subscription = detail::subscription<mutex_bus, const void*>;
    static constexpr std::string_view name = "mutex_bus";
    static constexpr auto calls = handler_calls::in_publish;
    static constexpr auto unsubscribed = after_unsubscribe::none_runs;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr bool isolates_exceptions = true;
    static constexpr bool publishes_at_once = false;
    static constexpr bool changes_within_handlers = false;

    explicit mutex_bus(const bus_options& = {}) {}

    class publisher_handle {
    public:
        explicit publisher_handle(mutex_bus& bus) noexcept : bus_(bus) {}

        void publish(const Event& event) {
            const std::lock_guard lock(bus_.mutex_);
            for (const auto& to : bus_.handlers_) {
                try {
                    to.how()(event);
                } catch (...) {
                    bus_.failures_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a count
                }
            }
        }

    private:
        mutex_bus& bus_;
    };

    publisher_handle publisher() noexcept { return publisher_handle(*this); }

    template <class F>
    subscription subscribe(F&& f) {
        detail::handler<Event> added(std::forward<F>(f));
        const void* const key = added.key();
        const std::lock_guard lock(mutex_);
        handlers_.push_back(std::move(added));
        return {*this, key};
    }

    void drain() noexcept {}
    std::uint64_t failures() const noexcept { return failures_.load(std::memory_order_relaxed); }

private:
    friend subscription;

    void unsubscribe(const void* key) {
        std::optional<detail::handler<Event>> gone;  // without the lock: its destructor is the user's
        const std::lock_guard lock(mutex_);          // whoever has it calls no handler
        const auto found = std::ranges::find_if(handlers_, [&](const auto& one) { return one.key() == key; });
        gone.emplace(std::move(*found));
        handlers_.erase(found);
    }

    mutex mutex_;  // protects the list, and all calls
    std::vector<detail::handler<Event>> handlers_;
    atomic<std::uint64_t> failures_{0};
};

}  // namespace handoff::impls
