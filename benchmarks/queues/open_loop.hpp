// What is sent on a schedule, whether the queue keeps up or not: the loops and the account that `paced`, `soak`
// and `swell` share.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "clock.hpp"
#include "course.hpp"
#include "detail/cpu_relax.hpp"
#include "measurement.hpp"
#include "queues/channel.hpp"
#include "queues/traits.hpp"
#include "registry.hpp"
#include "shared/item.hpp"
#include "shared/limits_of.hpp"
#include "shared/quota.hpp"
#include "shared/timetable.hpp"
#include "team.hpp"
#include "ticks.hpp"
#include "topology.hpp"
#include "usage.hpp"

namespace handoff::benchmarks {

/// What a workload wants of a trial beside its latencies.
struct open_loop_plan {
    std::vector<double> stages = {};  ///< shares of the rate, for equal times; none: all of it, always
    std::size_t parts = 1;            ///< of the course
    bool watches_costs = false;       ///< the course has memory and CPU time
};

/// Open loop: `trial::rate` items per second are due, for as long as the trial has. A producer never waits for
/// the consumer but where the queue is full, and then it catches up. The latency of an item runs from its
/// *scheduled* time to its arrival, so that whatever held it up is charged to it, be it the queue, the consumer
/// or its own producer.
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
/// A workload may ask for the course of its trial: the schedule falls into parts of equal length, and a latency
/// belongs to the part in which its item was due.
struct open_loop {
    /// What all its workloads declare alike. Each names itself, its axes and what it is ranked by.
    static void declare(const auto& q, auto& c) {
        c.words.push_back({"arrivals", {"fixed", "poisson"}});
        c.judge = [of_all = c.judge, workload = c.workload](std::string_view axis, std::string_view value) {
            using kind = harness::verdict::kind;
            const harness::verdict v = of_all(axis, value);
            return axis == "bytes" && value != "8" && v.is == kind::legal
                       ? harness::verdict{kind::not_offered, workload + " sends 8 bytes"}
                       : v;
        };
        c.threads = threads;
        c.keeps_cpu = [&q](const harness::point& p) { return q.keeps_cpu(p); };
        c.stops_on_time = true;
        c.has_light_check = true;
    }

    /// `share` of what `transfer` reaches with the same axes.
    static harness::pacing share_of_transfer(const harness::point& p, double share) {
        harness::pacing by{p, share};
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

    static std::size_t threads(const harness::point& p) {
        return p.number("producers") + p.number("consumers");
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

    using plan = open_loop_plan;

    struct alignas(128) sent {
        std::uint64_t missed = 0;
        std::int64_t worst_ns = 0;
    };

    /// What the process has cost when a part of the schedule began.
    struct cost {
        double memory_bytes;
        double cpu_seconds;
    };

    /// The parts of the schedule, and what was seen of each.
    class course_seen {
    public:
        course_seen(std::int64_t length_ns, const plan& how, std::size_t consumers)
            : parts_(how.parts),
              length_(how.parts == 1 ? std::numeric_limits<std::int64_t>::max()
                                     : length_ns / static_cast<std::int64_t>(how.parts) + 1),
              watches_costs_(how.watches_costs),
              delays_(consumers * how.parts),
              costs_(how.parts + 1) {}

        /// Of each part.
        std::int64_t length() const noexcept { return length_; }
        std::size_t part_of(std::int64_t due) const noexcept {
            return std::min(static_cast<std::size_t>(std::max<std::int64_t>(0, due) / length_), parts_ - 1);
        }
        harness::histogram& delays(std::size_t consumer, std::size_t part) noexcept {
            return delays_[consumer * parts_ + part];
        }
        /// By the first consumer, when it gets to a part, and at the end as if to one more.
        void note_costs(std::size_t consumer, std::size_t part) {
            if (watches_costs_ && consumer == 0 && !costs_[part]) {
                const auto memory = harness::resident_memory::read();
                costs_[part] = cost{memory ? static_cast<double>(memory->now) : 0,
                                    harness::cpu_seconds(CLOCK_PROCESS_CPUTIME_ID)};
            }
        }
        void note_end(std::size_t consumer) { note_costs(consumer, parts_); }

        /// All latencies of a part, of all consumers.
        harness::histogram merged(std::size_t part) const {
            harness::histogram all;
            for (std::size_t at = part; at < delays_.size(); at += parts_) {
                all.merge(delays_[at]);
            }
            return all;
        }
        const std::optional<cost>& cost_at(std::size_t part) const noexcept { return costs_[part]; }
        std::size_t parts() const noexcept { return parts_; }

    private:
        std::size_t parts_;
        std::int64_t length_;
        bool watches_costs_;
        std::vector<harness::histogram> delays_;
        std::vector<std::optional<cost>> costs_;
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
        course_seen seen;  ///< each consumer its own part of it
        common_start start = {};
    };

    struct loops {
        channel_maker make;
        void (*produce)(state&, std::size_t producer, harness::lap&);
        void (*consume)(state&, std::size_t consumer, harness::lap&);
        void (*consume_checking_in_full)(state&, std::size_t consumer, harness::lap&);
    };

    /// A trial, and whether its queue fell ever further behind. Its latencies are those of the parts.
    struct outcome {
        harness::measurement m;
        bool saturated;
        course_seen seen;
        double length_seconds;  ///< of the schedule

        /// All latencies of the parts from `first` to before `end`.
        harness::histogram latencies(std::size_t first, std::size_t end) const {
            harness::histogram all;
            for (std::size_t part = first; part < end; ++part) {
                all.merge(seen.merged(part));
            }
            return all;
        }
        harness::sampled_latency latency() const {
            return {"from the scheduled time of an item to its arrival", 1, latencies(0, seen.parts())};
        }
    };

    static outcome run(const auto& t, const loops& of, const plan& how = {}) {
        if (t.rate <= 0) {
            throw std::logic_error(t.point.name() + ": no rate to offer");
        }
        const std::size_t producers = t.point.number("producers");
        const std::size_t consumers = t.point.number("consumers");
        const double mean_share = mean_of(how.stages);
        const double fitting = std::chrono::duration<double>(t.longest).count() * t.rate * mean_share;
        const std::uint64_t items =
            std::min(t.items, std::max<std::uint64_t>(1, static_cast<std::uint64_t>(fitting)));

        const timetable when(t.point.value("arrivals"), t.rate, producers, t.seed,
                             stages_of(how.stages, 1e9 * static_cast<double>(items) / (t.rate * mean_share)));
        std::vector<std::uint64_t> to_push(producers, items / producers);
        std::int64_t length_ns = 0;
        for (std::size_t p = 0; p < producers; ++p) {
            to_push[p] += p < items % producers ? 1 : 0;
            length_ns = std::max(length_ns, to_push[p] > 0 ? when.due(p, to_push[p] - 1) : 0);
        }

        const auto channel = of.make(t.point);
        const auto consume = t.check == harness::check_kind::full ? of.consume_checking_in_full : of.consume;
        const double highest = how.stages.empty() ? 1 : *std::ranges::max_element(how.stages);
        const std::uint64_t stride = stride_for(t.rate * highest, consumers);
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
                course_seen(length_ns, how, consumers)};

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
            s.lags[0].merge(s.lags[c]);
        }
        const double mean_gap = when.gap() / static_cast<double>(producers);
        const double lasted = 1e-9 * (static_cast<double>(length_ns) + mean_gap);
        m.metrics = {{"offered_items_per_second", static_cast<double>(items) / lasted},
                     {"missed_share", static_cast<double>(all.missed) / static_cast<double>(items)},
                     {"worst_miss_ns", static_cast<double>(all.worst_ns)},
                     {"recorded_share", 1 / static_cast<double>(s.stride)},
                     {"reading_ns", s.ticks.cost_ns()},
                     {"time_stamp_counter", s.ticks.is_counter() ? 1.0 : 0.0}};
        outcome found{std::move(m), s.lags[0].saturated(), std::move(s.seen), lasted};
        if (how.parts > 1) {
            found.m.course = course_of(found, s.stride);
        }
        return found;
    }

    /// Of all latencies: the smallest value with that share of them at or below it.
    static std::optional<double> quantile(const harness::histogram& of, double share) {
        return of.count() == 0 ? std::nullopt : std::optional(static_cast<double>(of.quantile(share)));
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
        course_seen& course = s.seen;
        const auto part_length = static_cast<std::uint64_t>(course.length());
        std::int64_t part_from = 0;  // when the part began that latencies now belong to
        harness::histogram::page seen = course.delays(c, 0).open();
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
        course.note_costs(c, 0);
        me.start();
        const std::int64_t begin = s.start.at(ticks);
        const auto due_of = [&](const item_type& got) { return due_times.due(got.producer(), got.sequence()); };
        const auto record = [&](std::int64_t due, std::int64_t delay) {
            if (static_cast<std::uint64_t>(due - part_from) >= part_length) [[unlikely]] {
                course.delays(c, course.part_of(part_from)).close(seen, recorded);
                recorded = 0;
                const std::size_t part = course.part_of(due);
                part_from = static_cast<std::int64_t>(part * part_length);
                course.note_costs(c, part);
                seen = course.delays(c, part).open();
            }
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
                        record(due, now - due);
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
                        const std::int64_t its = due_of(more[until]);
                        record(its, then - its);
                    }
                }
                until -= followed;
                left -= followed;
            }
            count += chunk - left;
        }
        me.stop(count);
        s.received.of<Ledger>(c).close(mine, count);
        course.delays(c, course.part_of(part_from)).close(seen, recorded);
        course.note_end(c);
        s.lags[c] = lag;
    }

    template <class Channel>
    static constexpr loops loops_of{&channel_of<Channel>::make, &produce<Channel>,
                                    &consume<Channel, light_ledger>, &consume<Channel, ledger>};

private:
    static double mean_of(const std::vector<double>& shares) {
        double sum = 0;
        for (const double share : shares) {
            sum += share;
        }
        return shares.empty() ? 1 : sum / static_cast<double>(shares.size());
    }

    static std::vector<timetable::stage> stages_of(const std::vector<double>& shares, double length_ns) {
        std::vector<timetable::stage> all;
        for (const double share : shares) {
            all.push_back({share, length_ns / static_cast<double>(shares.size())});
        }
        return all;
    }

    static harness::course course_of(const outcome& found, std::uint64_t stride) {
        const double part_seconds = 1e-9 * static_cast<double>(found.seen.length());
        harness::course all;
        for (std::size_t part = 0; part < found.seen.parts(); ++part) {
            const harness::histogram of = found.seen.merged(part);
            harness::course_part one;
            one.from_seconds = part_seconds * static_cast<double>(part);
            one.to_seconds = part_seconds * static_cast<double>(part + 1);
            one.count = of.count();
            one.p50 = quantile(of, 0.5);
            one.p99 = quantile(of, 0.99);
            one.max = quantile(of, 1);
            const auto& before = found.seen.cost_at(part);
            const auto& after = found.seen.cost_at(part + 1);
            if (after && after->memory_bytes > 0) {
                one.memory_bytes = after->memory_bytes;
            }
            if (before && after && of.count() > 0) {
                one.cpu_ns_per_item =
                    1e9 * (after->cpu_seconds - before->cpu_seconds) / static_cast<double>(of.count() * stride);
            }
            all.push_back(one);
        }
        return all;
    }
};

}  // namespace handoff::benchmarks
