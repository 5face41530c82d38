// Throughput where each consumer receives every item: P producers push, and C consumers all pop everything.
//
// Stresses: a queue that waits for the slowest of its consumers; what each further reader of an item costs.
// Verifies: each consumer by itself received as many items as were pushed, the same set, one producer's in
//           its order; when it checks in full, none torn, and each producer's in its order.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "concepts/queues.hpp"
#include "measurement.hpp"
#include "queues/channel.hpp"
#include "queues/traits.hpp"
#include "queues/waiting.hpp"
#include "registry.hpp"
#include "shared/item.hpp"
#include "shared/quota.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// One iteration is one item that is pushed, however many receive it.
///
/// At the beginning of each chunk of its items a producer looks how many items lie before each consumer:
/// `slowest_lag_mean` and `slowest_lag_max` are of the consumer that is furthest behind at that moment,
/// `lag_mean` is of all of them, and `slowest_share` is how often it was the one that most often is: 1 over the
/// number of consumers where they take turns, 1 where it is always the same one.
struct multicast {
    static constexpr bool suits(const queue_traits& q) { return q.order == impls::ordering::multicast; }

    static void declare(const auto& q, auto& c) {
        c.workload = "multicast";
        c.axes = {{"wait", q.wait_words()},         {"producers", {"1"}}, {"consumers", {"1", "2"}},
                  {"capacity", q.usual_capacity()}, {"bytes", {"8"}},     {"spin_budget", {"own"}},
                  {"placement", {"spread"}}};
        c.judge = [of_all = c.judge](std::string_view axis, std::string_view value) {
            return axis == "consumers" ? harness::verdict{} : of_all(axis, value);
        };
        c.judge_together = [&q](const harness::point& p) { return q.judge_budget(p); };
        c.threads = [](const harness::point& p) { return p.number("producers") + p.number("consumers"); };
        c.keeps_cpu = [&q](const harness::point& p) { return q.keeps_cpu(p); };
        c.has_light_check = true;
    }

    static constexpr std::array<std::size_t, 2> bytes{8, 64};

    /// Of the looks of one producer.
    struct lags {
        explicit lags(std::size_t consumers) : slowest_is(consumers, 0) {}
        std::uint64_t looks = 0;
        double sum = 0;  ///< of the mean of all consumers
        double sum_of_slowest = 0;
        std::size_t largest = 0;
        std::vector<std::uint64_t> slowest_is;  ///< how often, by seat
    };

    /// What the threads of a trial share. Each writes its own entries only, after its lap.
    struct state {
        any_channel& channel;
        const std::uint64_t items;
        quota to_push;
        std::vector<std::uint64_t> pushed;
        std::vector<received_items> received;  ///< one for each consumer
        std::vector<wait_tally> waits;         ///< the producers', then the consumers'
        std::vector<lags> looks;               ///< the producers'
    };

    struct loops {
        channel_maker make;
        void (*produce)(state&, std::size_t producer, harness::lap&);
        void (*consume)(state&, std::size_t consumer, harness::lap&);
        void (*consume_checking_in_full)(state&, std::size_t consumer, harness::lap&);
        std::uint64_t (*count_rest)(any_channel&, std::size_t consumers);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        const std::size_t producers = t.point.number("producers");
        const std::size_t consumers = t.point.number("consumers");
        const auto consume = t.check == harness::check_kind::full ? of.consume_checking_in_full : of.consume;
        const auto channel = of.make(t.point);
        channel->set_spin_budget(t);
        state s{*channel,
                t.items,
                {t.items, producers},
                std::vector<std::uint64_t>(producers, 0),
                std::vector<received_items>(consumers, received_items(t, producers, 1)),
                std::vector<wait_tally>(producers + consumers),
                std::vector<lags>(producers, lags(consumers))};

        harness::team crew(placement_of(t.point));
        for (std::size_t p = 0; p < producers; ++p) {
            crew.add("producer", [&, p](harness::lap& me) { of.produce(s, p, me); });
        }
        for (std::size_t c = 0; c < consumers; ++c) {
            crew.add("consumer", [&, c](harness::lap& me) { consume(s, c, me); });
        }
        harness::measurement m;
        m.items = t.items;
        m.team = crew.run(t.window, [&] { channel->close(); });
        m.actual_capacity = channel->capacity();
        if (channel->tells_of_waits) {
            const wait_tally all = sum_of(s.waits);
            add_side_metrics(m, all, m.actual_capacity.has_value());
            add_sleep_metrics(m, all, channel->report());
        }
        add_lags(m, s.looks);
        channel->close();
        m.failure = judge(s, of.count_rest(*channel, consumers), m.team.rescued);
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    template <class Channel>
    static void produce(state& s, std::size_t p, harness::lap& me) {
        using item_type = typename Channel::value_type;
        auto& channel = typed<Channel>(s.channel);
        auto in = channel.producer();
        quota& to_push = s.to_push;
        lags& seen = s.looks[p];
        const std::uint64_t first = item_type(p, 0).head();
        std::uint64_t head = first;  // producer and sequence number in one register
        bool open = true;
        me.start();
        for (std::uint64_t chunk; open && (chunk = to_push.claim()) > 0;) {
            look(channel, seen);
            const std::uint64_t end = head + chunk;
            for (; head != end; ++head) {
                if (!in.push(item_type(head))) [[unlikely]] {
                    open = false;  // only a rescue closes the channel this early
                    break;
                }
            }
        }
        me.stop(head - first);
        s.pushed[p] = head - first;
        s.waits[p] = in.observer();
    }

    /// Out of line: once in a chunk, and none of the loop's registers for it.
    template <class Channel>
    [[gnu::noinline]] static void look(const Channel& channel, lags& seen) {
        const std::size_t consumers = seen.slowest_is.size();
        std::size_t slowest = 0;
        std::size_t most = 0;
        double sum = 0;
        for (std::size_t i = 0; i < consumers; ++i) {
            const std::size_t lag = channel.lag(i);
            sum += static_cast<double>(lag);
            if (lag > most) {
                most = lag;
                slowest = i;
            }
        }
        ++seen.looks;
        seen.sum += sum / static_cast<double>(consumers);
        seen.sum_of_slowest += static_cast<double>(most);
        seen.largest = std::max(seen.largest, most);
        seen.slowest_is[slowest] += most > 0 ? 1 : 0;
    }

    template <class Channel, class Ledger>
    static void consume(state& s, std::size_t c, harness::lap& me) {
        auto out = typed<Channel>(s.channel).consumer();
        typename Ledger::page mine = s.received[c].of<Ledger>(0).open();
        typename Channel::value_type received_item{};
        const std::uint64_t items = s.items;
        std::uint64_t count = 0;
        me.start();
        for (; count < items; ++count) {
            if (!out.pop(received_item)) [[unlikely]] {
                break;  // only a rescue: items were lost
            }
            mine.template enter<keeps_order<typename Channel::queue_type>>(received_item);
        }
        me.stop(count);
        s.received[c].of<Ledger>(0).close(mine, count);
        s.waits[s.pushed.size() + c] = out.observer();
    }

    /// What lies before the consumers of a closed channel.
    template <class Channel>
    [[gnu::cold]] static std::uint64_t count_rest(any_channel& channel, std::size_t consumers) {
        std::uint64_t rest = 0;
        for (std::size_t i = 0; i < consumers; ++i) {
            rest += typed<Channel>(channel).lag(i);
        }
        return rest;
    }

    template <class Channel>
    static constexpr loops loops_of{&channel_of<Channel>::make, &produce<Channel>,
                                    &consume<Channel, light_ledger>, &consume<Channel, ledger>,
                                    &count_rest<Channel>};

private:
    static void add_lags(harness::measurement& m, const std::vector<lags>& all) {
        lags together(all.front().slowest_is.size());
        for (const lags& one : all) {
            together.looks += one.looks;
            together.sum += one.sum;
            together.sum_of_slowest += one.sum_of_slowest;
            together.largest = std::max(together.largest, one.largest);
            for (std::size_t i = 0; i < one.slowest_is.size(); ++i) {
                together.slowest_is[i] += one.slowest_is[i];
            }
        }
        const auto looks = static_cast<double>(together.looks);
        m.metrics.emplace_back("lag_mean", together.sum / looks);
        m.metrics.emplace_back("slowest_lag_mean", together.sum_of_slowest / looks);
        m.metrics.emplace_back("slowest_lag_max", static_cast<double>(together.largest));
        std::uint64_t behind = 0;
        for (const std::uint64_t often : together.slowest_is) {
            behind += often;
        }
        if (behind > 0) {
            m.metrics.emplace_back("slowest_share",
                                   static_cast<double>(*std::ranges::max_element(together.slowest_is)) /
                                       static_cast<double>(behind));
        }
    }

    /// What is wrong with what the consumers received; empty: nothing.
    static std::string judge(const state& s, std::uint64_t rest, bool rescued) {
        for (std::size_t c = 0; c < s.received.size(); ++c) {
            if (const std::string wrong = s.received[c].audit_with(s.pushed, 0); !wrong.empty()) {
                return wrong + " (consumer " + std::to_string(c + 1) + " of " +
                       std::to_string(s.received.size()) + ", each of which receives every item)";
            }
        }
        if (rest > 0) {
            return "duplicated: " + std::to_string(rest) + " items lie before consumers that have received all";
        }
        return rescued ? "stuck: threads waited for each other though nothing was lost" : "";
    }
};

}  // namespace handoff::benchmarks
