// What the workloads `overload` and `carried` need of a channel: what is sent on a schedule to receivers that
// work, under a policy for what they cannot take. Their loops are in overload_loops.hpp, which takes the
// compiler longer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "channels/any_channel.hpp"
#include "channels/erased_channel.hpp"
#include "concepts/channels.hpp"
#include "measurement.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// The words of the axis `policy`, of channels.
namespace policy_words {
inline constexpr std::string_view block = "block";
inline constexpr std::string_view reject = "reject";
inline constexpr std::string_view drop_newest = "drop_newest";
inline constexpr std::string_view drop_oldest = "drop_oldest";
inline constexpr std::string_view latest = "latest";
inline constexpr std::string_view sample = "sample";
inline constexpr std::string_view caller_runs = "caller_runs";
inline constexpr std::string_view grow = "grow";
inline std::vector<std::string> all() {
    std::vector<std::string> words;
    for (const std::string_view one :
         {block, reject, drop_newest, drop_oldest, latest, sample, caller_runs, grow}) {
        words.emplace_back(one);
    }
    return words;
}
}  // namespace policy_words

/// The words of the axis `lengths`, of the work for an item.
inline std::vector<std::string> overload_length_words() {
    return {"fixed", "pareto"};
}

struct overload_state;
class lost_items;    ///< what a policy calls with an item that it loses
class items_to_run;  ///< what a policy calls with an item that the sender's thread is to handle

/// What a channel brings along for these workloads. Policies and batches are of the suite's own
/// (impls/overload/), unless the channel has some: `overload_policy<Lost, Run>`, the name of which is the word
/// of the axis `policy` that it stands for, or `overload_batches`.
struct overload_loops {
    channel_factory make;
    erased_ends ends;
    impls::delivery delivers;
    impls::ordering order;
    std::string_view own_policy;
    void (*offer_by_own)(overload_state&, std::size_t sender, harness::lap&);
    void (*receive_by_own)(overload_state&, std::size_t receiver, harness::lap&);
};

template <class Channel>
concept has_overload_policy =
    requires { typename Channel::template overload_policy<lost_items, items_to_run>; };
template <class Channel>
concept has_overload_batches = requires { typename Channel::overload_batches; };

// In overload_loops.hpp, which a channel that has one of them includes.
template <has_overload_policy Channel>
void offer_by_own_policy(overload_state& s, std::size_t sender, harness::lap& me);
template <has_overload_batches Channel>
void receive_by_own_batches(overload_state& s, std::size_t receiver, harness::lap& me);

template <class Channel>
constexpr overload_loops overload_loops_of() {
    overload_loops found{&channel_ends_of<Channel>::make,
                         erased_ends_of<Channel>::ends,
                         Channel::delivers,
                         Channel::order,
                         "",
                         nullptr,
                         nullptr};
    if constexpr (has_overload_policy<Channel>) {
        found.own_policy = Channel::template overload_policy<lost_items, items_to_run>::name;
        found.offer_by_own = &offer_by_own_policy<Channel>;
    }
    if constexpr (has_overload_batches<Channel>) {
        found.receive_by_own = &receive_by_own_batches<Channel>;
    }
    return found;
}

/// A trial of `overload`.
harness::measurement run_overload(const harness::trial& t, const overload_loops& of);
/// A trial of `carried`.
harness::measurement run_carried(const harness::trial& t, const overload_loops& of);

}  // namespace handoff::benchmarks
