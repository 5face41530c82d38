// Adapted: OpenMP tasks of the compiler's own runtime (libgomp): a fork makes tasks and waits for its own with
// taskwait.
//
// Source: OpenMP 5.0 as in GCC's libgomp.
//
// Progress: blocking: one lock for all tasks of a team.
// Order:    none; who waits for its children runs those of them that nobody has begun, and no other work.
// Capacity: unbounded; a task is an allocation of its own. With more than 64 waiting tasks for each worker,
//           libgomp calls a new one on the spot.
// Cost:     the lock of the team for every task, some 4 times, and an allocation.
//
// Workers without work spin for a while (with more threads than processors, for a short while) and then sleep
// on a futex; OMP_WAIT_POLICY and GOMP_SPINCOUNT set how long, for the whole process and before it starts.
#pragma once

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../../concepts/fork_join.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/threads.hpp"

namespace handoff::impls {

class openmp_scheduler {
public:
    static constexpr std::string_view name = "openmp_scheduler";
    static constexpr auto forks = forking::sharing;
    static constexpr provenance adapted{
        .library = "OpenMP", .source = "the compiler's runtime", .version = "libgomp of GCC 12.2"};

    class context {
    public:
        template <class First, class Second>
        void fork2(First&& first, Second&& second) {
#pragma omp task default(shared)
            {
                context there;
                second(there);
            }
            first(*this);
#pragma omp taskwait
        }
        template <class Body>
        void fork_all(std::size_t n, Body&& body) {
            if (n == 0) {
                return;
            }
            for (std::size_t i = 0; i + 1 < n; ++i) {
#pragma omp task default(shared) firstprivate(i)
                {
                    context there;
                    body(there, i);
                }
            }
            body(*this, n - 1);
#pragma omp taskwait
        }
    };

    /// libgomp keeps the threads of a team for the next one of the same size that the same thread makes:
    /// programs run on the thread that constructs.
    openmp_scheduler(unsigned workers, const worker_options& options) : workers_(workers), options_(options) {
        detail::ensure_threads(name, workers - 1);  // the library ends the program when it cannot have one
        run([](context&) {});
    }
    /// As many as the library gave: OMP_THREAD_LIMIT, OMP_MAX_ACTIVE_LEVELS and the like may be less than was
    /// asked for. Of several programs, the fewest.
    unsigned workers() const noexcept { return given_; }

    template <class Root>
    void run(Root&& root) {
        const int dynamic = omp_get_dynamic();
        omp_set_dynamic(0);  // as many threads as asked for, whatever the load
#pragma omp parallel num_threads(static_cast<int>(workers_)) default(shared)
        {
            greet();
#pragma omp master
            {
                given_ = std::min(given_, static_cast<unsigned>(omp_get_num_threads()));
                context here;
                root(here);
            }
        }  // the others come to the barrier here, and run tasks in it
        omp_set_dynamic(dynamic);
    }

private:
    /// The first time that a thread works for this scheduler.
    void greet() {
        static thread_local std::uint64_t works_for = 0;
        if (const int number = omp_get_thread_num(); works_for != id_ && number != 0) {
            works_for = id_;
            if (options_.on_start) {
                options_.on_start(static_cast<unsigned>(number) - 1);
            }
        }
    }

    static std::uint64_t next_id() {
        static std::atomic<std::uint64_t> last{0};
        return last.fetch_add(1, std::memory_order_relaxed) + 1;  // relaxed: only has to be another
    }

    const unsigned workers_;
    unsigned given_ = workers_;
    const worker_options options_;
    const std::uint64_t id_ = next_id();
};

}  // namespace handoff::impls
