// What a queue and the wait strategies that it meets declare, without their types.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "concepts/queues.hpp"
#include "concepts/waiting.hpp"
#include "registry.hpp"
#include "shared/item.hpp"

namespace handoff::benchmarks {

struct wait_traits {
    std::string_view name;
    bool sleeps;           ///< a thread that waits long enough sleeps until somebody notifies it
    bool keeps_cpu;        ///< a thread that waits never sleeps
    bool has_spin_budget;  ///< it spins for a while that can be set
};

struct queue_traits {
    std::string_view name;
    impls::cardinality producers;
    impls::cardinality consumers;
    impls::ordering order;
    std::optional<std::size_t> relaxation;  ///< how many items a pop passes over at most; nothing: no bound
    impls::progress_guarantee progress;
    impls::capacity_rule capacity_is;
    std::size_t largest_capacity;  ///< 0: any
    std::string_view allocator;    ///< whose memory it takes; empty: the C library's
    bool pushes_in_bulk;           ///< several items with one operation
    bool pops_in_bulk;
    bool pushes_spin_for_pushes;         ///< see the concept
    bool pops_spin_for_pops;             ///< likewise
    bool is_native;                      ///< it waits by its own means
    std::span<const wait_traits> waits;  ///< that it is measured with

    bool is_bounded() const noexcept { return capacity_is != impls::capacity_rule::unbounded; }
    /// It holds exactly what was asked for.
    bool is_exact() const noexcept {
        return capacity_is == impls::capacity_rule::exact || capacity_is == impls::capacity_rule::power_of_two;
    }
    std::string order_words() const;
    std::vector<std::string> wait_words() const;
    /// The capacity that a sweep takes by default.
    std::vector<std::string> usual_capacity() const;
    /// Null where the word names none of its strategies.
    const wait_traits* find_wait(std::string_view word) const noexcept;

    // What its workloads declare alike:

    /// Whether the threads that wait as the point says are always running.
    bool keeps_cpu(const harness::point& p) const;
    /// Whether a capacity is legal.
    harness::verdict judge_capacity(std::string_view text) const;
    /// Whether the point's spin budget goes with its wait strategy, each of which is legal by itself.
    harness::verdict judge_budget(const harness::point& p) const;
    /// Of a workload whose threads all push and pop: whether so many may, and their capacity holds what is
    /// prefilled.
    harness::verdict judge_threads(const harness::point& p) const;
    /// Why trials of the point do not end where it has more threads than CPUs; empty: they do.
    std::string stalls_crowded(const harness::point& p) const;
    /// The values of the axis `spin_budget`.
    std::vector<std::string> budget_words() const;
    /// The strategies that take a spin budget, as words with commas; empty: none does.
    std::string budgeted_waits() const;
};

template <class Wait>
constexpr wait_traits traits_of_wait() {
    if constexpr (std::same_as<Wait, impls::native>) {
        return {Wait::name, true, false, false};
    } else {
        return {Wait::name, !impls::polling<Wait>, requires {requires Wait::keeps_cpu;
    }
    , impls::has_spin_budget<Wait>
};
}  // namespace handoff::benchmarks
}

template <class... Waits>
inline constexpr std::array<wait_traits, sizeof...(Waits)> traits_of_waits{traits_of_wait<Waits>()...};

/// Of a queue of items that meets these strategies, or its own means where it has them.
template <template <class> class Queue, class... Waits>
constexpr queue_traits traits_of_queue() {
    using queue = Queue<item<8>>;
    queue_traits q{queue::name,
                   queue::producers,
                   queue::consumers,
                   queue::order,
                   impls::relaxation_of<queue>(),
                   queue::progress,
                   queue::capacity_is,
                   0,
                   {},
                   impls::pushes_in_bulk<queue>,
                   impls::pops_in_bulk<queue>,
                   impls::pushes_spin_for_pushes<queue>,
                   impls::pops_spin_for_pops<queue>,
                   false,
                   {}};
    if constexpr (requires { queue::largest_capacity; }) {
        q.largest_capacity = queue::largest_capacity;
    }
    if constexpr (requires { queue::allocator; }) {
        q.allocator = queue::allocator;
    }
    if constexpr (impls::natively_blocking<queue>) {
        q.is_native = true;
        q.waits = traits_of_waits<impls::native>;
    } else {
        q.waits = traits_of_waits<Waits...>;
    }
    return q;
}

}  // namespace handoff::benchmarks
