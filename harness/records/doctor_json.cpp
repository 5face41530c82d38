#include "calibration_fields.hpp"
#include "doctor_report.hpp"

namespace handoff::harness {

template <>
struct fields_of<processor> {
    static void each(auto& r, auto& visit) {
        visit("cpu", r.cpu);
        visit("core", r.core);
        visit("package", r.package);
    }
};

template <>
struct fields_of<advice> {
    static void each(auto& r, auto& visit) {
        visit("finding", r.finding);
        visit("why", r.why);
        visit("command", r.command);
    }
};

/// A state of the watch: its trials are probes.
template <>
struct fields_of<machine_state> {
    static void each(auto& r, auto& visit) {
        visit("label", r.label);
        std::pair range{r.least_ns, r.greatest_ns};
        visit("transfer_ns", range);
        if constexpr (std::remove_reference_t<decltype(visit)>::reads) {
            r.least_ns = range.first;
            r.greatest_ns = range.second;
        }
        visit("probes", r.trials);
    }
};

template <>
struct fields_of<doctor_report> {
    static void each(auto& r, auto& visit) {
        visit.stated("handoff_doctor", 1);
        visit("context", r.context);
        visit("topology", r.topology);
        visit("limits", r.limits.made);
        visit.unless_empty("limits_note", r.limits.reason);
        visit.object("watch", [&](auto& watch) {
            watch("seconds", r.watch.seconds);
            watch("transfers_ns", r.watch.transfers_ns);
            watch("interrupted_probes", r.watch.interrupted_probes);
            watch("states", r.states);
            watch("foreign_cpus", r.watch.foreign_cpus);
            watch("stolen_cpus", r.watch.stolen_cpus);
        });
        visit("advice", r.advice);
    }
};

HANDOFF_JSON_RECORD(doctor_report);

}  // namespace handoff::harness
