// Throughput: P producers push, C consumers pop, as fast as they can.
//
// Stresses: the streaming path of a queue; a closed loop, so its wait strategy too, since one side is always
//           the slower one.
// Verifies: as many items out as in, the same set (a sum over all items), one producer's in its order where the
//           queue promises it; when it checks in full, none torn, and each producer's in its order.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

#include "measurement.hpp"
#include "queues/channel.hpp"
#include "queues/traits.hpp"
#include "queues/waiting.hpp"
#include "registry.hpp"
#include "shared/burden.hpp"
#include "shared/item.hpp"
#include "shared/limits_of.hpp"
#include "shared/quota.hpp"
#include "team.hpp"
#include "wait/park.hpp"

namespace handoff::benchmarks {

/// One iteration is one item.
struct transfer {
    static void declare(const auto& q, auto& c) {
        c.workload = "transfer";
        c.axes = {{"wait", q.wait_words()}, {"producers", {"1"}},
                  {"consumers", {"1"}},     {"capacity", q.usual_capacity()},
                  {"bytes", {"8"}},         {"spin_budget", {"own"}},
                  {"balance", {"even"}},    {"batch", {"1"}},
                  {"between_ns", {"0"}},    {"jitter", {"none"}},
                  {"placement", {"spread"}}};
        c.words.push_back({"balance", {"even", "near_empty", "near_full"}});
        c.words.push_back({"jitter", jitter_words()});
        c.judge_together = [&q](const harness::point& p) { return q.judge_budget(p); };
        c.threads = [](const harness::point& p) { return p.number("producers") + p.number("consumers"); };
        c.keeps_cpu = [&q](const harness::point& p) { return q.keeps_cpu(p); };
        c.limit = [&q](const harness::point& p) {
            if (p.number("between_ns") > 0) {
                return limits::terms{};  // the work bounds it
            }
            return limits::stream(p, p.number("producers"), p.number("consumers"), p.number("bytes"),
                                  q.order == impls::ordering::fifo, q.is_exact() ? p.number("capacity") : 0);
        };
        c.streams = true;
        c.has_light_check = true;
    }

    static constexpr std::array<std::size_t, 3> bytes{8, 64, 256};

    /// A `lead_gate`, for those who do not pass it.
    class any_lead {
    public:
        virtual ~any_lead() = default;
        virtual void open() = 0;
        /// As the channel's: a producer waits there as it would for room.
        virtual void set_up_wait(const harness::trial& t) = 0;
        virtual std::uint64_t sleeps() const = 0;
    };

    /// What the threads of a trial share. Each writes its own entries only, after its lap.
    struct state {
        any_channel& channel;
        any_lead* lead;  ///< of unbounded queues
        quota to_push;
        quota to_pop;
        const harness::point& point;
        const std::uint64_t steps_to_push;  ///< of a producer's burden, beside what is between all operations
        const std::uint64_t steps_to_pop;
        const std::size_t batch;
        std::vector<std::uint64_t> pushed;
        received_items received;
        std::vector<wait_tally> waits;  ///< the producers', then the consumers'
    };

    struct loops {
        channel_maker make;
        std::unique_ptr<any_lead> (*make_lead)(const quota& pushes, const quota& pops);  ///< null: bounded
        void (*produce)(state&, std::size_t producer, harness::lap&);
        void (*consume)(state&, std::size_t consumer, harness::lap&);
        void (*consume_checking_in_full)(state&, std::size_t consumer, harness::lap&);
        // The same with several items in one operation; null where the queue has no such operation on that
        // side.
        void (*produce_in_bulk)(state&, std::size_t producer, harness::lap&);
        void (*consume_in_bulk)(state&, std::size_t consumer, harness::lap&);
        void (*consume_in_bulk_checking_in_full)(state&, std::size_t consumer, harness::lap&);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        const auto burden_where = [&](std::string_view balance) {
            return t.point.value("balance") == balance ? burden_steps : 0;
        };
        const bool in_full = t.check == harness::check_kind::full;
        auto produce = of.produce;
        auto consume = in_full ? of.consume_checking_in_full : of.consume;
        const std::size_t batch = t.point.number("batch");
        // A side that has no operation for several items does them one by one (the guarantee `bulk` says which
        // has).
        if (batch > 1 && of.produce_in_bulk != nullptr) {
            produce = of.produce_in_bulk;
        }
        if (batch > 1 && of.consume_in_bulk != nullptr) {
            consume = in_full ? of.consume_in_bulk_checking_in_full : of.consume_in_bulk;
        }
        const std::size_t producers = t.point.number("producers");
        const std::size_t consumers = t.point.number("consumers");
        const auto channel = of.make(t.point);
        channel->set_spin_budget(t);
        state s{*channel,
                nullptr,
                {t.items, producers},
                {t.items, consumers},
                t.point,
                burden_where("near_empty"),
                burden_where("near_full"),
                batch,
                std::vector<std::uint64_t>(producers, 0),
                received_items(t, producers, consumers),
                std::vector<wait_tally>(producers + consumers)};
        const auto lead = of.make_lead == nullptr ? nullptr : of.make_lead(s.to_push, s.to_pop);
        s.lead = lead.get();
        if (lead) {
            lead->set_up_wait(t);
        }

        harness::team crew(placement_of(t.point));
        for (std::size_t p = 0; p < producers; ++p) {
            crew.add("producer", [&, p](harness::lap& me) { produce(s, p, me); });
        }
        for (std::size_t c = 0; c < consumers; ++c) {
            crew.add("consumer", [&, c](harness::lap& me) { consume(s, c, me); });
        }
        harness::measurement m;
        m.items = t.items;
        m.team = crew.run(t.window, [&] {
            if (lead) {
                lead->open();
            }
            channel->close();
        });
        m.actual_capacity = channel->capacity();
        if (channel->tells_of_waits) {
            const wait_tally all = sum_of(s.waits);
            add_side_metrics(m, all, m.actual_capacity.has_value());
            strategies_report report = channel->report();
            report.sleeps += lead ? lead->sleeps() : 0;
            add_sleep_metrics(m, all, report);
        }
        m.failure = settle(*channel, s.received, s.pushed, m.team.rescued);
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    template <class Channel>
    static constexpr bool is_bounded = impls::bounded_queue<typename Channel::queue_type>;

    template <class Channel>
    class lead_of final : public any_lead {
        using wait_type = typename Channel::wait_type;

    public:
        lead_of(const quota& pushes, const quota& pops) : gate(pushes, pops) {}
        void open() override { gate.open(); }
        void set_up_wait(const harness::trial& t) override {
            choose_wait(gate.wait(), t.point);
            set_budget_of(gate.wait(), t);
        }
        std::uint64_t sleeps() const override { return sleeps_of(gate.wait()); }
        lead_gate<std::conditional_t<std::same_as<wait_type, impls::native>, impls::park, wait_type>> gate;

        static std::unique_ptr<any_lead> make(const quota& pushes, const quota& pops) {
            return std::make_unique<lead_of>(pushes, pops);
        }
    };

    template <class Channel>
    static void produce(state& s, std::size_t p, harness::lap& me) {
        using item_type = typename Channel::value_type;
        auto in = typed<Channel>(s.channel).producer();
        quota& to_push = s.to_push;
        const std::uint64_t first = item_type(p, 0).head();
        std::uint64_t head = first;  // producer and sequence number in one register
        [[maybe_unused]] std::uint64_t waits_for_consumers = 0;
        bool open = true;
        burden work = burden_between(s.point, p, s.steps_to_push);
        me.start();
        while (open) {
            if constexpr (!is_bounded<Channel>) {
                waits_for_consumers += static_cast<lead_of<Channel>*>(s.lead)->gate.pass();
            }
            const std::uint64_t chunk = to_push.claim();
            if (chunk == 0) {
                break;
            }
            const std::uint64_t end = head + chunk;
            for (; head != end; ++head) {
                work();
                if (!in.push(item_type(head))) [[unlikely]] {
                    open = false;  // only a rescue closes the channel this early
                    break;
                }
            }
        }
        me.stop(head - first);
        s.pushed[p] = head - first;
        s.waits[p] = in.observer();
        s.waits[p].waits_for_consumers = waits_for_consumers;
    }

    template <class Channel, class Ledger>
    static void consume(state& s, std::size_t c, harness::lap& me) {
        auto out = typed<Channel>(s.channel).consumer();
        quota& to_pop = s.to_pop;
        typename Ledger::page mine = s.received.of<Ledger>(c).open();
        burden work = burden_between(s.point, s.pushed.size() + c, s.steps_to_pop);
        typename Channel::value_type received_item{};
        std::uint64_t count = 0;
        bool open = true;
        me.start();
        for (std::uint64_t chunk; open && (chunk = to_pop.claim()) > 0;) {
            if constexpr (!is_bounded<Channel>) {
                static_cast<lead_of<Channel>*>(s.lead)->gate.advanced();
            }
            std::uint64_t left = chunk;
            for (; left > 0; --left) {
                if (!out.pop(received_item)) [[unlikely]] {
                    open = false;  // only a rescue: items were lost
                    break;
                }
                mine.template enter<keeps_order<typename Channel::queue_type>>(received_item);
                work();
            }
            count += chunk - left;
        }
        me.stop(count);
        s.received.of<Ledger>(c).close(mine, count);
        s.waits[s.pushed.size() + c] = out.observer();
    }

    /// As `produce`, with a batch of items in one operation.
    template <class Channel>
    static void produce_in_bulk(state& s, std::size_t p, harness::lap& me) {
        using item_type = typename Channel::value_type;
        auto in = typed<Channel>(s.channel).producer();
        quota& to_push = s.to_push;
        const std::uint64_t first = item_type(p, 0).head();
        std::uint64_t head = first;
        [[maybe_unused]] std::uint64_t waits_for_consumers = 0;
        bool open = true;
        burden work = burden_between(s.point, p, s.steps_to_push);
        std::vector<item_type> items(s.batch);
        me.start();
        while (open) {
            if constexpr (!is_bounded<Channel>) {
                waits_for_consumers += static_cast<lead_of<Channel>*>(s.lead)->gate.pass();
            }
            const std::uint64_t chunk = to_push.claim();
            if (chunk == 0) {
                break;
            }
            const std::uint64_t end = head + chunk;
            while (head != end) {
                const std::size_t count = std::min<std::uint64_t>(items.size(), end - head);
                for (std::size_t i = 0; i < count; ++i) {
                    work();
                    items[i] = item_type(head + i);
                }
                const std::size_t pushed = in.push_bulk(items.data(), count);
                head += pushed;
                if (pushed < count) [[unlikely]] {
                    open = false;  // only a rescue closes the channel this early
                    break;
                }
            }
        }
        me.stop(head - first);
        s.pushed[p] = head - first;
        s.waits[p] = in.observer();
        s.waits[p].waits_for_consumers = waits_for_consumers;
    }

    /// As `consume`, with up to a batch of items in one operation.
    template <class Channel, class Ledger>
    static void consume_in_bulk(state& s, std::size_t c, harness::lap& me) {
        auto out = typed<Channel>(s.channel).consumer();
        quota& to_pop = s.to_pop;
        typename Ledger::page mine = s.received.of<Ledger>(c).open();
        burden work = burden_between(s.point, s.pushed.size() + c, s.steps_to_pop);
        std::vector<typename Channel::value_type> items(s.batch);
        std::uint64_t count = 0;
        bool open = true;
        me.start();
        for (std::uint64_t chunk; open && (chunk = to_pop.claim()) > 0;) {
            if constexpr (!is_bounded<Channel>) {
                static_cast<lead_of<Channel>*>(s.lead)->gate.advanced();
            }
            std::uint64_t left = chunk;
            while (left > 0) {
                const std::size_t popped =
                    out.pop_bulk(items.data(), std::min<std::uint64_t>(items.size(), left));
                if (popped == 0) [[unlikely]] {
                    open = false;  // only a rescue: items were lost
                    break;
                }
                for (std::size_t i = 0; i < popped; ++i) {
                    mine.template enter<keeps_order<typename Channel::queue_type>>(items[i]);
                    work();
                }
                left -= popped;
            }
            count += chunk - left;
        }
        me.stop(count);
        s.received.of<Ledger>(c).close(mine, count);
        s.waits[s.pushed.size() + c] = out.observer();
    }

    template <class Channel>
    static constexpr auto make_lead_of() -> decltype(loops::make_lead) {
        if constexpr (is_bounded<Channel>) {
            return nullptr;
        } else {
            return &lead_of<Channel>::make;
        }
    }
    template <class Channel>
    static constexpr loops make_loops() {
        loops all{&channel_of<Channel>::make,
                  make_lead_of<Channel>(),
                  &produce<Channel>,
                  &consume<Channel, light_ledger>,
                  &consume<Channel, ledger>,
                  nullptr,
                  nullptr,
                  nullptr};
        if constexpr (impls::pushes_in_bulk<typename Channel::queue_type>) {
            all.produce_in_bulk = &produce_in_bulk<Channel>;
        }
        if constexpr (impls::pops_in_bulk<typename Channel::queue_type>) {
            all.consume_in_bulk = &consume_in_bulk<Channel, light_ledger>;
            all.consume_in_bulk_checking_in_full = &consume_in_bulk<Channel, ledger>;
        }
        return all;
    }
    template <class Channel>
    static constexpr loops loops_of = make_loops<Channel>();
};

}  // namespace handoff::benchmarks
