// A build without hwloc does not know what CPUs share: HANDOFF_HWLOC_MISSING says what was not found.
#include "hwloc_topology.hpp"

namespace handoff::harness {

const std::string hwloc_not_built = HANDOFF_HWLOC_MISSING;

const std::vector<processor>& located_processors() {
    static const std::vector<processor> none;
    return none;
}

std::string why_not_located() {
    return "not built: " + hwloc_not_built;
}

std::optional<topology_description> describe_topology() {
    return std::nullopt;
}

}  // namespace handoff::harness
