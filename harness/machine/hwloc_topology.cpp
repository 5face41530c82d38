#include "hwloc_topology.hpp"

#include <hwloc.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

namespace handoff::harness {

namespace {

using loaded_topology = std::unique_ptr<hwloc_topology, decltype(&hwloc_topology_destroy)>;

/// Null where hwloc cannot.
loaded_topology load_this_machine() {
    hwloc_topology_t made = nullptr;
    if (hwloc_topology_init(&made) != 0) {
        return {nullptr, &hwloc_topology_destroy};
    }
    loaded_topology topology(made, &hwloc_topology_destroy);
    // No thread of ours is moved while hwloc looks around, and what no placement asks for is not looked up.
    const unsigned long flags = HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING | HWLOC_TOPOLOGY_FLAG_NO_DISTANCES |
                                HWLOC_TOPOLOGY_FLAG_NO_MEMATTRS;
    if (hwloc_topology_set_flags(made, flags) != 0 || hwloc_topology_load(made) != 0) {
        topology.reset();
    }
    return topology;
}

bool holds_data(hwloc_obj_t object) {
    return hwloc_obj_type_is_cache(object->type) != 0 && hwloc_obj_type_is_icache(object->type) == 0;
}

/// The kind of the core around a CPU, by its rank; -1 where hwloc does not rank the kinds or knows of none.
int kind_of(hwloc_topology_t topology, hwloc_obj_t pu) {
    const int kind = hwloc_cpukinds_get_by_cpuset(topology, pu->cpuset, 0);
    int rank = -1;
    const bool is_known = kind >= 0 && hwloc_cpukinds_get_info(topology, static_cast<unsigned>(kind), nullptr,
                                                               &rank, nullptr, nullptr, 0) == 0;
    return is_known ? rank : -1;
}

int count_of(hwloc_topology_t topology, hwloc_obj_type_t type) {
    return std::max(0, hwloc_get_nbobjs_by_type(topology, type));
}

int objects_inside(hwloc_topology_t topology, hwloc_obj_t around, hwloc_obj_type_t type) {
    return std::max(0, hwloc_get_nbobjs_inside_cpuset_by_type(topology, around->cpuset, type));
}

}  // namespace

const std::string hwloc_not_built;

std::vector<processor> processors_of(hwloc_topology* loaded) {
    std::map<hwloc_obj_t, int> caches;
    std::vector<processor> all;
    for (hwloc_obj_t pu = nullptr; (pu = hwloc_get_next_obj_by_type(loaded, HWLOC_OBJ_PU, pu)) != nullptr;) {
        processor p{static_cast<int>(pu->os_index), -1 - static_cast<int>(pu->logical_index), 0};
        hwloc_obj_t last_level = nullptr;
        for (hwloc_obj_t around = pu->parent; around != nullptr; around = around->parent) {
            if (around->type == HWLOC_OBJ_CORE) {
                p.core = static_cast<int>(around->logical_index);
            } else if (around->type == HWLOC_OBJ_PACKAGE) {
                p.package = static_cast<int>(around->logical_index);
            } else if (holds_data(around)) {
                last_level = around;
            }
        }
        if (last_level != nullptr) {
            p.cache = caches.try_emplace(last_level, static_cast<int>(caches.size())).first->second;
        }
        for (hwloc_obj_t node = nullptr;
             p.node < 0 && (node = hwloc_get_next_obj_by_type(loaded, HWLOC_OBJ_NUMANODE, node)) != nullptr;) {
            if (hwloc_bitmap_isset(node->cpuset, pu->os_index) != 0) {
                p.node = static_cast<int>(node->logical_index);
            }
        }
        p.kind = kind_of(loaded, pu);
        all.push_back(p);
    }
    std::ranges::sort(all, {}, &processor::cpu);
    return all;
}

const std::vector<processor>& located_processors() {
    static const std::vector<processor> found = [] {
        std::vector<processor> known;
        if (const loaded_topology machine = load_this_machine();
            machine && hwloc_topology_is_thissystem(machine.get()) != 0) {
            known = processors_of(machine.get());
            std::erase_if(known, [](const processor& p) {
                return std::ranges::find(processors(), p.cpu, &processor::cpu) == processors().end();
            });
        }
        return known;
    }();
    return found;
}

std::string why_not_located() {
    if (!located_processors().empty()) {
        return "";
    }
    const loaded_topology machine = load_this_machine();
    if (machine && hwloc_topology_is_thissystem(machine.get()) == 0) {
        return "hwloc was told of another machine (HWLOC_SYNTHETIC, HWLOC_XMLFILE): unset that to be seated on "
               "this "
               "one";
    }
    return machine ? "hwloc knows none of the CPUs that this process may use"
                   : "hwloc cannot read this machine";
}

topology_description describe_topology(hwloc_topology* loaded) {
    topology_description machine;
    for (hwloc_obj_t core = nullptr;
         (core = hwloc_get_next_obj_by_type(loaded, HWLOC_OBJ_CORE, core)) != nullptr;) {
        machine.most_cpus_per_core =
            std::max(machine.most_cpus_per_core, objects_inside(loaded, core, HWLOC_OBJ_PU));
    }
    for (const hwloc_obj_type_t type :
         {HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE, HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L4CACHE, HWLOC_OBJ_L5CACHE}) {
        std::uint64_t bytes = 0;
        int cores = 0;
        for (hwloc_obj_t one = nullptr; (one = hwloc_get_next_obj_by_type(loaded, type, one)) != nullptr;) {
            bytes = std::max<std::uint64_t>(bytes, one->attr->cache.size);
            cores = std::max(cores, objects_inside(loaded, one, HWLOC_OBJ_CORE));
        }
        if (const int count = count_of(loaded, type); count > 0) {
            machine.caches.push_back({type - HWLOC_OBJ_L1CACHE + 1, bytes, count, cores});
        }
    }
    machine.packages = count_of(loaded, HWLOC_OBJ_PACKAGE);
    machine.numa_nodes = count_of(loaded, HWLOC_OBJ_NUMANODE);
    machine.cores = count_of(loaded, HWLOC_OBJ_CORE);
    machine.cpus = count_of(loaded, HWLOC_OBJ_PU);
    machine.this_machine = hwloc_topology_is_thissystem(loaded) != 0;
    return machine;
}

std::optional<topology_description> describe_topology() {
    const loaded_topology machine = load_this_machine();
    return machine ? std::optional(describe_topology(machine.get())) : std::nullopt;
}

}  // namespace handoff::harness
