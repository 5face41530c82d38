// A burst: so many items are pushed at once into an empty queue at which consumers wait, and all are popped.
//
// Stresses: a queue that goes from empty to as full as the consumers let it become, and back; the wake-up of
//           those who wait.
// Verifies: what `transfer` verifies; a burst that does not come out as a whole ends the trial as stuck.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "clock.hpp"
#include "detail/cpu_relax.hpp"
#include "measurement.hpp"
#include "queues/channel.hpp"
#include "queues/traits.hpp"
#include "registry.hpp"
#include "shared/asleep.hpp"
#include "shared/item.hpp"
#include "team.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

/// One iteration is one item. The distribution holds bursts: from just before the first push to when the
/// consumer that took the last item has found the queue empty. Between two bursts the first producer sleeps, so
/// that consumers who would fall asleep have; these pauses are part of the window.
///
/// A consumer counts by itself and adds its number to the others' when it finds nothing: only then can a burst
/// be over. Nothing is shared per item.
struct burst {
    static void declare(const auto& q, auto& c) {
        c.workload = "burst";
        c.measure = "latency";
        c.axes = {{"wait", q.wait_words()},         {"producers", {"1"}}, {"consumers", {"1"}},
                  {"capacity", q.usual_capacity()}, {"bytes", {"8"}},     {"burst", {"64", "1024", "16384"}},
                  {"placement", {"spread"}}};
        c.judge = [of_all = c.judge](std::string_view axis, std::string_view value) {
            using kind = harness::verdict::kind;
            const harness::verdict v = of_all(axis, value);
            return axis == "bytes" && value != "8" && v.is == kind::legal
                       ? harness::verdict{kind::not_offered, "a burst is of 8 bytes an item"}
                       : v;
        };
        c.threads = [](const harness::point& p) { return p.number("producers") + p.number("consumers"); };
        c.keeps_cpu = [](const harness::point&) { return false; };  // a producer sleeps between bursts
        c.stops_on_time = true;
        c.has_light_check = true;
    }

    static constexpr std::array<std::size_t, 1> bytes{8};
    /// Longer than any wait strategy looks for an item before it sleeps.
    static constexpr std::uint64_t pause_ns = 200'000;

    /// What the threads of a trial share: lines that are written once in a burst, and entries of their own that
    /// each writes after its lap.
    struct state {
        any_channel& channel;
        const std::uint64_t in_a_burst;
        const std::uint64_t most_bursts;
        const harness::clock::duration longest;
        const bool crowded;  ///< threads have to share processors
        std::vector<std::uint64_t> pushed;
        received_items received;
        harness::histogram times = {};
        bool whole = true;
        struct alignas(128) {
            std::atomic<std::uint64_t> bursts{0};
            std::atomic<bool> over{false};
        } begun = {};
        struct alignas(128) {
            std::atomic<std::uint64_t> items{0};
        } popped = {};
        struct alignas(128) {
            std::atomic<std::uint64_t> bursts{0};
            harness::clock::time_point at;
        } done = {};
        struct alignas(128) {
            std::atomic<bool> closed{false};
        } given_up = {};
    };

    struct loops {
        channel_maker make;
        void (*lead)(state&, harness::lap&);
        void (*produce)(state&, std::size_t producer, harness::lap&);
        void (*consume)(state&, std::size_t consumer, harness::lap&);
        void (*consume_checking_in_full)(state&, std::size_t consumer, harness::lap&);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        const std::size_t producers = t.point.number("producers");
        const std::size_t consumers = t.point.number("consumers");
        const std::uint64_t in_a_burst = t.point.number("burst");
        const auto channel = of.make(t.point);
        const auto consume = t.check == harness::check_kind::full ? of.consume_checking_in_full : of.consume;
        state s{*channel,
                in_a_burst,
                std::max<std::uint64_t>(1, t.items / in_a_burst),
                t.longest,
                harness::oversubscribed(placement_of(t.point), producers + consumers),
                std::vector<std::uint64_t>(producers, 0),
                received_items(t, producers, consumers)};

        harness::team crew(placement_of(t.point));
        for (std::size_t p = 0; p < producers; ++p) {
            crew.add("producer", [&, p](harness::lap& me) { p == 0 ? of.lead(s, me) : of.produce(s, p, me); });
        }
        for (std::size_t c = 0; c < consumers; ++c) {
            crew.add("consumer", [&, c](harness::lap& me) { consume(s, c, me); });
        }
        harness::measurement m;
        m.team = crew.run(t.window, [&] {
            s.given_up.closed.store(true, std::memory_order_relaxed);  // relaxed: carries no data
            channel->close();
        });
        for (const std::uint64_t n : s.pushed) {
            m.items += n;
        }
        m.actual_capacity = channel->capacity();
        m.failure = settle(*channel, s.received, s.pushed, m.team.rescued);
        if (m.failure.empty() && !s.whole) {
            m.failure = "stuck: a burst did not come out as a whole";
        }
        m.latency = harness::sampled_latency{"from the first push of a burst to the arrival of its last item",
                                             1, std::move(s.times)};
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    /// A producer's part of each burst.
    static std::uint64_t share_of(const state& s, std::size_t producer) {
        const std::uint64_t producers = s.pushed.size();
        return s.in_a_burst / producers + (producer < s.in_a_burst % producers ? 1 : 0);
    }

    static void pause(const state& s) {
        if (s.crowded) {
            std::this_thread::yield();
        } else {
            impls::detail::cpu_relax();
        }
    }

    /// How long nobody pops before the first producer gives up. Only a fault takes that long.
    static constexpr std::chrono::seconds patience{2};

    /// The first producer: it begins the bursts, and times them.
    template <class Channel>
    static void lead(state& s, harness::lap& me) {
        using item_type = typename Channel::value_type;
        auto in = typed<Channel>(s.channel).producer();
        const std::uint64_t share = share_of(s, 0);
        harness::histogram seen;
        std::uint64_t sequence = 0;
        std::uint64_t bursts = 0;
        bool open = true;
        me.start();
        const auto end = harness::clock::now() + s.longest;
        do {
            sleep_for(pause_ns);
            const auto begin = harness::clock::now();
            s.begun.bursts.store(++bursts, std::memory_order_relaxed);  // relaxed: a number, no data
            for (std::uint64_t i = 0; i < share; ++i, ++sequence) {
                if (!in.push(item_type(0, sequence))) [[unlikely]] {
                    open = false;  // only a rescue closes the channel this early
                    break;
                }
            }
            // [done]: the time is there
            while (open && s.done.bursts.load(std::memory_order_acquire) < bursts) {
                pause(s);
                if (s.given_up.closed.load(std::memory_order_relaxed) ||  // relaxed: carries no data
                    harness::clock::now() > begin + patience + s.longest) [[unlikely]] {
                    s.whole = open = false;
                }
            }
            if (open) {
                seen.record(static_cast<std::uint64_t>(std::chrono::nanoseconds(s.done.at - begin).count()));
            }
        } while (open && bursts < s.most_bursts && harness::clock::now() < end);
        s.begun.over.store(true, std::memory_order_release);  // [over]: no burst comes after those begun
        typed<Channel>(s.channel).close();
        me.stop(sequence);
        s.pushed[0] = sequence;
        s.times = std::move(seen);
    }

    /// Every other producer.
    template <class Channel>
    static void produce(state& s, std::size_t p, harness::lap& me) {
        using item_type = typename Channel::value_type;
        auto in = typed<Channel>(s.channel).producer();
        const std::uint64_t share = share_of(s, p);
        const std::uint64_t self = p;
        std::uint64_t sequence = 0;
        std::uint64_t bursts = 0;
        bool open = true;
        me.start();
        while (open) {
            // In this order: what was begun before the end is seen after it.
            const bool over = s.begun.over.load(std::memory_order_acquire);  // [over]
            if (s.begun.bursts.load(std::memory_order_relaxed) == bursts) {  // relaxed: a number, no data
                open = !over;
                pause(s);
                continue;
            }
            ++bursts;
            for (std::uint64_t i = 0; i < share; ++i, ++sequence) {
                if (!in.push(item_type(self, sequence))) [[unlikely]] {
                    open = false;
                    break;
                }
            }
        }
        me.stop(sequence);
        s.pushed[p] = sequence;
    }

    template <class Channel, class Ledger>
    static void consume(state& s, std::size_t c, harness::lap& me) {
        using item_type = typename Channel::value_type;
        auto out = typed<Channel>(s.channel).consumer();
        typename Ledger::page mine = s.received.of<Ledger>(c).open();
        const std::uint64_t in_a_burst = s.in_a_burst;
        item_type got{};
        std::uint64_t count = 0;
        std::uint64_t told = 0;
        const auto enter = [&] {
            mine.template enter<keeps_order<typename Channel::queue_type>>(got);
            ++count;
        };
        me.start();
        while (out.pop(got)) {
            enter();
            while (out.try_pop(got)) {
                enter();
            }
            // [popped]: acq_rel, so that the last of them has all others' pops behind it. Of several consumers
            // one makes the number whole; a burst begins when the one before it is over.
            const std::uint64_t news = count - told;
            told = count;
            const std::uint64_t all = s.popped.items.fetch_add(news, std::memory_order_acq_rel) + news;
            if (all % in_a_burst == 0) {
                s.done.at = harness::clock::now();
                s.done.bursts.store(all / in_a_burst, std::memory_order_release);  // [done]
            }
        }
        me.stop(count);
        s.received.of<Ledger>(c).close(mine, count);
    }

    template <class Channel>
    static constexpr loops loops_of{&channel_of<Channel>::make, &lead<Channel>, &produce<Channel>,
                                    &consume<Channel, light_ledger>, &consume<Channel, ledger>};
};

}  // namespace handoff::benchmarks
