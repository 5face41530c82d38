#include "topology.hpp"

#include <sched.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <map>
#include <stdexcept>
#include <system_error>
#include <tuple>
#include <utility>

#include "hwloc_topology.hpp"
#include "pinning.hpp"

namespace handoff::harness {

namespace {

/// A number from /sys; `otherwise` where the kernel does not say.
int read_topology(int cpu, const char* what, int otherwise) {
    std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/" + what);
    int value = 0;
    return file >> value ? value : otherwise;
}

std::vector<processor> find_processors() {
    // The kernel refuses a mask smaller than its own: grow until it fits.
    for (std::size_t most = CPU_SETSIZE;; most *= 2) {
        cpu_set_t* set = CPU_ALLOC(most);
        const std::size_t size = CPU_ALLOC_SIZE(most);
        CPU_ZERO_S(size, set);
        if (sched_getaffinity(0, size, set) == 0) {
            std::vector<processor> found;
            for (int cpu = 0; cpu < static_cast<int>(most); ++cpu) {
                if (CPU_ISSET_S(static_cast<std::size_t>(cpu), size, set)) {
                    found.push_back({cpu, read_topology(cpu, "core_id", cpu),
                                     read_topology(cpu, "physical_package_id", 0)});
                }
            }
            CPU_FREE(set);
            return found;
        }
        const int error = errno;
        CPU_FREE(set);
        if (error != EINVAL || most > (1U << 20)) {
            throw std::system_error(error, std::generic_category(), "sched_getaffinity");
        }
    }
}

using numbers = std::vector<int>;

/// The first CPU of every core, package by package, then the second ...
numbers spread_order(const std::vector<processor>& cpus) {
    std::map<std::pair<int, int>, int> threads_of_core;
    std::vector<std::tuple<int, int, int, int>> ranked;  // turn, package, core, cpu
    for (const processor& p : cpus) {
        ranked.emplace_back(threads_of_core[{p.package, p.core}]++, p.package, p.core, p.cpu);
    }
    std::ranges::sort(ranked);
    numbers order;
    for (const auto& rank : ranked) {
        order.push_back(std::get<3>(rank));
    }
    return order;
}

/// CPUs parted by what `of` says they share.
template <class Key>
auto parted(const std::vector<processor>& cpus, Key&& of) {
    std::map<decltype(of(cpus.front())), std::vector<processor>> parts;
    for (const processor& p : cpus) {
        parts[of(p)].push_back(p);
    }
    return parts;
}

auto core_of(const processor& p) {
    return std::pair(p.package, p.core);
}

numbers sibling_order(const std::vector<processor>& cpus) {
    numbers order;
    for (const auto& [core, siblings] : parted(cpus, core_of)) {
        if (siblings.size() >= 2) {
            for (const processor& p : siblings) {
                order.push_back(p.cpu);
            }
        }
    }
    return order;
}

/// Of the cache with the most cores.
numbers one_cache_order(const std::vector<processor>& cpus) {
    numbers best;
    for (const auto& [cache, around] : parted(cpus, [](const processor& p) { return p.cache; })) {
        const std::size_t cores = parted(around, core_of).size();
        if (cache >= 0 && cores >= 2 && cores > best.size()) {
            best = spread_order(around);
            best.resize(cores);  // the first CPU of each
        }
    }
    return best;
}

/// As long as every part has one left.
numbers alternating_order(const std::vector<processor>& cpus) {
    auto parts = parted(cpus, [](const processor& p) { return p.package; });
    if (parts.size() < 2) {
        parts = parted(cpus, [](const processor& p) { return p.node; });
    }
    if (parts.size() < 2) {
        return {};
    }
    std::vector<numbers> orders;
    for (const auto& [part, own] : parts) {
        orders.push_back(spread_order(own));
    }
    const std::size_t turns = std::ranges::min_element(orders, {}, &numbers::size)->size();
    numbers order;
    for (std::size_t turn = 0; turn < turns; ++turn) {
        for (const numbers& own : orders) {
            order.push_back(own[turn]);
        }
    }
    return order;
}

/// Of the fastest kind of core, or of the most efficient one; none where there is one kind, or nobody says.
numbers one_kind_order(const std::vector<processor>& cpus, bool fastest) {
    const auto kinds = parted(cpus, [](const processor& p) { return p.kind; });
    if (kinds.size() < 2 || kinds.begin()->first < 0) {
        return {};
    }
    return spread_order(fastest ? kinds.rbegin()->second : kinds.begin()->second);
}

bool seats_any_number(placement where) {
    return where == placement::spread || where == placement::same_core || where == placement::unpinned;
}

/// It asks what CPUs share, or of what kind they are.
bool needs_hwloc(placement where) {
    return !seats_any_number(where) && where != placement::roles_apart;
}

/// As a placement needs to know them.
const std::vector<processor>& processors_for(placement where) {
    return needs_hwloc(where) ? located_processors() : processors();
}

std::string plural(std::size_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// `this machine (2 CPUs on 2 cores of 1 package)`
std::string machine_words(const std::vector<processor>& cpus) {
    return "this machine (" + plural(cpus.size(), "CPU") + " on " +
           plural(parted(cpus, core_of).size(), "core") + " of " +
           plural(parted(cpus, [](const processor& p) { return p.package; }).size(), "package") + ")";
}

}  // namespace

const std::vector<processor>& processors() {
    static const std::vector<processor> found = find_processors();
    return found;
}

namespace {

constexpr std::array<std::pair<placement, const char*>, 9> words{{
    {placement::spread, "spread"},
    {placement::same_core, "same_core"},
    {placement::smt_sibling, "smt_sibling"},
    {placement::same_cache, "same_cache"},
    {placement::other_socket, "other_socket"},
    {placement::unpinned, "unpinned"},
    {placement::roles_apart, "roles_apart"},
    {placement::performance, "performance"},
    {placement::efficiency, "efficiency"},
}};

}  // namespace

const std::vector<std::string>& placement_words() {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> listed;
        for (const auto& [where, word] : words) {
            listed.emplace_back(word);
        }
        return listed;
    }();
    return all;
}

std::optional<placement> parse_placement(std::string_view word) {
    for (const auto& [where, known] : words) {
        if (word == known) {
            return where;
        }
    }
    return std::nullopt;
}

seat_order seat_order_of(placement where, const std::vector<processor>& cpus) {
    if (cpus.empty()) {
        return {{}, "has no CPU that hwloc knows and this process may use"};
    }
    switch (where) {
        case placement::spread:
        case placement::roles_apart:
            return {spread_order(cpus), ""};
        case placement::same_core:
            return {{spread_order(cpus).front()}, ""};
        case placement::smt_sibling: {
            numbers order = sibling_order(cpus);
            const char* const missing = order.empty() ? "has no core with two CPUs" : "";
            return {std::move(order), missing};
        }
        case placement::same_cache: {
            numbers order = one_cache_order(cpus);
            const char* const missing = order.empty() ? "has no two cores on one last-level cache" : "";
            return {std::move(order), missing};
        }
        case placement::other_socket: {
            numbers order = alternating_order(cpus);
            const char* const missing = order.empty() ? "has one package and one NUMA node" : "";
            return {std::move(order), missing};
        }
        case placement::performance:
        case placement::efficiency: {
            numbers order = one_kind_order(cpus, where == placement::performance);
            const char* const missing = order.empty() ? "has cores of one kind, as far as the kernel says" : "";
            return {std::move(order), missing};
        }
        case placement::unpinned:
            break;
    }
    return {};
}

std::string why_no_seats(placement where, std::size_t threads, const std::vector<processor>& cpus) {
    if (seats_any_number(where)) {
        return "";
    }
    const seat_order order = seat_order_of(where, cpus);
    if (!order.missing.empty()) {
        return machine_words(cpus) + " " + order.missing;
    }
    if (threads > order.cpus.size()) {
        return machine_words(cpus) + " seats no more than " + plural(order.cpus.size(), "thread") + " so";
    }
    return "";
}

const std::string& why_not_pinned() {
    static const std::string why = [] {
        cpu_set_t* own = nullptr;
        for (std::size_t most = CPU_SETSIZE;; most *= 2) {
            own = CPU_ALLOC(most);
            const std::size_t size = CPU_ALLOC_SIZE(most);
            const bool read = sched_getaffinity(0, size, own) == 0;
            const int failed = read && sched_setaffinity(0, size, own) != 0 ? errno : read ? 0 : errno;
            CPU_FREE(own);
            if (read || failed != EINVAL || most > (1U << 20)) {
                return failed == 0 ? std::string()
                                   : "threads cannot be pinned here (sched_setaffinity: " +
                                         std::generic_category().message(failed) + ")";
            }
        }
    }();
    return why;
}

std::string why_no_seats(placement where, std::size_t threads) {
    const bool pins =
        where != placement::unpinned && (where != placement::spread || threads <= processors().size());
    if (pins && !why_not_pinned().empty()) {
        return why_not_pinned() + "; unpinned needs no pinning";
    }
    if (needs_hwloc(where) && hwloc_not_built.empty() && located_processors().empty()) {
        return why_not_located();
    }
    if (needs_hwloc(where) && !hwloc_not_built.empty()) {
        return "not built: " + hwloc_not_built;
    }
    return why_no_seats(where, threads, processors_for(where));
}

std::vector<int> seats(placement where, std::size_t threads) {
    const seat_order order = seat_order_of(where, processors_for(where));
    if (where == placement::same_core) {
        return std::vector<int>(threads, order.cpus.front());
    }
    if (where == placement::unpinned || (where == placement::spread && threads > order.cpus.size())) {
        return std::vector<int>(threads, -1);
    }
    if (threads > order.cpus.size()) {
        throw std::logic_error(why_no_seats(where, threads));
    }
    return {order.cpus.begin(), order.cpus.begin() + static_cast<std::ptrdiff_t>(threads)};
}

double threads_per_cpu(placement where, std::size_t threads) {
    const std::size_t cpus = where == placement::same_core ? 1
                             : where == placement::unpinned
                                 ? processors().size()
                                 : seat_order_of(where, processors_for(where)).cpus.size();
    return static_cast<double>(threads) / static_cast<double>(std::max<std::size_t>(1, cpus));
}

bool oversubscribed(placement where, std::size_t threads) {
    return threads_per_cpu(where, threads) > 1;
}

bool apart(placement where, std::size_t threads) {
    const bool spreads = where == placement::spread || where == placement::roles_apart;
    return spreads && threads > 1 && !oversubscribed(where, threads);
}

bool on_one_cpu(placement where) {
    return where == placement::same_core || processors().size() == 1;
}

std::optional<std::pair<int, int>> probed_pair(const std::vector<int>& seats) {
    if (!why_not_pinned().empty()) {
        return std::nullopt;
    }
    if (seats.size() >= 2 && seats[0] >= 0 && seats[0] != seats[1]) {
        return std::pair(seats[0], seats[1]);
    }
    const std::vector<int> order = spread_order(processors());
    if (order.size() < 2) {
        return std::nullopt;
    }
    return std::pair(order[0], order[1]);
}

void pin_this_thread(int cpu) {
    pin_thread(0, cpu);
}

void pin_thread(pid_t thread, int cpu) {
    const auto most = static_cast<std::size_t>(cpu) + 1;
    cpu_set_t* set = CPU_ALLOC(most);
    const std::size_t size = CPU_ALLOC_SIZE(most);
    CPU_ZERO_S(size, set);
    CPU_SET_S(static_cast<std::size_t>(cpu), size, set);
    const int failed = sched_setaffinity(thread, size, set) == 0 ? 0 : errno;
    CPU_FREE(set);
    if (failed != 0) {
        throw std::system_error(failed, std::generic_category(),
                                "pinning a thread to CPU " + std::to_string(cpu));
    }
}

}  // namespace handoff::harness
