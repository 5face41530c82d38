// Subscribing and unsubscribing while others publish.
//
// Stresses: changes of the list of handlers beside publications; waiting until the calls of a handler are over.
// Verifies: no call of the handler ran or began after unsubscribe() had returned, where that is promised; where
//           workers call, none began while another one ran; in every sixteenth round, that the new handler is
//           called for what is published then; that the handlers that stayed were called once for each
//           publication, each publisher's in its order.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "buses/publishing.hpp"
#include "buses/traits.hpp"
#include "detail/cpu_relax.hpp"
#include "measurement.hpp"
#include "registry.hpp"
#include "shared/asleep.hpp"

namespace handoff::benchmarks {

/// One iteration is a handler that comes and goes. The distribution holds the time of its subscribe() and its
/// unsubscribe() together, but of rounds whose handler leaves while a call of it runs. Meanwhile P publishers
/// publish, with a microsecond between two publications.
struct subscribe {
    static void declare(const auto& bus, auto& c) {
        c.workload = "subscribe";
        c.measure = "latency";
        c.axes = bus_axes(bus, {{"producers", {"1"}}, {"handlers", {"8"}}, {"placement", {"spread"}}});
        c.threads = [&bus](const harness::point& p) { return bus_threads(bus, p.number("producers") + 1, p); };
        c.stops_on_time = true;
        c.members = [](const harness::point& p) { return p.number("producers") + 1; };
    }

    /// What the handlers that come and go share. Several publishers may call them at once.
    struct visitors {
        static constexpr std::uint64_t nobody = ~std::uint64_t{0};

        std::atomic<std::uint64_t> here{nobody};  ///< the round whose handler is subscribed
        std::atomic<std::uint64_t> late{0};       ///< calls that ran after the end of their round
        std::atomic<std::uint64_t> expected{0};   ///< calls for what the subscriber itself published
        std::atomic<std::uint64_t> overlaps{0};   ///< calls that began while another one of the handler ran
        std::size_t subscriber = 0;               ///< the number under which that one publishes
    };
    /// The handler of one round. A call that comes too late finds it still there.
    struct guest {
        visitors* all = nullptr;
        std::uint64_t round = 0;
        std::atomic<bool> is_inside{false};  ///< a call has begun
        std::atomic<bool> leaves{false};     ///< unsubscribe() is about to be called
        std::atomic<unsigned> runs{0};       ///< calls at this moment

        static void call(void* self, const bus_event& event) {
            guest& me = *static_cast<guest*>(self);
            bool is_late = me.is_over();
            // relaxed: counts. Calls that the bus orders find what the one before has written.
            if (me.runs.fetch_add(1, std::memory_order_relaxed) != 0) {
                me.all->overlaps.fetch_add(1, std::memory_order_relaxed);
            }
            // relaxed: counts, which are compared when the bus is drained
            me.all->expected.fetch_add(event.producer() == me.all->subscriber, std::memory_order_relaxed);
            // One call only: were all as long, who calls under a lock would hardly ever be without it.
            if (me.round % 16 == stays_inside && !me.is_inside.exchange(true, std::memory_order_acq_rel)) {
                const auto end = harness::clock::now() + patience;
                while (!me.leaves.load(std::memory_order_acquire) && harness::clock::now() < end) {
                    std::this_thread::yield();
                }
                sleep_for(20'000);  // so that who does not wait for us returns meanwhile
            } else {
                for (int i = 0; i < 4; ++i) {
                    impls::detail::cpu_relax();
                }
            }
            is_late |= me.is_over();
            me.all->late.fetch_add(is_late, std::memory_order_relaxed);
            me.runs.fetch_sub(1, std::memory_order_relaxed);  // relaxed: as above
        }

        bool is_over() const noexcept { return all->here.load(std::memory_order_acquire) != round; }
    };

    using loops = bus_loops;
    static harness::measurement run(const auto& t, const bus_loops& of) {
        const std::size_t publishers = t.point.number("producers");
        const std::size_t handlers = t.point.number("handlers");
        visitors visits;
        visits.subscriber = publishers;
        std::deque<guest> guests;
        bus_trial trial(t, of, publishers + 1, publishers + 1, handlers);
        trial.subscribe_recorders();
        std::atomic<bool> over{false};   // time is up
        std::atomic<bool> ended{false};  // the subscriber is done
        std::uint64_t round = 0;
        std::vector<std::uint64_t> published(publishers + 1, 0);
        std::uint64_t unheard = 0;
        std::uint64_t left_while_called = 0;  // rounds
        harness::histogram times;
        trial.crew().add("subscriber", [&](harness::lap& me) {
            any_bus& bus = trial.bus();
            const auto out = bus.publisher();
            std::uint64_t made = 0;
            me.start();
            // relaxed: carries no data
            const auto goes_on = [&] {
                return round < least_rounds || (round < t.items && !over.load(std::memory_order_relaxed)) ||
                       (left_while_called == 0 && round < most_rounds_without &&
                        !ended.load(std::memory_order_relaxed));
            };
            for (; goes_on(); ++round) {
                guest& mine = guests.emplace_back();
                mine.all = &visits;
                mine.round = round;
                visits.here.store(round, std::memory_order_release);
                const auto before = harness::clock::now();
                bus.come(called{&guest::call, &mine});
                auto spent = harness::clock::now() - before;
                if (round % 16 == hears) {
                    out->publish(bus_event(publishers, made++));
                    bus.drain();
                    // relaxed: drained
                    unheard += visits.expected.exchange(0, std::memory_order_relaxed) != 1;
                } else if (round % 16 == stays_inside) {
                    const auto end = harness::clock::now() + patience;
                    while (!mine.is_inside.load(std::memory_order_acquire) && harness::clock::now() < end) {
                        std::this_thread::yield();
                    }
                    left_while_called += mine.is_inside.load(std::memory_order_acquire);
                    mine.leaves.store(true, std::memory_order_release);
                }
                const auto again = harness::clock::now();
                bus.go();
                const auto after = harness::clock::now();
                visits.here.store(visitors::nobody, std::memory_order_release);
                spent += after - again;
                if (round % 16 != stays_inside) {
                    times.record(static_cast<std::uint64_t>(std::chrono::nanoseconds(spent).count()));
                }
            }
            ended.store(true, std::memory_order_relaxed);  // relaxed: as above
            me.stop(round);
            published[publishers] = made;
        });
        for (std::size_t i = 0; i < publishers; ++i) {
            trial.crew().add("publisher", [&, i](harness::lap& me) {
                const auto out = trial.bus().publisher();
                std::uint64_t made = 0;
                me.start();
                while (!ended.load(std::memory_order_relaxed)) {  // relaxed: as above
                    out->publish(bus_event(i, made++));
                    pause();
                    if (of.declared.has_workers() && made % 256 == 0) {
                        while (made > trial.seen().least(i) + publishing::most_ahead &&
                               !ended.load(std::memory_order_relaxed)) {
                            std::this_thread::yield();
                        }
                    }
                }
                me.stop(made);
                published[i] = made;
            });
        }
        trial.crew().stop_after(t.longest, [&] { over.store(true, std::memory_order_relaxed); });
        harness::measurement m;
        m.team = trial.run([&] { ended.store(true, std::memory_order_relaxed); });
        m.items = round;
        // First: whoever lets calls overlap breaks their order, too.
        const std::uint64_t overlaps = visits.overlaps.load();
        m.failure = of.declared.has_workers() && overlaps > 0
                        ? "overlap: " + std::to_string(overlaps) +
                              " calls of a handler began while another one of it ran"
                        : trial.seen().audit(published);
        const std::uint64_t late = visits.late.load();
        if (of.declared.unsubscribed == impls::after_unsubscribe::none_runs) {
            if (m.failure.empty() && late > 0) {
                m.failure = "unsubscribed: " + std::to_string(late) +
                            " calls of a handler ran or began after unsubscribe() had returned";
            }
        } else {
            m.metrics = {{"late_calls", static_cast<double>(late)}};
        }
        if (m.failure.empty() && unheard > 0) {
            m.failure = "subscribed: in " + std::to_string(unheard) +
                        " rounds the new handler was not called once for what was published then";
        }
        if (m.failure.empty() && left_while_called == 0) {
            m.failure = "unverified: in none of " + std::to_string(round) +
                        " rounds a handler left while a call of it ran";
        }
        m.latency = harness::sampled_latency{"subscribe() and unsubscribe() together", 1, std::move(times)};
        return m;
    }

private:
    // Of sixteen rounds.
    static constexpr std::uint64_t hears = 0;         ///< that in which the handler has to be called
    static constexpr std::uint64_t stays_inside = 8;  ///< that in which it leaves while a call of it runs
    static constexpr std::uint64_t least_rounds = 64;
    /// Until one has left while a call of it ran: two seconds at most, if none comes.
    static constexpr std::uint64_t most_rounds_without = 512;
    /// For a call that does not come: a publisher may have no CPU.
    static constexpr std::chrono::milliseconds patience{50};

    static void pause() {
        const auto end = harness::clock::now() + std::chrono::microseconds(1);
        while (harness::clock::now() < end) {
            impls::detail::cpu_relax();
        }
    }
};

}  // namespace handoff::benchmarks
