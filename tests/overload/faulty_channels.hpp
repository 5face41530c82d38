// Sound channels that bring along an overload policy with a fault.
#pragma once

#include <string_view>

#include "channels/faults.hpp"
#include "channels/overload_loops.hpp"
#include "concepts/channels.hpp"
#include "overload/faults.hpp"

namespace handoff::impls {

/// A sound channel with a policy of its own.
template <class T, template <class, class, class> class Policy>
struct with_policy : monitor_channel<T, channel_fault::none> {
    using monitor_channel<T, channel_fault::none>::monitor_channel;
    template <class Lost, class Run>
    using overload_policy = Policy<with_policy, Lost, Run>;
    static constexpr channel_capacities capacities{.bounded = true, .unbounded = true};
};

template <class T, class>
struct refuses_to_wait : with_policy<T, overload::refuses_to_wait> {
    static constexpr std::string_view name = "refuses_to_wait";
    using with_policy<T, overload::refuses_to_wait>::with_policy;
};
template <class T, class>
struct refuses_with_room : with_policy<T, overload::refuses_with_room> {
    static constexpr std::string_view name = "refuses_with_room";
    using with_policy<T, overload::refuses_with_room>::with_policy;
};
template <class T, class>
struct swallows : with_policy<T, overload::swallows> {
    static constexpr std::string_view name = "swallows";
    using with_policy<T, overload::swallows>::with_policy;
};
template <class T, class>
struct drops_the_other_end : with_policy<T, overload::drops_the_other_end> {
    static constexpr std::string_view name = "drops_the_other_end";
    using with_policy<T, overload::drops_the_other_end>::with_policy;
};
template <class T, class>
struct counts_a_drop_twice : with_policy<T, overload::counts_a_drop_twice> {
    static constexpr std::string_view name = "counts_a_drop_twice";
    using with_policy<T, overload::counts_a_drop_twice>::with_policy;
};
template <class T, class>
struct drops_the_newest_inside : with_policy<T, overload::drops_the_newest_inside> {
    static constexpr std::string_view name = "drops_the_newest_inside";
    using with_policy<T, overload::drops_the_newest_inside>::with_policy;
};
template <class T, class>
struct keeps_the_older : with_policy<T, overload::keeps_the_older> {
    static constexpr std::string_view name = "keeps_the_older";
    using with_policy<T, overload::keeps_the_older>::with_policy;
};
template <class T, class>
struct keeps_one_of_three : with_policy<T, overload::keeps_one_of_three> {
    static constexpr std::string_view name = "keeps_one_of_three";
    using with_policy<T, overload::keeps_one_of_three>::with_policy;
};
template <class T, class>
struct runs_twice : with_policy<T, overload::runs_twice> {
    static constexpr std::string_view name = "runs_twice";
    using with_policy<T, overload::runs_twice>::with_policy;
};
template <class T, class>
struct grows_too_fast : with_policy<T, overload::grows_too_fast> {
    static constexpr std::string_view name = "grows_too_fast";
    using with_policy<T, overload::grows_too_fast>::with_policy;
};
template <class T, class>
struct forgets_at_the_time_limit : monitor_channel<T, channel_fault::none> {
    static constexpr std::string_view name = "forgets_at_the_time_limit";
    using monitor_channel<T, channel_fault::none>::monitor_channel;
    using overload_batches = overload::forgetful_batches<forgets_at_the_time_limit>;
};

}  // namespace handoff::impls
