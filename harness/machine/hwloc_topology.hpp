// What hwloc says of the machine: for placements by what CPUs share, and for the context of a run.
#pragma once

#include <optional>
#include <vector>

#include "environment.hpp"
#include "topology.hpp"

struct hwloc_topology;

namespace handoff::harness {

/// The CPUs of a topology, with what they share. Pure.
std::vector<processor> processors_of(hwloc_topology* loaded);

/// Those of `processors()` that hwloc knows. The first call loads hwloc's view of this machine, which takes
/// milliseconds.
const std::vector<processor>& located_processors();

/// Packages, NUMA nodes, cores, CPUs and caches of a topology.
topology_description describe_topology(hwloc_topology* loaded);
/// The same of this machine; nothing where hwloc cannot load it.
std::optional<topology_description> describe_topology();

}  // namespace handoff::harness
