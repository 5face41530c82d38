// Which processors this process may use, and in which order a team takes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "point.hpp"

namespace handoff::harness {

/// One logical CPU.
struct processor {
    int cpu;      ///< the kernel's number
    int core;     ///< physical core, unique in its package
    int package;  ///< socket
};

/// The CPUs in this process's affinity mask, by number. Never empty.
const std::vector<processor>& processors();

/// Where the threads of a team run.
enum class placement {
    spread,     ///< each thread alone on a CPU; physical cores first, then their SMT siblings
    same_core,  ///< all threads on one CPU, taking turns
    unpinned,   ///< wherever the scheduler puts them
};
std::optional<placement> parse_placement(std::string_view word);
const std::vector<std::string>& placement_words();
/// The one that a point names; `spread` where it has no such axis.
placement placement_of(const point& p);

/// A team's seats: one CPU per thread, or -1 for not pinned. `spread` pins nobody where there are more
/// threads than CPUs.
std::vector<int> seats(placement where, std::size_t threads);

/// Threads for each CPU that they may run on.
double threads_per_cpu(placement where, std::size_t threads);
/// More threads than CPUs they may run on.
bool oversubscribed(placement where, std::size_t threads);

/// `spread` gives each of several threads a CPU of its own: what one hands to another goes from CPU to CPU.
bool apart(placement where, std::size_t threads);
/// All threads take turns on one CPU.
bool on_one_cpu(placement where);

/// The two CPUs between which the line transfer is probed for a team on these seats: the first two distinct
/// seats, or the first two CPUs of `spread`. Empty on a machine with one CPU.
std::optional<std::pair<int, int>> probed_pair(const std::vector<int>& seats);

/// Pins the calling thread. Throws std::system_error where the kernel refuses.
void pin_this_thread(int cpu);

}  // namespace handoff::harness
