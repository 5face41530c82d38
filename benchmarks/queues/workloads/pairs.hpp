// Each thread pushes an item and then pops one, again and again: the workload of most papers on queues for any
// number of threads (LCRQ, wait-free queues, SCQ, LPRQ).
//
// Stresses: both ends of a queue by the same threads; the queue stays about as full as it is at the beginning
// (`prefill`). Verifies: all items come out once, whole, and each producer's in its order for each consumer.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "measurement.hpp"
#include "queues/channel.hpp"
#include "queues/traits.hpp"
#include "queues/waiting.hpp"
#include "registry.hpp"
#include "shared/burden.hpp"
#include "shared/item.hpp"
#include "shared/quota.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// One iteration is one item: a push and a pop. A pop waits where it finds nothing, although an item is there
/// or on its way: another thread may be in the middle of pushing it.
struct pairs {
    static void declare(const auto& q, auto& c) {
        c.workload = "pairs";
        c.axes = {{"wait", q.wait_words()}, {"threads", {"1", "2"}},  {"capacity", q.usual_capacity()},
                  {"spin_budget", {"own"}}, {"between_ns", {"0"}},    {"jitter", {"none"}},
                  {"prefill", {"0"}},       {"placement", {"spread"}}};
        c.words.push_back({"jitter", jitter_words()});
        c.judge_together = [&q](const harness::point& p) {
            const harness::verdict mine = q.judge_threads(p);
            return mine.is == harness::verdict::kind::legal ? q.judge_budget(p) : mine;
        };
        c.threads = [](const harness::point& p) { return p.number("threads"); };
        c.keeps_cpu = [&q](const harness::point& p) { return q.keeps_cpu(p); };
    }

    static constexpr std::array<std::size_t, 1> bytes{8};

    /// What the threads of a trial share. Each writes its own entries only, after its lap.
    struct state {
        const harness::trial& of;
        any_channel& channel;
        quota share;
        std::vector<std::uint64_t> pushed;  ///< by the threads, then before they began
        received_items received;            ///< likewise, and in the end
        std::vector<wait_tally> waits;
    };
    struct loops {
        channel_maker make;
        void (*fill)(state&);
        void (*work)(state&, std::size_t thread, harness::lap&);
        void (*empty)(state&);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        const std::size_t threads = t.point.number("threads");
        const auto channel = of.make(t.point);
        channel->set_spin_budget(t);
        state s{t,
                *channel,
                {t.items, threads},
                std::vector<std::uint64_t>(threads + 1, 0),
                received_items(bytes[0], harness::check_kind::full, threads + 1, threads + 1),
                std::vector<wait_tally>(threads)};
        of.fill(s);
        harness::team crew(placement_of(t.point));
        for (std::size_t i = 0; i < threads; ++i) {
            crew.add("thread", [&, i](harness::lap& me) { of.work(s, i, me); });
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
        channel->close();
        of.empty(s);
        m.failure = settle(*channel, s.received, s.pushed, m.team.rescued);
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    /// Before the threads begin, as if by one more of them.
    template <class Channel>
    [[gnu::cold]] static void fill(state& s) {
        const std::size_t self = s.pushed.size() - 1;
        auto in = typed<Channel>(s.channel).producer();
        const std::uint64_t count = s.of.point.number("prefill");
        while (s.pushed[self] < count && in.push(typename Channel::value_type(self, s.pushed[self]))) {
            ++s.pushed[self];
        }
    }

    template <class Channel>
    static void work(state& s, std::size_t self, harness::lap& me) {
        using item_type = typename Channel::value_type;
        auto in = typed<Channel>(s.channel).producer();
        auto out = typed<Channel>(s.channel).consumer();
        quota& share = s.share;
        burden between = burden_between(s.of.point, self);
        ledger::page mine = s.received.template of<ledger>(self).open();
        const std::uint64_t first = item_type(self, 0).head();
        std::uint64_t head = first;
        std::uint64_t popped = 0;
        item_type got{};
        bool open = true;
        me.start();
        for (std::uint64_t chunk; open && (chunk = share.claim()) > 0;) {
            for (; chunk > 0; --chunk) {
                between();
                if (!in.push(item_type(head))) [[unlikely]] {
                    open = false;  // only a rescue closes the channel this early
                    break;
                }
                ++head;
                between();
                if (!out.pop(got)) [[unlikely]] {
                    open = false;  // only a rescue: items were lost
                    break;
                }
                mine.enter<keeps_order<typename Channel::queue_type>>(got);
                ++popped;
            }
        }
        me.stop(popped);
        s.pushed[self] = head - first;
        s.received.template of<ledger>(self).close(mine, popped);
        s.waits[self] = in.observer();
        s.waits[self] += out.observer();
    }

    /// What is left, as much as there was at the beginning. The channel is closed.
    template <class Channel>
    [[gnu::cold]] static void empty(state& s) {
        auto out = typed<Channel>(s.channel).consumer();
        ledger& rest = s.received.template of<ledger>(s.pushed.size() - 1);
        ledger::page mine = rest.open();
        std::uint64_t popped = 0;
        for (typename Channel::value_type got{}; out.pop(got); ++popped) {
            mine.enter<keeps_order<typename Channel::queue_type>>(got);
        }
        rest.close(mine, popped);
    }

    template <class Channel>
    static constexpr loops loops_of{&channel_of<Channel>::make, &fill<Channel>, &work<Channel>,
                                    &empty<Channel>};
};

}  // namespace handoff::benchmarks
