// What hwloc says of the machine: for placements by what CPUs share, and for the context of a run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "environment.hpp"
#include "topology.hpp"

struct hwloc_topology;  // functions that take one exist in builds with hwloc only

namespace handoff::harness {

/// Why this build does not know what CPUs share: hwloc was not found. Empty where it does.
extern const std::string hwloc_not_built;

/// The CPUs of a topology, with what they share. Pure.
std::vector<processor> processors_of(hwloc_topology* loaded);

/// Those of `processors()` that hwloc knows; none in a build without hwloc, and none where hwloc was told of
/// another machine (HWLOC_XMLFILE, HWLOC_SYNTHETIC): its CPUs would be taken for ours. The first call loads
/// hwloc's view of this machine, which takes milliseconds.
const std::vector<processor>& located_processors();
/// Why hwloc locates none; empty where it does.
std::string why_not_located();

/// Packages, NUMA nodes, cores, CPUs and caches of a topology.
topology_description describe_topology(hwloc_topology* loaded);
/// The same of this machine; nothing where hwloc cannot load it, and in a build without hwloc.
std::optional<topology_description> describe_topology();

}  // namespace handoff::harness
