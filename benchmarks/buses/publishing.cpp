#include "buses/publishing.hpp"

#include <algorithm>
#include <stdexcept>

#include "topology.hpp"

namespace handoff::benchmarks {

namespace {

/// CPUs for the workers, behind the team's.
std::vector<int> seats_of_workers(const harness::point& p, std::size_t team, std::size_t workers) {
    std::vector<int> all = harness::seats(placement_of(p), team + workers);
    return {all.begin() + static_cast<std::ptrdiff_t>(team), all.end()};
}

/// The CPUs on which the calling thread may run; empty: the kernel does not say.
std::vector<cpu_set_t> cpus_of_this_thread() {
    // The kernel refuses a set that is smaller than its own.
    for (std::vector<cpu_set_t> cpus(1); cpus.size() <= 64; cpus.resize(2 * cpus.size())) {
        if (sched_getaffinity(0, cpus.size() * sizeof(cpu_set_t), cpus.data()) == 0) {
            return cpus;
        }
    }
    return {};
}

/// However long a rehearsal took: a trial of a few would verify nothing.
constexpr std::uint64_t least_publications = 200;

/// A handler that throws in each call, once it has recorded.
struct thrower {
    recorder record;

    static void call(void* self, const bus_event& event) {
        static_cast<thrower*>(self)->record(event);
        throw std::runtime_error("a handler's");
    }
};

}  // namespace

std::size_t bus_workers(const bus_traits& bus, const harness::point& p) {
    if (bus.shares_workers()) {
        return p.number("workers");
    }
    return bus.has_workers() ? p.number("handlers") : 0;
}

bus_axis_list bus_axes(const bus_traits& bus, bus_axis_list axes) {
    if (bus.shares_workers()) {
        axes.insert(axes.end() - 1, {"workers", {"2"}});
    }
    return axes;
}

std::size_t bus_threads(const bus_traits& bus, std::size_t team, const harness::point& p) {
    return team + bus_workers(bus, p);
}

bus_trial::bus_trial(const harness::trial& t, const bus_loops& of, std::size_t team, std::size_t publishers,
                     std::size_t handlers)
    : t_(t),
      handlers_(handlers),
      workers_(bus_workers(of.declared, t.point)),
      cpus_(cpus_of_this_thread()),
      seen_(publishers, handlers, workers_ > 0),
      roll_(workers_ > 0 ? seats_of_workers(t.point, team, workers_) : std::vector<int>()),
      // Workers of handlers that come and go are none of the trial's, and sit where the kernel puts them: not
      // on the one CPU of the subscriber, whose mask they have.
      bus_(of.make({.on_start =
                        [this](unsigned number) {
                            if (number < workers_) {
                                roll_.enter(number);
                            } else if (!cpus_.empty()) {
                                static_cast<void>(
                                    sched_setaffinity(0, cpus_.size() * sizeof(cpu_set_t), cpus_.data()));
                            }
                        },
                    .workers = static_cast<unsigned>(workers_)})),
      crew_(placement_of(t.point), roll_.asked_for()) {}

void bus_trial::subscribe_recorders(std::size_t first) {
    for (std::size_t handler = first; handler < handlers_; ++handler) {
        bus_->subscribe(seen_.of(handler));
    }
}

harness::team_report bus_trial::run(const std::function<void()>& rescue) {
    if (workers_ > 0) {
        static_cast<void>(roll_.all_enter(std::chrono::seconds(1)));  // so that none is pinned in the window
    }
    roll_.open();
    harness::team_report report = crew_.run(t_.window, rescue);
    roll_.close();
    bus_->drain();
    roll_.report(report);
    return report;
}

void publishing::wait_for_workers(std::size_t publisher, std::uint64_t made) const {
    while (made > seen.least(publisher) + most_ahead && !to_publish.closed()) {
        std::this_thread::yield();
    }
}

harness::measurement publish_all(const harness::trial& t, const bus_loops& of, std::size_t throwing) {
    const std::size_t publishers = t.point.number("producers");
    const std::size_t handlers = t.point.number("handlers");
    std::vector<thrower> throwers;  // before the bus, so that it outlives it
    throwers.reserve(throwing);
    bus_trial trial(t, of, publishers, publishers, handlers);
    for (std::size_t handler = 0; handler < throwing; ++handler) {
        throwers.push_back({trial.seen().of(handler)});
        trial.bus().subscribe(called{&thrower::call, &throwers.back()});
    }
    trial.subscribe_recorders(throwing);
    publishing s{trial.bus(),
                 trial.seen(),
                 handlers,
                 {std::max<std::uint64_t>(least_publications, t.items / handlers), publishers, 256},
                 std::vector<std::uint64_t>(publishers, 0)};
    for (std::size_t i = 0; i < publishers; ++i) {
        trial.crew().add("publisher", [&, i](harness::lap& me) { of.publish(s, i, me); });
    }
    trial.crew().stop_after(t.longest, [&] { s.to_publish.close(); });
    harness::measurement m;
    m.team = trial.run([&] { s.to_publish.close(); });
    std::uint64_t published = 0;
    for (const std::uint64_t one : s.published) {
        published += one;
    }
    m.items = published * handlers;
    m.failure = trial.seen().audit(s.published);
    if (const std::uint64_t failed = trial.bus().failures();
        m.failure.empty() && failed != published * throwing) {
        m.failure = "throws: " + std::to_string(published * throwing) + " calls threw, and the bus counted " +
                    std::to_string(failed);
    }
    return m;
}

}  // namespace handoff::benchmarks
