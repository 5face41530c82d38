// Which thread of a team takes which of its seats.
#pragma once

#include <cstddef>
#include <vector>

#include "topology.hpp"

namespace handoff::harness {

/// The CPU of each thread: roles take turns on the seats in proportion to their numbers, one of each first, so
/// that those that hand to each other are neighbours, on chiplets and on several sockets, too. Threads of a
/// role take theirs in order. `roles[i]`: the number of thread i's role, from 0 on, none left out. As many
/// seats as threads.
std::vector<int> seats_by_role(const std::vector<int>& seats, const std::vector<std::size_t>& roles);

/// The CPU of each thread of a team under a placement, -1: not pinned. Under `roles_apart` roles take no turns:
/// the first has the first seats, the next those that follow.
std::vector<int> seats_of_team(placement where, const std::vector<std::size_t>& roles);
/// The same of given seats. Pure.
std::vector<int> seats_of_team(placement where, const std::vector<int>& seats,
                               const std::vector<std::size_t>& roles);

}  // namespace handoff::harness
