#include "registry.hpp"

#include <algorithm>

namespace handoff::harness {

namespace {

std::vector<int>& ranks() {
    static std::vector<int> all;
    return all;
}

}  // namespace

std::vector<candidate>& registry() {
    static std::vector<candidate> all;
    return all;
}

std::vector<not_built_impl>& not_built() {
    static std::vector<not_built_impl> all;
    return all;
}

std::vector<adapted_impl>& adapted() {
    static std::vector<adapted_impl> all;
    return all;
}

enrolment::enrolment(int rank, std::vector<candidate> candidates) {
    const auto at = std::ranges::upper_bound(ranks(), rank) - ranks().begin();
    ranks().insert(ranks().begin() + at, candidates.size(), rank);
    registry().insert(registry().begin() + at, std::make_move_iterator(candidates.begin()),
                      std::make_move_iterator(candidates.end()));
}

}  // namespace handoff::harness
