// What a channel and the wait strategies that it meets declare, without their types.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "concepts/channels.hpp"
#include "point.hpp"
#include "queues/traits.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

struct channel_traits {
    std::string_view name;
    impls::cardinality senders;
    impls::cardinality receivers;
    impls::delivery delivers;
    impls::ordering order;
    impls::progress_guarantee progress;
    impls::channel_capacities capacities;
    bool selects;
    bool cancels;
    bool is_native;                      ///< it waits by its own means
    std::span<const wait_traits> waits;  ///< that it is measured with

    std::vector<std::string> wait_words() const;
    /// The capacities that a sweep takes by default: a rendezvous and 64 items, as far as it takes them.
    std::vector<std::string> usual_capacities() const;
    /// Which capacities it takes, in a word.
    std::string capacity_words() const;
    /// Whether the threads that wait as the point says are always running.
    bool keeps_cpu(const harness::point& p) const;
    harness::verdict judge_wait(std::string_view word) const;
    harness::verdict judge_capacity(std::string_view text) const;
};

template <template <class, class> class Channel, class Wait, class... Waits>
constexpr channel_traits traits_of_channel() {
    using channel = Channel<item<8>, Wait>;
    channel_traits c{channel::name,
                     channel::senders,
                     channel::receivers,
                     channel::delivers,
                     channel::order,
                     channel::progress,
                     channel::capacities,
                     impls::selects<channel>,
                     impls::cancels_receives<channel>,
                     false,
                     {}};
    if constexpr (impls::waits_natively<channel>) {
        c.is_native = true;
        c.waits = traits_of_waits<impls::native>;
    } else {
        c.waits = traits_of_waits<Waits...>;
    }
    return c;
}

}  // namespace handoff::benchmarks
