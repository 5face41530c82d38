#include "seats_by_role.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace handoff::harness {

std::vector<int> seats_by_role(const std::vector<int>& seats, const std::vector<std::size_t>& roles) {
    std::vector<std::vector<std::size_t>> threads;  // by role
    for (std::size_t thread = 0; thread < roles.size(); ++thread) {
        threads.resize(std::max(threads.size(), roles[thread] + 1));
        threads[roles[thread]].push_back(thread);
    }
    std::vector<int> cpus(roles.size(), -1);
    std::vector<std::size_t> seated(threads.size(), 0);
    for (std::size_t seat = 0; seat < roles.size(); ++seat) {
        // How far a role is behind its share; of equals the one with the fewest seats is next.
        const auto need = [&](std::size_t role) {
            const auto due = static_cast<long>(threads[role].size() * (seat + 1));
            const auto has = static_cast<long>(seated[role] * roles.size());
            return std::pair(due - has, -static_cast<long>(seated[role]));
        };
        std::size_t next = seat;
        if (seat >= threads.size()) {
            next = threads.size();
            for (std::size_t role = 0; role < threads.size(); ++role) {
                if (seated[role] < threads[role].size() &&
                    (next == threads.size() || need(role) > need(next))) {
                    next = role;
                }
            }
        }
        cpus[threads[next][seated[next]++]] = seats[seat];
    }
    return cpus;
}

std::vector<int> seats_of_team(placement where, const std::vector<int>& seats,
                               const std::vector<std::size_t>& roles) {
    if (where != placement::roles_apart) {
        return seats_by_role(seats, roles);
    }
    std::vector<std::size_t> threads(roles.size());
    std::iota(threads.begin(), threads.end(), 0);
    std::ranges::stable_sort(threads, {}, [&](std::size_t thread) { return roles[thread]; });
    std::vector<int> cpus(roles.size(), -1);
    for (std::size_t seat = 0; seat < threads.size(); ++seat) {
        cpus[threads[seat]] = seats[seat];
    }
    return cpus;
}

std::vector<int> seats_of_team(placement where, const std::vector<std::size_t>& roles) {
    return seats_of_team(where, seats(where, roles.size()), roles);
}

}  // namespace handoff::harness
