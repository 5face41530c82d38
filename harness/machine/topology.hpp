// Which processors this process may use, what they share, and in which order a team takes them.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace handoff::harness {

/// One logical CPU. The numbers of what it shares with others tell equal from different, and order.
struct processor {
    int cpu;         ///< the kernel's number
    int core;        ///< physical core, unique in its package
    int package;     ///< socket
    int cache = -1;  ///< last-level cache, unique in the machine; -1: not known
    int node = -1;   ///< NUMA node; -1: not known
    int kind = -1;   ///< of core: the larger, the faster and the less efficient; -1: not known
};

/// The CPUs in this process's affinity mask, by number. Never empty.
const std::vector<processor>& processors();

/// Where the threads of a team run.
enum class placement {
    spread,        ///< each thread alone on a CPU; physical cores first, then their SMT siblings
    same_core,     ///< all threads on one CPU, taking turns
    smt_sibling,   ///< core after core, each with a thread on every one of its CPUs
    same_cache,    ///< each on a core of its own, all cores on one last-level cache
    other_socket,  ///< in turn on each package, or on each NUMA node of a machine with one package
    roles_apart,   ///< the CPUs of `spread`, all threads of a role before those of the next
    performance,   ///< the CPUs of the fastest kind of core only, in the order of `spread`
    efficiency,    ///< the CPUs of the most efficient kind only
    unpinned,      ///< wherever the scheduler puts them
};
std::optional<placement> parse_placement(std::string_view word);
const std::vector<std::string>& placement_words();

/// The CPUs of a machine that a placement takes, in the order in which threads take them.
struct seat_order {
    std::vector<int> cpus;
    std::string missing;  ///< what the machine lacks for it, in words; empty where it lacks nothing
};
/// Pure: of `same_core` the one CPU, of `unpinned` none.
seat_order seat_order_of(placement where, const std::vector<processor>& cpus);
/// Why a team of so many threads has no seats on a machine with these CPUs; empty where it has. `spread`,
/// `same_core` and `unpinned` seat any number. Pure.
std::string why_no_seats(placement where, std::size_t threads, const std::vector<processor>& cpus);

/// The same of this machine. What needs no hwloc does not load it: each trial is a process.
std::string why_no_seats(placement where, std::size_t threads);

/// A team's seats: one CPU per thread, or -1 for not pinned. `spread` pins nobody where there are more
/// threads than CPUs. Throws std::logic_error where there are no seats.
std::vector<int> seats(placement where, std::size_t threads);

/// Threads for each CPU that they may run on.
double threads_per_cpu(placement where, std::size_t threads);
/// More threads than CPUs they may run on.
bool oversubscribed(placement where, std::size_t threads);

/// `spread` and `roles_apart` give each of several threads a CPU of its own: what one hands to another goes
/// from CPU to CPU.
bool apart(placement where, std::size_t threads);
/// All threads take turns on one CPU.
bool on_one_cpu(placement where);

/// The two CPUs between which the line transfer is probed for a team on these seats: the first two distinct
/// seats, or the first two CPUs of `spread`. Empty on a machine with one CPU.
std::optional<std::pair<int, int>> probed_pair(const std::vector<int>& seats);

/// Pins the calling thread. Throws std::system_error where the kernel refuses.
void pin_this_thread(int cpu);
/// The same of another thread of this process, by the kernel's number.
void pin_thread(pid_t thread, int cpu);

}  // namespace handoff::harness
