// Which types of wait strategies a queue is compiled with.
//
// A queue meets every strategy with every workload and size of item, and each meeting would be compiled by
// itself. Strategies that never sleep stay types of their own: their loops are what is measured. Those that may
// sleep are one type (chosen_wait.hpp): a choice costs little beside the fence of a notification and the system
// calls of a wait.
#pragma once

#include <type_traits>

#include "wait/chosen_wait.hpp"

namespace handoff::benchmarks {

/// The types that a queue is compiled with, of the strategies that it meets: each that never sleeps by itself,
/// and one for all others.
template <class... Waits>
class compiled_waits {
    template <class...>
    struct list {};
    template <class... A, class... B>
    static list<A..., B...> join(list<A...>, list<B...>);
    template <class... All>
    static auto joined(All... all) {
        return (list<>() + ... + all);
    }

    template <class... Sleeping>
    static impls::chosen_wait<Sleeping...> choice_of(list<Sleeping...>);
    template <class Sleeping>
    static Sleeping choice_of(list<Sleeping>);

    template <class... A, class... B>
    friend list<A..., B...> operator+(list<A...>, list<B...>) {
        return {};
    }

    using sleeping = decltype(joined(std::conditional_t<impls::may_sleep<Waits>, list<Waits>, list<>>()...));

public:
    /// Which of them a strategy is compiled as.
    template <class Wait>
    using of = std::conditional_t<impls::may_sleep<Wait>, decltype(choice_of(sleeping())), Wait>;
};

}  // namespace handoff::benchmarks
