// Buses whose type does not matter, for all that workloads do with them outside the measured loops, or seldom.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "buses/attendance.hpp"
#include "concepts/buses.hpp"

namespace handoff::benchmarks {

/// A handler that is a function of some state. Costs a call more than a handler of its own type.
struct called {
    void (*function)(void* state, const bus_event&);
    void* state;

    void operator()(const bus_event& event) const { function(state, event); }
};

class any_publisher {
public:
    virtual ~any_publisher() = default;
    virtual void publish(const bus_event& event) = 0;
};

class any_bus {
public:
    virtual ~any_bus() = default;
    /// A handler that stays until the bus goes.
    virtual void subscribe(const recorder& handler) = 0;
    virtual void subscribe(const called& handler) = 0;
    /// One handler that comes and goes.
    virtual void come(const called& handler) = 0;
    virtual void go() = 0;
    /// For the calling thread, which destroys it before the bus.
    virtual std::unique_ptr<any_publisher> publisher() = 0;
    virtual void drain() = 0;
    virtual std::uint64_t failures() const = 0;
};

/// What is `cold` is not measured: the compiler spends less time on it.
template <class Bus>
class bus_of final : public any_bus {
public:
    explicit bus_of(const impls::bus_options& options) : bus(options) {}
    [[gnu::cold]] ~bus_of() override = default;

    [[gnu::cold]] void subscribe(const recorder& handler) override { held_.push_back(bus.subscribe(handler)); }
    [[gnu::cold]] void subscribe(const called& handler) override { held_.push_back(bus.subscribe(handler)); }
    void come(const called& handler) override { visitor_.emplace(bus.subscribe(handler)); }
    void go() override { visitor_->unsubscribe(); }
    [[gnu::cold]] std::unique_ptr<any_publisher> publisher() override {
        class end final : public any_publisher {
        public:
            explicit end(Bus& of) : inner_(of.publisher()) {}
            void publish(const bus_event& event) override { inner_.publish(event); }

        private:
            impls::publisher_end_t<Bus> inner_;
        };
        return std::make_unique<end>(bus);
    }
    [[gnu::cold]] void drain() override { bus.drain(); }
    [[gnu::cold]] std::uint64_t failures() const override { return bus.failures(); }

    /// On the heap: buses never move.
    [[gnu::cold]] static std::unique_ptr<any_bus> make(const impls::bus_options& options) {
        return std::make_unique<bus_of>(options);
    }

    Bus bus;

private:
    using subscription = decltype(std::declval<Bus&>().subscribe(std::declval<const called&>()));
    std::vector<subscription> held_;
    std::optional<subscription> visitor_;
};

using bus_factory = std::unique_ptr<any_bus> (*)(const impls::bus_options&);

}  // namespace handoff::benchmarks
