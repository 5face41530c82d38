// What the harness may ask of a queue, and the workloads that it is measured in.
//
// A workload of queues has, beside `declare`:
//
//   static constexpr std::array bytes{...}     the item sizes that it is compiled for
//   struct loops                               what it needs of a channel's type: function pointers
//   template <class Channel> static constexpr loops loops_of
//   static harness::measurement run(const harness::trial&, const loops&)
//
// A channel is a blocking<Queue<item_of<Queue, Bytes>>, Wait, closing::abrupt, wait_tally>; Wait is one that
// never sleeps, `native`, or the one type for all that may sleep (compiled_waits.hpp). `run` does all that does
// not depend on its type: it makes the channel through `loops`, runs the team, and says what the trial came to.
// The measured loops are templates.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "blocking.hpp"
#include "queues/compiled_waits.hpp"
#include "queues/traits.hpp"
#include "queues/waiting.hpp"
#include "queues/workloads/burst.hpp"
#include "queues/workloads/coin.hpp"
#include "queues/workloads/footprint.hpp"
#include "queues/workloads/idle.hpp"
#include "queues/workloads/multicast.hpp"
#include "queues/workloads/paced.hpp"
#include "queues/workloads/pairs.hpp"
#include "queues/workloads/rank_error.hpp"
#include "queues/workloads/round_trip.hpp"
#include "queues/workloads/soak.hpp"
#include "queues/workloads/swell.hpp"
#include "queues/workloads/transfer.hpp"
#include "shared/adapted.hpp"
#include "shared/item.hpp"
#include "shared/workloads.hpp"

namespace handoff::benchmarks {

/// A line for each workload of queues.
using queue_workloads = workloads<  //
    transfer,                       //
    pairs,                          //
    coin,                           //
    rank_error,                     //
    multicast,                      //
    round_trip,                     //
    burst,                          //
    paced,                          //
    soak,                           //
    swell,                          //
    idle,                           //
    footprint>;

/// The loops of one workload with channels of one type.
struct queue_instance {
    std::string_view wait;
    std::size_t bytes;
    const void* loops;  ///< the workload's `loops`
};

/// Adds the candidate of a queue in the workload of that number.
void enrol_queue(int rank, const queue_traits& queue, std::size_t workload,
                 std::span<const queue_instance> instances);

/// The instances of one queue in all workloads.
template <template <class> class Queue, class... Waits>
class queue_family {
    static constexpr queue_traits declared = traits_of_queue<Queue, Waits...>();

    template <class W, class... Met>
    static constexpr auto instances_of() {
        std::array<queue_instance, sizeof...(Met) * W::bytes.size()> all{};
        std::size_t n = 0;
        const auto add_sizes = [&]<class Wait, std::size_t... I>(std::index_sequence<I...>) {
            const auto add = [&]<std::size_t Bytes>() {
                using compiled = typename compiled_waits<Met...>::template of<Wait>;
                using channel =
                    impls::blocking<Queue<item_of<Queue, Bytes>>, compiled, impls::closing::abrupt, wait_tally>;
                all[n++] = {Wait::name, Bytes, &W::template loops_of<channel>};
            };
            (add.template operator()<W::bytes[I]>(), ...);
        };
        (add_sizes.template operator()<Met>(std::make_index_sequence<W::bytes.size()>()), ...);
        return all;
    }
    template <class W, class... Met>
    static constexpr auto instances = instances_of<W, Met...>();

public:
    static bool enrol(int rank) {
        note_provenance<Queue<item<8>>>("queues");
        for_each_workload(queue_workloads(), [rank]<class W>(std::size_t number) {
            if constexpr (!suits<W>(declared)) {
                // neither offered nor compiled
            } else if constexpr (declared.is_native) {
                enrol_queue(rank, declared, number, instances<W, impls::native>);
            } else {
                enrol_queue(rank, declared, number, instances<W, Waits...>);
            }
        });
        return true;
    }
};

}  // namespace handoff::benchmarks
