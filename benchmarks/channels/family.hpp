// What the harness may ask of a channel, and the workloads that it is measured in.
//
// A workload of channels has, beside `declare`:
//
//   struct loops                               what it needs of a channel's type: function pointers
//   template <class Channel> static constexpr loops loops_of
//   static harness::measurement run(const harness::trial&, const loops&)
//
// A channel is a Channel<item<8>, chosen_wait<all strategies>>: which strategy, the point says at run time, so
// that a channel is compiled once.
#pragma once

#include <cstddef>

#include "channels/traits.hpp"
#include "channels/workloads/cancel.hpp"
#include "channels/workloads/carried.hpp"
#include "channels/workloads/close.hpp"
#include "channels/workloads/overload.hpp"
#include "channels/workloads/ping_pong.hpp"
#include "channels/workloads/select.hpp"
#include "channels/workloads/stream.hpp"
#include "concepts/channels.hpp"
#include "shared/adapted.hpp"
#include "shared/item.hpp"
#include "shared/workloads.hpp"
#include "wait/chosen_wait.hpp"

namespace handoff::benchmarks {

/// A line for each workload of channels.
using channel_workloads = workloads<  //
    stream,                           //
    ping_pong,                        //
    select,                           //
    close_channel,                    //
    cancel,                           //
    carried,                          //
    overload_of_channels>;

/// Adds the candidate of a channel in the workload of that number. `loops`: the workload's.
void enrol_channel(int rank, const channel_traits& channel, std::size_t workload, const void* loops);

/// One channel in all workloads.
template <template <class, class> class Channel, class... Waits>
class channel_family {
    using channel = Channel<item<8>, impls::chosen_wait<Waits...>>;
    static_assert(impls::channel<channel>);
    static constexpr channel_traits declared =
        traits_of_channel<Channel, impls::chosen_wait<Waits...>, Waits...>();

public:
    static bool enrol(int rank) {
        note_provenance<channel>("channels");
        for_each_workload(channel_workloads(), [rank]<class W>(std::size_t number) {
            if constexpr (suits<W>(declared)) {
                enrol_channel(rank, declared, number, &W::template loops_of<channel>);
            }
        });
        return true;
    }
};

}  // namespace handoff::benchmarks
