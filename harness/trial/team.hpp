// The threads of a trial: made and pinned outside the measured time, started together, each timed by itself.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "clock.hpp"
#include "measurement.hpp"
#include "neighbours.hpp"
#include "scheduling.hpp"
#include "topology.hpp"
#include "usage.hpp"

namespace handoff::harness {

class team;

/// A thread's part in a trial. Its body sets up, calls `start()`, runs the measured loop, calls `stop(items)`.
class lap {
public:
    /// Waits at the gate for the whole team.
    void start();
    /// Ends the measured part of this thread; `items` are the operations that it did.
    void stop(std::uint64_t items);

private:
    friend class team;

    team* owner_ = nullptr;
    thread_report report_;
    thread_usage before_;
    clock::time_point started_;
    clock::time_point stopped_;
};

/// A set of threads with roles. Fill it with `add`, then `run` it once.
class team {
public:
    /// `others`: threads that work in the trial and are none of the team's, a pool's workers: they take the
    /// seats after the team's.
    /// `how`: the policy of the team's threads, and who is busy on their CPUs, and on the others', while they
    /// run.
    explicit team(placement where, std::size_t others = 0, const scheduling& how = {})
        : where_(where), others_(others), how_(how) {}
    ~team();
    team(const team&) = delete;
    team& operator=(const team&) = delete;

    /// Adds a thread. Threads take the seats of the placement in the order in which they are added.
    void add(std::string role, std::function<void(lap&)> body);

    /// `stop` is called inside the window when it has been open for `longest`: the work runs out then, and
    /// threads stop where they are. For work whose duration nobody can foresee (a queue lock without a
    /// processor for its next thread goes on thousands of times more slowly).
    void stop_after(clock::duration longest, std::function<void()> stop) {
        longest_ = longest;
        stop_ = std::move(stop);
    }

    /// Makes the threads, and when all stand at the gate calls `window` with a function that opens it and
    /// returns when all have stopped.
    ///
    /// `rescue` is called inside the window, and again after each further `patience`, when all threads of one
    /// role have stopped and the others do not: work was lost or came twice, and the rest wait for each other.
    /// It makes them give up.
    team_report run(const std::function<void(const std::function<void()>&)>& window,
                    const std::function<void()>& rescue, clock::duration patience = std::chrono::seconds(1));

private:
    friend class lap;

    void sit_beside(const std::vector<int>& cpus);
    void arrive_and_wait();
    void let_others_run() const;
    void meet();
    void stopped(const std::string& role);
    void open_and_wait(const std::function<void()>& rescue, clock::duration patience);
    bool some_role_has_stopped() const;
    team_report report() const;

    struct member {
        std::function<void(lap&)> body;
        lap part;
        std::thread thread;
    };

    placement where_;
    std::size_t others_;
    scheduling how_;
    std::optional<neighbours> neighbours_;  ///< while it runs
    std::optional<neighbour_report> beside_;
    clock::duration longest_{};
    std::function<void()> stop_;
    std::vector<std::unique_ptr<member>> members_;
    std::atomic<bool> open_{false};
    std::atomic<std::size_t> met_{0};
    bool rescued_ = false;

    std::mutex mutex_;  // protects what follows
    std::condition_variable changed_;
    std::size_t arrived_ = 0;
    std::vector<std::string> stopped_roles_;
};

}  // namespace handoff::harness
