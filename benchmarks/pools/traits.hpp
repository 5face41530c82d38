// What a pool declares, without its type, and what its workloads declare alike.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "concepts/pools.hpp"
#include "concepts/waiting.hpp"
#include "registry.hpp"
#include "shared/limits_of.hpp"

namespace handoff::benchmarks {

/// What the submitter does from the first submission to the last.
enum class submitter_part {
    waits_for_it,  ///< submits and waits: a pool whose waiter helps counts it among its workers
    carries_on,    ///< does not wait before the end: `workers` are threads beside it in every pool
};

/// A wait strategy that a pool can be made with.
struct worker_wait {
    std::string_view name;
    impls::make_any_wait make;  ///< null: the pool's own
};

struct pool_traits {
    using axis_values = std::vector<std::pair<std::string, std::vector<std::string>>>;

    std::string_view name;
    bool is_bounded;
    bool keeps_exceptions;
    bool nested_waits;
    bool has_wait;  ///< its workers wait as they are told
    impls::start_order starts;
    impls::waiter_part waiter;
    std::optional<impls::rejection> hidden_rejection;
    bool ignores_workers;  ///< runs more tasks at once than it was given workers: a thread for each
    bool accounts;
    bool runs_all;
    std::string_view (*lack)();  ///< why this machine cannot run it; null: it does not say
    std::span<const worker_wait> waits;

    std::vector<std::string> wait_words() const;
    /// The axes of a workload in the order in which names spell them: some before the policy, some after it.
    axis_values axes(const axis_values& before, const axis_values& after) const;
    /// What the pool may do when it is full: where tasks may be lost, only if the workload asks what becomes of
    /// them.
    std::vector<std::string> policies(bool may_lose) const;
    harness::verdict judge(bool may_lose, std::string_view axis, std::string_view value) const;
    /// Null: the pool's own.
    impls::make_any_wait wait_of(const harness::point& p) const;
    /// Of `workers`, those that are threads of the pool's own.
    std::size_t own_threads(std::size_t workers, submitter_part part) const noexcept {
        return workers - (waiter == impls::waiter_part::helps && part == submitter_part::waits_for_it ? 1 : 0);
    }
};

std::size_t submitters_of(const harness::point& p);

// For `declare`:

/// The threads of a workload whose submitters do this.
std::function<std::size_t(const harness::point&)> threads_of(const pool_traits& pool, submitter_part part);
/// The workload asks what becomes of tasks that are refused: it is offered every policy.
void allow_losses(const pool_traits& pool, harness::candidate& c);
/// As of a queue of tasks, each at least a word. A waiter that helps and a caller that runs what is too much
/// may do the tasks where they are.
limits::terms limit_of_submission(const pool_traits& pool, const harness::point& p);
/// From a submission to the start of its task on a worker that waits.
limits::terms limit_of_start(const pool_traits& pool, const harness::point& p);

template <class... Waits>
inline constexpr std::array<worker_wait, sizeof...(Waits)> worker_waits{
    worker_wait{Waits::name, &impls::any_wait_of<Waits>}...};
inline constexpr std::array<worker_wait, 1> native_wait{worker_wait{impls::native::name, nullptr}};

/// Of a pool whose workers meet these strategies, or wait by their own means.
template <impls::thread_pool P, class... Waits>
constexpr pool_traits traits_of_pool() {
    pool_traits all{
        P::name, P::bounded, P::keeps_exceptions, P::nested_waits,    P::has_wait, P::starts, P::waiter,
        {},      false,      impls::accounts<P>,  impls::runs_all<P>, nullptr,     {}};
    if constexpr (requires { P::hidden_rejection; }) {
        all.hidden_rejection = P::hidden_rejection;
    }
    all.ignores_workers = requires { requires P::ignores_workers; };
    if constexpr (requires { P::unavailable(); }) {
        all.lack = [] { return std::string_view(P::unavailable()); };
    }
    if constexpr (P::has_wait) {
        all.waits = worker_waits<Waits...>;
    } else {
        all.waits = native_wait;
    }
    return all;
}

}  // namespace handoff::benchmarks
