// Busy threads beside a team: what else a machine has to do.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <latch>
#include <thread>
#include <vector>

namespace handoff::harness {

/// Threads that spin on a team's CPUs under plain SCHED_OTHER, touch nothing that the team uses, and end with
/// this object. None of them is a member of the team.
class neighbours {
public:
    /// On each of the distinct `cpus` so many; on every CPU of the process where one of `cpus` is -1, since a
    /// team that is not pinned may use any. Returns when all of them have begun and are pinned. Throws
    /// std::system_error where a thread cannot be made or pinned.
    neighbours(const std::vector<int>& cpus, std::size_t on_each);
    ~neighbours();
    neighbours(const neighbours&) = delete;
    neighbours& operator=(const neighbours&) = delete;

    /// How many there are.
    std::size_t count() const noexcept { return threads_.size(); }
    /// The CPUs that they sit on.
    const std::vector<int>& cpus() const noexcept { return cpus_; }
    /// CPU time of all of them, so far.
    double cpu_seconds() const;

private:
    void end() noexcept;

    std::vector<int> cpus_;
    std::vector<pid_t> numbers_;  // the kernel's, of each thread
    std::latch begun_;
    std::vector<std::thread> threads_;
    alignas(128) std::atomic<bool> done_{false};  // on a line that none but they read
};

}  // namespace handoff::harness
