// More than the receivers can handle: a schedule goes on, and a policy decides what becomes of what they cannot
// take.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channels/overload.hpp"
#include "channels/traits.hpp"
#include "channels/workloads/carried.hpp"
#include "concepts/channels.hpp"
#include "measurement.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

/// Open loop: items are due at `load` percent of what `carried` reached with the same axes, whether the channel
/// keeps up or not. Senders offer each item through an overload policy (impls/overload/); receivers work
/// `task_ns` for each, alike or of random `lengths`, and take them one by one or in batches with a limit of
/// time.
///
/// Stresses: a channel that is full, and what its sender does then. Verifies: every item was received, refused,
/// lost to a cause that the policy names, or handled by its sender, once, and these are the items that were
/// offered; the policy's own counts say the same, and it did nothing that its name does not say; each sender's
/// items came in its order; what was dropped as the oldest was the oldest, as the newest the one that came; the
/// very last item came where the newest is to survive. Of one sender and one receiver: nothing was refused,
/// dropped or run while there was room.
///
/// The age of an item runs from the time at which it was due to the beginning of its handling.
/// `goodput_of_offered` counts what was handled before the schedule's end: what a sender that waits, or a
/// channel that grows, hands over later is late. Those are `saturated` where they fell ever further behind:
/// their ages are as long as the trial.
struct overload_of_channels {
    static constexpr bool suits(const channel_traits& channel) { return carried::suits(channel); }

    static void declare(const auto& channel, auto& c) {
        c.workload = "overload";
        c.measure = "latency";
        c.axes = {{"wait", channel.wait_words()},
                  {"producers", {"1"}},
                  {"consumers", {"1"}},
                  {"capacity", channel.usual_capacities()},
                  {"batch", {"1"}},
                  {"linger_us", {"0"}},
                  {"policy", usual_policies(channel)},
                  {"lengths", {"fixed"}},
                  {"task_ns", {"5000"}},
                  {"arrivals", {"poisson"}},
                  {"load", {"80", "150"}},
                  {"placement", {"spread"}}};
        c.words.push_back({"policy", policy_words::all()});
        c.words.push_back({"lengths", overload_length_words()});
        c.words.push_back({"arrivals", {"fixed", "poisson"}});
        c.judge_together = [&channel](const harness::point& p) { return judge(channel, p); };
        c.threads = [](const harness::point& p) { return p.number("producers") + p.number("consumers"); };
        c.keeps_cpu = [&channel](const harness::point& p) { return channel.keeps_cpu(p); };
        c.stops_on_time = true;
        c.paced_by = [](const harness::point& p) {
            harness::pacing by{p, static_cast<double>(p.number("load")) / 100};
            by.reference.workload = "carried";
            std::erase_if(by.reference.values, [](const auto& v) {
                return v.first == "batch" || v.first == "linger_us" || v.first == "policy" ||
                       v.first == "arrivals" || v.first == "load";
            });
            return by;
        };
    }

    using loops = overload_loops;
    template <class Channel>
    static constexpr loops loops_of = carried::loops_of<Channel>;

    static harness::measurement run(const auto& t, const loops& of) { return run_overload(t, of); }

private:
    static std::vector<std::string> usual_policies(const auto& channel) {
        if (channel.delivers == impls::delivery::newest) {
            return {std::string(policy_words::latest)};
        }
        return channel.capacities.bounded ? std::vector<std::string>{"block", "drop_newest"}
                                          : std::vector<std::string>{"grow"};
    }

    static harness::verdict judge(const auto& channel, const harness::point& p) {
        const std::string_view policy = p.value("policy");
        const std::string_view capacity = p.value("capacity");
        const std::string own(channel.name);
        const auto no = [&](const std::string& why) {
            return harness::verdict{harness::verdict::kind::not_offered, why};
        };
        const bool removes = policy == policy_words::drop_oldest || policy == policy_words::latest;
        if (p.number("batch") == 1 && p.number("linger_us") != 0) {
            return {harness::verdict::kind::senseless, "a limit of time needs batches: batch 2 or more"};
        }
        if (channel.delivers == impls::delivery::newest) {
            return policy == policy_words::latest
                       ? harness::verdict{}
                       : no(own + " keeps the newest item by itself (policy latest)");
        }
        if (removes && channel.receivers == impls::cardinality::one) {
            return no(own + " takes one receiver, and the sender would be another");
        }
        if (removes && capacity == "0") {
            return no("nothing lies in a rendezvous that could make room");
        }
        if (policy == policy_words::grow && capacity != "unbounded") {
            return no(own + " is bounded there and does not grow");
        }
        if (capacity == "unbounded" && policy != policy_words::grow && policy != policy_words::latest &&
            policy != policy_words::sample) {
            return no(own + " is never full there");
        }
        return {};
    }
};

}  // namespace handoff::benchmarks
