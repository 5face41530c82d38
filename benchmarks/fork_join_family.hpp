// Where fork-join programs meet schedulers: what the harness may ask of a scheduler.
#pragma once

#include <concepts>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "concepts.hpp"
#include "programs/fib.hpp"
#include "programs/matrix.hpp"
#include "programs/nqueens.hpp"
#include "programs/quicksort.hpp"
#include "programs/skynet.hpp"
#include "programs/sum.hpp"
#include "programs/uts.hpp"
#include "registry.hpp"
#include "schedulers/fork_join.hpp"
#include "workloads/fork_join.hpp"

namespace handoff::benchmarks {

/// What a scheduler says of itself.
struct declared_scheduler {
    std::string_view name;
    impls::forking forks;
    unsigned most_workers;           ///< 0: any number
    std::vector<std::string> waits;  ///< to choose from; empty: it waits and steals by its own means
};

/// A candidate without its `run`. Here and below, no templates: they would be compiled with every scheduler.
harness::candidate program_candidate(std::string_view program, std::span<const parameter> parameters,
                                     const declared_scheduler& on);

/// Of a word that the candidates offer.
impls::steal_policy steal_policy_of(std::string_view word);

/// The candidates of one scheduler: every program. Wait strategy and steal policy are chosen at run time, so
/// that a program is compiled once per scheduler.
template <impls::fork_join_scheduler Scheduler, class... Waits>
class fork_join_family {
    static constexpr bool is_ours =
        std::constructible_from<Scheduler, unsigned, const impls::fork_join_options&>;

    template <class Program>
    static std::unique_ptr<staged_program> put(const harness::point& p, const impls::worker_options& options,
                                               const settings& asked) {
        const auto workers = static_cast<unsigned>(p.number("workers"));
        if constexpr (is_ours) {
            impls::fork_join_options more{options};
            ((p.value("wait") == Waits::name ? void(more.wait = &impls::any_wait_of<Waits>) : void()), ...);
            more.steal = steal_policy_of(p.value("steal"));
            return std::make_unique<staged<Scheduler, Program>>(workers, more, asked);
        } else {
            return std::make_unique<staged<Scheduler, Program>>(workers, options, asked);
        }
    }

    static declared_scheduler declared() {
        declared_scheduler d{Scheduler::name, impls::forking::stealing, 0, {}};
        if constexpr (is_ours) {
            d.waits = {std::string(Waits::name)...};
        }
        if constexpr (requires { Scheduler::forks; }) {
            d.forks = Scheduler::forks;
        }
        if constexpr (requires { Scheduler::most_workers; }) {
            d.most_workers = Scheduler::most_workers;
        }
        return d;
    }

    template <class Program>
    static harness::candidate candidate() {
        harness::candidate c = program_candidate(Program::name, Program::parameters, declared());
        c.run = [](const harness::trial& t) { return fork_join(t, &put<Program>); };
        return c;
    }

public:
    static std::vector<harness::candidate> candidates() {
        return {candidate<fib>(), candidate<nqueens>(),   candidate<skynet>(), candidate<uts>(),
                candidate<sum>(), candidate<quicksort>(), candidate<matrix>()};
    }
};

}  // namespace handoff::benchmarks
