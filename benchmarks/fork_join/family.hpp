// What the harness may ask of a fork-join scheduler, and the programs that are its workloads.
//
// A workload is a program (fork_join/program.hpp): it has a name and parameters, which are its axes; a
// scheduler runs it, whichever it is.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "concepts/fork_join.hpp"
#include "fork_join/staged.hpp"
#include "fork_join/workloads/fib.hpp"
#include "fork_join/workloads/idle.hpp"
#include "fork_join/workloads/matrix.hpp"
#include "fork_join/workloads/nqueens.hpp"
#include "fork_join/workloads/quicksort.hpp"
#include "fork_join/workloads/skynet.hpp"
#include "fork_join/workloads/sum.hpp"
#include "fork_join/workloads/uts.hpp"
#include "schedulers/fork_join.hpp"
#include "shared/adapted.hpp"
#include "shared/workloads.hpp"

namespace handoff::benchmarks {

/// A line for each program.
using fork_join_workloads = workloads<  //
    fib,                                //
    nqueens,                            //
    skynet,                             //
    uts,                                //
    sum,                                //
    quicksort,                          //
    matrix,                             //
    idle_scheduler>;

/// What a scheduler says of itself.
struct declared_scheduler {
    std::string_view name;
    impls::forking forks;
    unsigned most_workers;           ///< 0: any number
    std::vector<std::string> waits;  ///< to choose from; empty: it waits and steals by its own means
    std::vector<std::string> awake;  ///< of these, those with which a worker never sleeps
};

/// Adds the candidate of a scheduler in the program of that number.
void enrol_scheduler(int rank, const declared_scheduler& scheduler, std::size_t program, stage put);

/// Of a word that the candidates offer.
impls::steal_policy steal_policy_of(std::string_view word);

/// A wait strategy with which a worker never sleeps.
template <class Wait>
constexpr bool keeps_cpu = requires { requires Wait::keeps_cpu; };

/// One scheduler in every program. Wait strategy and steal policy are chosen at run time, so that a program is
/// compiled once per scheduler.
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
        declared_scheduler d{Scheduler::name, impls::forking::stealing, 0, {}, {}};
        if constexpr (is_ours) {
            d.waits = {std::string(Waits::name)...};
            const auto add_if_awake = [&]<class Wait>() {
                if constexpr (keeps_cpu<Wait>) {
                    d.awake.emplace_back(Wait::name);
                }
            };
            (add_if_awake.template operator()<Waits>(), ...);
        }
        if constexpr (requires { Scheduler::forks; }) {
            d.forks = Scheduler::forks;
        }
        if constexpr (requires { Scheduler::most_workers; }) {
            d.most_workers = Scheduler::most_workers;
        }
        return d;
    }

public:
    static bool enrol(int rank) {
        note_provenance<Scheduler>("fork_join");
        for_each_workload(fork_join_workloads(), [rank, d = declared()]<class Program>(std::size_t number) {
            enrol_scheduler(rank, d, number, &put<Program>);
        });
        return true;
    }
};

}  // namespace handoff::benchmarks
