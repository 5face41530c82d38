// What a style of asynchronous steps declares, and its programs, without its type.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string_view>

#include "async/executors.hpp"
#include "async/loop_executor.hpp"
#include "async/steps.hpp"
#include "concepts/async.hpp"
#include "loops/epoll_loop.hpp"
#include "pools/locked_pool.hpp"

namespace handoff::benchmarks {

/// The pool whose threads run steps: the textbook's.
using threads_executor = impls::async::pool_executor<impls::locked_pool>;
/// The event loop in whose thread steps run: the one that needs no library.
using loop_executor = impls::async::loop_executor<impls::epoll_loop>;

/// The programs of a style on executors of one type, of which `executor` is one; null: it has none.
struct programs {
    using chained = std::uint64_t (*)(void* executor, steps&);
    chained chain = nullptr;
    chained loop = nullptr;
    chained nested = nullptr;
    chained sequence = nullptr;
    chained fan_all = nullptr;
    impls::first_result (*fan_first)(void* executor, steps&) = nullptr;
    std::optional<std::uint64_t> (*cancelled)(void* executor, steps&, const std::stop_source&) = nullptr;
    bool (*times_out)(void* executor, std::chrono::nanoseconds patience) = nullptr;
};

struct style_traits {
    std::string_view name;
    impls::step_form form;
    impls::steps_run runs;
    bool stack_grows;
    bool own_stacks;  ///< steps run on stacks that the style makes
    std::uint64_t most_steps;
    programs on_caller;   ///< inline, or by itself
    programs on_threads;  ///< none of styles that take no executor; likewise
    programs in_loop;

    bool takes_executor() const noexcept { return runs == impls::steps_run::on_executor; }
};

/// The reader of a sequence.
struct reader {
    steps& of;
    void operator()(std::uint64_t value) const noexcept { of.take(value); }
};

template <class S, class Executor>
constexpr programs programs_of() {
    programs p;
    if constexpr (impls::chains<S, Executor, steps>) {
        p.chain = [](void* ex, steps& s) {
            return S::chain(*static_cast<Executor*>(ex), s, s.first(), s.size());
        };
        p.loop = p.chain;
    }
    if constexpr (impls::loops_apart<S, Executor, steps>) {
        p.loop = [](void* ex, steps& s) {
            return S::loop(*static_cast<Executor*>(ex), s, s.first(), s.size());
        };
    }
    if constexpr (impls::nests<S, Executor, steps>) {
        p.nested = [](void* ex, steps& s) {
            return S::nested(*static_cast<Executor*>(ex), s, s.first(), s.size());
        };
    }
    if constexpr (impls::gives_in_sequence<S, Executor, steps, const reader>) {
        p.sequence = [](void* ex, steps& s) {
            const reader take{s};
            return S::sequence(*static_cast<Executor*>(ex), s, s.first(), s.size(), take);
        };
    }
    if constexpr (impls::gathers_all<S, Executor, steps>) {
        p.fan_all = [](void* ex, steps& s) { return S::fan_all(*static_cast<Executor*>(ex), s, s.size()); };
    }
    if constexpr (impls::gathers_first<S, Executor, steps>) {
        p.fan_first = [](void* ex, steps& s) { return S::fan_first(*static_cast<Executor*>(ex), s, s.size()); };
    }
    if constexpr (impls::cancels_chains<S, Executor, steps>) {
        p.cancelled = [](void* ex, steps& s, const std::stop_source& stop) {
            return S::cancelled(*static_cast<Executor*>(ex), s, s.first(), s.size(), stop);
        };
    }
    if constexpr (impls::times_waits_out<S, Executor>) {
        p.times_out = [](void* ex, std::chrono::nanoseconds patience) {
            return S::times_out(*static_cast<Executor*>(ex), patience);
        };
    }
    return p;
}

template <impls::async_style S>
constexpr style_traits traits_of_style() {
    style_traits s{
        S::name, S::form, S::runs, S::stack_grows, S::runs == impls::steps_run::on_threads, S::most_steps,
        {},      {},      {}};
    if constexpr (requires { S::own_stacks; }) {
        s.own_stacks = S::own_stacks;
    }
    s.on_caller = programs_of<S, impls::async::inline_executor>();
    if constexpr (S::runs == impls::steps_run::on_executor) {
        s.on_threads = programs_of<S, threads_executor>();
        s.in_loop = programs_of<S, loop_executor>();
    }
    return s;
}

}  // namespace handoff::benchmarks
