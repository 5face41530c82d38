#include "trial_fields.hpp"

namespace handoff::harness {

template <>
struct fields_of<cache_description> {
    static void each(auto& r, auto& visit) {
        visit("type", r.type);
        visit("level", r.level);
        visit("size", r.size);
        visit("num_sharing", r.num_sharing);
    }
};

template <>
struct fields_of<cache_level> {
    static void each(auto& r, auto& visit) {
        visit("level", r.level);
        visit("bytes", r.bytes);
        visit("count", r.count);
        visit("cores", r.cores);
    }
};

template <>
struct fields_of<topology_description> {
    static void each(auto& r, auto& visit) {
        visit("packages", r.packages);
        visit("numa_nodes", r.numa_nodes);
        visit("cores", r.cores);
        visit("cpus", r.cpus);
        visit("most_cpus_per_core", r.most_cpus_per_core);
        visit("caches", r.caches);
        visit("this_machine", r.this_machine);
    }
};

template <>
struct fields_of<kernel_counters_description> {
    static void each(auto& r, auto& visit) {
        visit("granted", r.granted);
        visit("note", r.note);
    }
};

template <>
struct fields_of<start_state> {
    static void each(auto& r, auto& visit) {
        visit("nice", r.nice);
        visit("scheduler", r.scheduler);
        visit("limits", r.limits);
        visit("variables", r.variables);
    }
};

template <>
struct fields_of<environment> {
    static void each(auto& r, auto& visit) {
        visit("date", r.date);
        visit("host_name", r.host_name);
        visit("executable", r.executable);
        visit("num_cpus", r.num_cpus);
        visit("mhz_per_cpu", r.mhz_per_cpu);
        visit("cpu_scaling_enabled", r.cpu_scaling_enabled);
        visit("caches", r.caches);
        visit("load_avg", r.load_avg);
        visit("library_build_type", r.library_build_type);
        visit("library_build_note", r.library_build_note);
        visit.object("handoff", [&](auto& ours) {
            ours("cpu_model", r.cpu_model);
            ours("cpus_allowed", r.cpus_allowed);
            ours("physical_cores", r.physical_cores);
            ours("smt", r.smt);
            ours("cpu_quota", r.cpu_quota);
            ours("governor", r.governor);
            ours("virtualization", r.virtualization);
            ours("kernel", r.kernel);
            ours("clocksource", r.clocksource);
            ours("clock_cost_ns", r.clock_cost_ns);
            ours("clock_resolution_ns", r.clock_resolution_ns);
            ours("kernel_counters", r.kernel_counters);
            fields_of<build_description>::each(r.build, ours);
            ours("start", r.start);
            ours("topology", r.topology);
            ours.unless_empty("topology_not_built", r.topology_not_built);
        });
    }
};

HANDOFF_JSON_PART(environment);

HANDOFF_JSON_RECORD(environment);

}  // namespace handoff::harness
