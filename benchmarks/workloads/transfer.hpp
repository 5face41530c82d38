// Throughput: P producers push, C consumers pop, as fast as they can.
//
// Stresses: the streaming path of a queue; a closed loop, so its wait strategy too, since one side is always
//           the slower one.
// Verifies: as many items out as in, the same set (a sum over all items), none torn, each producer's items in
//           its order where the queue promises it.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "blocking.hpp"
#include "channel.hpp"
#include "item.hpp"
#include "measurement.hpp"
#include "quota.hpp"
#include "team.hpp"
#include "wait/park.hpp"
#include "waiting.hpp"

namespace handoff::benchmarks {

/// `Channel` is a blocking<Queue, Wait, closing::abrupt, wait_tally> of items: nothing closes it while it is
/// measured.
template <class Channel>
harness::measurement transfer(const harness::trial& t) {
    using item_type = typename Channel::value_type;
    using queue_type = typename Channel::queue_type;
    const std::size_t producers = t.point.number("producers");
    const std::size_t consumers = t.point.number("consumers");

    const auto channel = make_channel<Channel>(t.point);
    set_spin_budget(*channel, t);
    quota to_push(t.items, producers);
    quota to_pop(t.items, consumers);
    constexpr bool is_bounded = impls::bounded_queue<queue_type>;
    using wait_type = typename Channel::wait_type;
    lead_gate<std::conditional_t<std::same_as<wait_type, impls::native>, impls::park, wait_type>> lead(to_push,
                                                                                                       to_pop);
    std::vector<std::uint64_t> pushed(producers, 0);
    std::vector<ledger> received(consumers, ledger(producers));

    std::vector<wait_tally> waits(producers + consumers);

    harness::team crew(placement_of(t.point));
    for (std::size_t p = 0; p < producers; ++p) {
        crew.add("producer", [&, p](harness::lap& me) {
            auto in = channel->producer();
            const std::uint64_t first = item_type(p, 0).head();
            std::uint64_t head = first;  // producer and sequence number in one register
            bool open = true;
            me.start();
            while (open) {
                if constexpr (!is_bounded) {
                    lead.pass();
                }
                const std::uint64_t chunk = to_push.claim();
                if (chunk == 0) {
                    break;
                }
                const std::uint64_t end = head + chunk;
                for (; head != end; ++head) {
                    if (!in.push(item_type(head))) [[unlikely]] {
                        open = false;  // only a rescue closes the channel this early
                        break;
                    }
                }
            }
            me.stop(head - first);
            pushed[p] = head - first;
            waits[p] = in.observer();
        });
    }
    for (std::size_t c = 0; c < consumers; ++c) {
        crew.add("consumer", [&, c](harness::lap& me) {
            auto out = channel->consumer();
            ledger::page mine = received[c].open();
            item_type received_item{};
            std::uint64_t count = 0;
            bool open = true;
            me.start();
            for (std::uint64_t chunk; open && (chunk = to_pop.claim()) > 0;) {
                if constexpr (!is_bounded) {
                    lead.advanced();
                }
                std::uint64_t left = chunk;
                for (; left > 0; --left) {
                    if (!out.pop(received_item)) [[unlikely]] {
                        open = false;  // only a rescue: items were lost
                        break;
                    }
                    mine.enter<keeps_order<queue_type>>(received_item);
                }
                count += chunk - left;
            }
            me.stop(count);
            received[c].close(mine, count);
            waits[producers + c] = out.observer();
        });
    }

    harness::measurement m;
    m.items = t.items;
    m.team = crew.run(t.window, [&] {
        lead.open();
        channel->close();
    });
    m.actual_capacity = capacity_of(*channel);
    if constexpr (tells_of_waits<Channel>) {
        wait_tally all;
        for (const wait_tally& one : waits) {
            all += one;
        }
        add_side_metrics(m, all, is_bounded);
        add_sleep_metrics(m, all, report_of(*channel));
    }

    m.failure = settle(*channel, received, pushed, m.team.rescued);
    return m;
}

}  // namespace handoff::benchmarks
