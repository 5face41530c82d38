// Latency under load: items are sent on a schedule, whether the queue keeps up or not.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "detail/cpu_relax.hpp"
#include "measurement.hpp"
#include "queues/channel.hpp"
#include "queues/timetable.hpp"
#include "queues/traits.hpp"
#include "registry.hpp"
#include "shared/item.hpp"
#include "shared/limits_of.hpp"
#include "shared/quota.hpp"
#include "team.hpp"
#include "ticks.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

/// The moment at which a schedule begins: the same for all threads, and `ahead_ns` after the first of them
/// asked.
class alignas(128) common_start {
public:
    static constexpr std::int64_t ahead_ns = 50'000;

    std::int64_t at(const harness::tick_clock& ticks) noexcept {
        std::int64_t agreed = 0;
        const std::int64_t own = ticks.now() + ahead_ns;
        // relaxed: one number, which says all
        return begin_.compare_exchange_strong(agreed, own, std::memory_order_relaxed) ? own : agreed;
    }

private:
    std::atomic<std::int64_t> begin_{0};
};

/// Open loop: `trial::rate` items per second are due, for as long as the trial has. A producer never waits for
/// the consumer but where the queue is full, and then it catches up. The latency of an item runs from its
/// *scheduled* time to its arrival, so that whatever held it up is charged to it, be it the queue, the consumer
/// or its own producer.
///
/// Stresses: a queue that is empty most of the time, or never, as the load says; the wait strategy between the
/// two. Verifies: what `transfer` verifies.
///
/// Clock readings must not become what is measured. A producer sends what is due after one reading, at most
/// `fewer_together` items; the lateness of a push is that of the reading before it, so that it can be
/// understated by the pushes in between. A consumer reads the clock after an item that it waited for; items
/// that follow without waiting, as many at most, share the reading after the last of them, so that theirs is
/// overstated by less than taking them took. While batches are full the consumer does not wait, and a batch
/// costs one reading.
///
/// Nor must recording be. A consumer of up to `recorded_per_second` items per second records the latency of
/// each; one that takes more records that of each `stride`th, and reads the clock for those only. The strides
/// are prime, and so out of step with cache lines, rings and batches. Batches are of at most
/// `most_together` items then.
///
/// Where the trial is saturated (lag_watch) there is no latency: it would be the length of the trial.
struct paced {
    static void declare(const auto& q, auto& c) {
        c.workload = "paced";
        c.measure = "latency";
        c.axes = {{"wait", q.wait_words()},         {"producers", {"1"}},     {"consumers", {"1"}},
                  {"capacity", q.usual_capacity()}, {"bytes", {"8"}},         {"arrivals", {"poisson"}},
                  {"load", {"10", "50", "90"}},     {"placement", {"spread"}}};
        c.words.push_back({"arrivals", {"fixed", "poisson"}});
        c.judge = [of_all = c.judge](std::string_view axis, std::string_view value) {
            using kind = harness::verdict::kind;
            const harness::verdict v = of_all(axis, value);
            return axis == "bytes" && value != "8" && v.is == kind::legal
                       ? harness::verdict{kind::not_offered, "paced sends 8 bytes"}
                       : v;
        };
        c.threads = threads;
        c.keeps_cpu = [&q](const harness::point& p) { return q.keeps_cpu(p); };
        c.limit = [](const harness::point& p) {
            return limits::apart(p, threads(p)) ? limits::one_way(p) : limits::terms{};
        };
        c.stops_on_time = true;
        c.has_light_check = true;
        c.paced_by = pace;
    }

    static constexpr std::array<std::size_t, 1> bytes{8};
    static constexpr std::size_t fewer_together = 31;
    static constexpr std::size_t most_together = 63;
    static constexpr double recorded_per_second = 10e6;

    /// Of how many items a consumer records the latency of one, where all of them take `rate` per second.
    static std::uint64_t stride_for(double rate, std::size_t consumers) {
        const double each = rate / static_cast<double>(consumers);
        for (const std::uint64_t stride : {1, 7, 29}) {
            if (each / static_cast<double>(stride) <= recorded_per_second) {
                return stride;
            }
        }
        return 127;
    }

    struct alignas(128) sent {
        std::uint64_t missed = 0;
        std::int64_t worst_ns = 0;
    };

    /// What the threads of a trial share. Each writes its own entries only, after its lap.
    struct state {
        any_channel& channel;
        const timetable& when;
        const harness::tick_clock ticks;
        const bool crowded;  ///< threads have to share processors
        const std::uint64_t stride;
        const std::size_t together;
        const std::vector<std::uint64_t> to_push;
        quota to_pop;
        received_items received;
        std::vector<lag_watch> lags;
        std::vector<sent> sends;
        std::vector<std::uint64_t> pushed;
        std::vector<harness::histogram> delays;
        common_start start = {};
    };

    struct loops {
        channel_maker make;
        void (*produce)(state&, std::size_t producer, harness::lap&);
        void (*consume)(state&, std::size_t consumer, harness::lap&);
        void (*consume_checking_in_full)(state&, std::size_t consumer, harness::lap&);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        if (t.rate <= 0) {
            throw std::logic_error(t.point.name() + ": no rate to offer");
        }
        const std::size_t producers = t.point.number("producers");
        const std::size_t consumers = t.point.number("consumers");
        const double fitting = std::chrono::duration<double>(t.longest).count() * t.rate;
        const std::uint64_t items =
            std::min(t.items, std::max<std::uint64_t>(1, static_cast<std::uint64_t>(fitting)));

        const timetable when(t.point.value("arrivals"), t.rate, producers, t.seed);
        std::vector<std::uint64_t> to_push(producers, items / producers);
        std::int64_t length_ns = 0;
        for (std::size_t p = 0; p < producers; ++p) {
            to_push[p] += p < items % producers ? 1 : 0;
            length_ns = std::max(length_ns, to_push[p] > 0 ? when.due(p, to_push[p] - 1) : 0);
        }

        const auto channel = of.make(t.point);
        const auto consume = t.check == harness::check_kind::full ? of.consume_checking_in_full : of.consume;
        const std::uint64_t stride = stride_for(t.rate, consumers);
        state s{*channel,
                when,
                harness::tick_clock::for_cpus(harness::seats(placement_of(t.point), producers + consumers)),
                harness::oversubscribed(placement_of(t.point), producers + consumers),
                stride,
                stride == 1 ? fewer_together : most_together,
                std::move(to_push),
                {items, consumers},
                received_items(t, producers, consumers),
                std::vector<lag_watch>(consumers, lag_watch(length_ns)),
                std::vector<sent>(producers),
                std::vector<std::uint64_t>(producers, 0),
                std::vector<harness::histogram>(consumers)};

        harness::team crew(placement_of(t.point));
        for (std::size_t p = 0; p < producers; ++p) {
            crew.add("producer", [&, p](harness::lap& me) { of.produce(s, p, me); });
        }
        for (std::size_t c = 0; c < consumers; ++c) {
            crew.add("consumer", [&, c](harness::lap& me) { consume(s, c, me); });
        }

        harness::measurement m;
        m.items = items;
        // What is overloaded has a backlog to work off after the last push, and is not stuck: it gets the time
        // for it.
        m.team = crew.run(t.window, [&] { channel->close(); }, std::chrono::seconds(1) + 2 * t.longest);
        m.actual_capacity = channel->capacity();

        m.failure = settle(*channel, s.received, s.pushed, m.team.rescued);
        if (m.failure.empty() && !s.ticks.holds()) {
            m.failure = "clock: the time stamp counter and the steady clock fell apart";
        }

        // Threads are to run together as long as the schedule lasts; working off a backlog is the consumers'
        // alone.
        const double end = 1e-9 * static_cast<double>(common_start::ahead_ns + length_ns);
        double last_start = 0;
        double first_end = end;
        for (const harness::thread_report& thread : m.team.threads) {
            last_start = std::max(last_start, thread.start_seconds);
            first_end = std::min(first_end, thread.end_seconds);
        }
        m.team.overlap = std::max(0.0, first_end - last_start) / end;

        sent all;
        for (const sent& one : s.sends) {
            all.missed += one.missed;
            all.worst_ns = std::max(all.worst_ns, one.worst_ns);
        }
        for (std::size_t c = 1; c < consumers; ++c) {
            s.delays[0].merge(s.delays[c]);
            s.lags[0].merge(s.lags[c]);
        }
        const double mean_gap = when.gap() / static_cast<double>(producers);
        const double lasted = 1e-9 * (static_cast<double>(length_ns) + mean_gap);
        m.metrics = {{"offered_items_per_second", static_cast<double>(items) / lasted},
                     {"missed_share", static_cast<double>(all.missed) / static_cast<double>(items)},
                     {"worst_miss_ns", static_cast<double>(all.worst_ns)},
                     {"saturated", s.lags[0].saturated() ? 1.0 : 0.0},
                     {"recorded_share", 1 / static_cast<double>(s.stride)},
                     {"reading_ns", s.ticks.cost_ns()},
                     {"time_stamp_counter", s.ticks.is_counter() ? 1.0 : 0.0}};
        if (!s.lags[0].saturated()) {
            m.latency = harness::sampled_latency{"from the scheduled time of an item to its arrival", 1,
                                                 std::move(s.delays[0])};
        }
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    static constexpr std::int64_t missed_after_ns = 1000;
    static constexpr std::int64_t near_ns = 200;  // a pause would be late by then

    template <class Channel>
    static void produce(state& s, std::size_t p, harness::lap& me) {
        using item_type = typename Channel::value_type;
        auto in = typed<Channel>(s.channel).producer();
        // Local names, here and in the consumer: what is reached through `s` is fetched from memory again for
        // every item.
        timetable::walk items = s.when.of(p);
        const harness::tick_clock ticks = s.ticks;
        const bool crowded = s.crowded;
        const std::size_t together = s.together;
        const std::uint64_t self = p;
        const std::uint64_t count = s.to_push[p];
        std::uint64_t sequence = 0;
        sent mine;
        bool open = true;
        me.start();
        const std::int64_t begin = s.start.at(ticks);
        while (open && sequence < count) {
            std::int64_t now = ticks.about_now() - begin;
            for (; now < items.due(); now = ticks.about_now() - begin) {
                if (crowded) {
                    std::this_thread::yield();
                } else if (items.due() - now > near_ns) {
                    impls::detail::cpu_relax();
                }
            }
            // Due times ascend: the first of them is the latest.
            mine.worst_ns = std::max(mine.worst_ns, now - items.due());
            const std::int64_t missed_before = now - missed_after_ns;
            for (std::size_t n = 0; n < together && items.due() <= now; ++n) {
                mine.missed += items.due() < missed_before;
                if (!in.push(item_type(self, sequence))) [[unlikely]] {
                    open = false;  // only a rescue closes the channel this early
                    break;
                }
                if (++sequence == count) {
                    break;
                }
                items.next();
            }
        }
        me.stop(sequence);
        s.pushed[p] = sequence;
        s.sends[p] = mine;
    }

    template <class Channel, class Ledger>
    static void consume(state& s, std::size_t c, harness::lap& me) {
        using item_type = typename Channel::value_type;
        auto out = typed<Channel>(s.channel).consumer();
        quota& to_pop = s.to_pop;
        const timetable& due_times = s.when;
        const harness::tick_clock ticks = s.ticks;
        typename Ledger::page mine = s.received.of<Ledger>(c).open();
        harness::histogram::page seen = s.delays[c].open();
        lag_watch lag = s.lags[c];
        const std::uint64_t stride = s.stride;
        const std::size_t together = s.together;
        std::uint64_t until = 0;  // how many items lie before the next one to be recorded
        std::uint64_t recorded = 0;
        std::array<item_type, most_together> more{};
        item_type first{};
        std::uint64_t count = 0;
        bool open = true;
        bool behind = false;  // the last batch was full
        me.start();
        const std::int64_t begin = s.start.at(ticks);
        const auto due_of = [&](const item_type& got) { return due_times.due(got.producer(), got.sequence()); };
        const auto record = [&](std::int64_t delay) {
            seen.record(static_cast<std::uint64_t>(std::max<std::int64_t>(0, delay)));
            ++recorded;
        };
        const auto enter = [&](const item_type& got) {
            mine.template enter<keeps_order<typename Channel::queue_type>>(got);
        };
        for (std::uint64_t chunk; open && (chunk = to_pop.claim()) > 0;) {
            std::uint64_t left = chunk;
            while (left > 0) {
                if (!behind) {
                    if (!out.pop(first)) [[unlikely]] {
                        open = false;  // only a rescue: items were lost
                        break;
                    }
                    if (until == 0) {
                        const std::int64_t now = ticks.now() - begin;
                        const std::int64_t due = due_of(first);
                        lag.see(due, now - due);
                        record(now - due);
                        until = stride;
                    }
                    enter(first);
                    --until;
                    --left;
                }
                const std::size_t most = std::min<std::uint64_t>(left, together);
                std::size_t followed = 0;
                while (followed < most && out.try_pop(more[followed])) {
                    enter(more[followed]);
                    ++followed;
                }
                behind = followed == together;
                if (until < followed) {
                    const std::int64_t then = ticks.now() - begin;
                    const std::int64_t due = due_of(more[until]);
                    lag.see(due, then - due);
                    for (; until < followed; until += stride) {
                        record(then - due_of(more[until]));
                    }
                }
                until -= followed;
                left -= followed;
            }
            count += chunk - left;
        }
        me.stop(count);
        s.received.of<Ledger>(c).close(mine, count);
        s.delays[c].close(seen, recorded);
        s.lags[c] = lag;
    }

    template <class Channel>
    static constexpr loops loops_of{&channel_of<Channel>::make, &produce<Channel>,
                                    &consume<Channel, light_ledger>, &consume<Channel, ledger>};

private:
    static std::size_t threads(const harness::point& p) {
        return p.number("producers") + p.number("consumers");
    }

    /// What `transfer` reaches with the same axes.
    static harness::pacing pace(const harness::point& p) {
        harness::pacing by{p, static_cast<double>(p.number("load")) / 100};
        by.reference.workload = "transfer";
        auto& values = by.reference.values;
        std::erase_if(values, [](const auto& v) { return v.first == "arrivals" || v.first == "load"; });
        // What `transfer` varies beside, as it is where nobody varies it.
        for (const auto& [axis, value] : {std::pair{"spin_budget", "own"},
                                          {"balance", "even"},
                                          {"batch", "1"},
                                          {"between_ns", "0"},
                                          {"jitter", "none"}}) {
            values.insert(std::ranges::find(values, "placement", &std::pair<std::string, std::string>::first),
                          {axis, value});
        }
        return by;
    }
};

}  // namespace handoff::benchmarks
