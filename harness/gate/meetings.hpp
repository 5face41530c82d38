// Under which conditions implementations meet: what `handoff duel` and `handoff rank` compare.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "listing.hpp"

namespace handoff::harness {

/// Conditions, and the point at which each implementation meets them.
struct meeting {
    point conditions;  ///< without an implementation
    std::vector<listed_point> members;

    /// `queues/transfer/wait:spin/p:1/c:1/cap:1024/bytes:8`
    std::string name() const;
};

/// The meetings of all points that are given, in their order. Two points meet if all their axes are equal, but
/// for what only one of the two has: a queue without bounds meets bounded ones at each of their capacities, a
/// queue that waits by itself those of each wait strategy. The conditions are then the others'.
///
/// `asked`: axis -> values that somebody named; conditions have no others. An implementation is a member once,
/// in the order of the points.
std::vector<meeting> meetings_of(const std::vector<listed_point>& points,
                                 const std::map<std::string, std::vector<std::string>>& asked);

/// `queues/transfer/wait:spin/p:1/c:1/cap:1024/bytes:8`
std::string name_without_impl(const point& p);

}  // namespace handoff::harness
