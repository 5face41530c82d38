// What the workloads of buses have in common: the bus of a trial with its workers on their seats, and the loop
// that publishes as fast as it can.
#pragma once

#include <sched.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "buses/any_bus.hpp"
#include "buses/attendance.hpp"
#include "buses/traits.hpp"
#include "measurement.hpp"
#include "registry.hpp"
#include "shared/quota.hpp"
#include "shared/worker_roll.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

struct publishing;

/// What a trial needs of a bus's type.
struct bus_loops {
    bus_factory make;
    const bus_traits& declared;
    /// One publisher's lap; one iteration is one delivery.
    void (*publish)(publishing&, std::size_t publisher, harness::lap&);
};

/// Workers of a point: one for each handler, or as many as the point says, or none.
std::size_t bus_workers(const bus_traits& bus, const harness::point& p);

using bus_axis_list = decltype(harness::candidate::axes);

/// The axes of a workload, with the number of workers where handlers share them.
bus_axis_list bus_axes(const bus_traits& bus, bus_axis_list axes);

/// The threads of a point: the team's, and the workers.
std::size_t bus_threads(const bus_traits& bus, std::size_t team, const harness::point& p);

/// A bus with handlers that record, for one trial. Its workers, where it has some, sit on the seats after the
/// team's and stand in the report.
class bus_trial {
public:
    /// `team`: threads of it. `recorders`: handlers that record; they are to be subscribed by the caller.
    bus_trial(const harness::trial& t, const bus_loops& of, std::size_t team, std::size_t publishers,
              std::size_t handlers);

    any_bus& bus() noexcept { return *bus_; }
    attendance& seen() noexcept { return seen_; }
    harness::team& crew() noexcept { return crew_; }
    /// Subscribes all handlers from the one of that number on, as recorders.
    void subscribe_recorders(std::size_t first = 0);
    /// Around the window of the team.
    harness::team_report run(const std::function<void()>& rescue);

private:
    const harness::trial& t_;
    const std::size_t handlers_;
    const std::size_t workers_;
    const std::vector<cpu_set_t> cpus_;  ///< where the trial's first thread may run, one set or more
    attendance seen_;
    worker_roll roll_;
    std::unique_ptr<any_bus> bus_;
    harness::team crew_;
};

/// What the publishers of a trial share.
struct publishing {
    any_bus& bus;
    attendance& seen;
    std::size_t handlers;
    quota to_publish;
    std::vector<std::uint64_t> published;  ///< each publisher writes its own, after its lap

    /// Publications that a publisher may be ahead of the slowest worker: without it most of the work would be
    /// the draining of a backlog that is in no cache.
    static constexpr std::uint64_t most_ahead = 2048;

    /// Returns when the workers have not more than that before them, or the work is closed.
    void wait_for_workers(std::size_t publisher, std::uint64_t made) const;
};

/// The measured loop of a trial that publishes as fast as it can. `throwing`: how many of the handlers throw.
harness::measurement publish_all(const harness::trial& t, const bus_loops& of, std::size_t throwing);

template <class Bus>
void publish_lap(publishing& s, std::size_t self, harness::lap& me) {
    constexpr bool has_workers = Bus::calls != impls::handler_calls::in_publish;
    Bus& bus = static_cast<bus_of<Bus>&>(s.bus).bus;
    quota& to_publish = s.to_publish;
    const std::uint64_t first = bus_event(self, 0).head();
    std::uint64_t head = first;
    {
        auto out = bus.publisher();
        me.start();
        // One chunk in any case: on a busy machine the time may be up before this thread has had a CPU.
        while (const std::uint64_t chunk = head != first && to_publish.closed() ? 0 : to_publish.claim()) {
            for (const std::uint64_t end = head + chunk; head != end; ++head) {
                out.publish(bus_event(head));
            }
            if constexpr (has_workers) {
                s.wait_for_workers(self, head - first);
            }
        }
        if constexpr (has_workers) {
            bus.drain();
        }
        me.stop((head - first) * s.handlers);
    }
    s.published[self] = head - first;
}

template <class Bus>
inline constexpr bus_traits declared_by = traits_of_bus<Bus>();

template <class Bus>
inline constexpr bus_loops loops_of_bus{&bus_of<Bus>::make, declared_by<Bus>, &publish_lap<Bus>};

}  // namespace handoff::benchmarks
