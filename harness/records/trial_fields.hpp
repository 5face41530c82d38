// The keys of environments, listed points and measured trials. For the .cpp files of this room only.
#pragma once

#include "fields.hpp"
#include "measured_trial.hpp"

namespace handoff::harness {

/// Compiled in environment_json.cpp and trial_json.cpp.
template <>
struct fields::codec<environment> : fields::part<environment> {};
template <>
struct fields::codec<listed_point> : fields::part<listed_point> {};
template <>
struct fields::codec<measured_trial> : fields::part<measured_trial> {};

template <>
struct fields_of<build_description> {
    static void each(auto& r, auto& visit) {
        visit("compiler", r.compiler);
        visit("flags", r.flags);
        visit("build_type", r.build_type);
        visit("libraries", r.libraries);
        visit("git_commit", r.git_commit);
        visit("git_dirty", r.git_dirty);
    }
};

template <>
struct fields_of<stated_build> {
    static void each(auto& r, auto& visit) { fields_of<build_description>::each(r, visit); }
};

template <>
struct fields_of<limit_term> {
    static void each(auto& r, auto& visit) {
        visit("kernel", r.kernel);
        visit("times", r.times);
    }
};

template <>
struct fields_of<paced_by_point> {
    static void each(auto& r, auto& visit) {
        visit("point", r.point);
        visit("share", r.share);
    }
};

template <>
struct fields_of<left_out> {
    static void each(auto& r, auto& visit) {
        visit("reason", r.reason);
        visit("points", r.points);
    }
};

/// A point's axes: words as strings, numbers as numbers.
template <>
struct fields::codec<point> {
    static json write(const point& p);
    static point read(const json& value);
};

template <>
struct fields_of<listed_point> {
    static void each(auto& r, auto& visit) {
        visit("name", r.name);
        visit("point", r.point);
        visit("threads", r.threads);
        visit("oversubscribed", r.oversubscribed);
        visit("guarantees", r.guarantees);
        visit("rivals", r.rivals);
        visit("measure", r.measure);
        visit("fills", r.fills);
        visit("keeps_cpu", r.keeps_cpu);
        visit("paced_by", r.paced_by);
        visit.unless_empty("limit", r.limit);
        visit.unless_default("streams", r.streams);
        visit.unless_default("reference", r.reference);
        visit.unless_default("light_check", r.light_check);
        visit.unless_empty("binary", r.binary);
    }
};

template <>
struct fields_of<not_built_impl> {
    static void each(auto& r, auto& visit) {
        visit("impl", r.impl);
        visit("family", r.family);
        visit("reason", r.reason);
        visit.unless_empty("option", r.option);
    }
};

template <>
struct fields_of<adapted_impl> {
    static void each(auto& r, auto& visit) {
        visit("impl", r.impl);
        visit("family", r.family);
        visit("library", r.library);
        visit("source", r.source);
        visit("tested_version", r.tested_version);
        visit("version", r.version);
        visit("adapted_by", r.adapted_by);
        visit("reviewed_by_author", r.reviewed_by_author);
    }
};

template <>
struct fields_of<listing> {
    static void each(auto& r, auto& visit) {
        visit.required("points", r.points);
        visit("left_out", r.left_out);
        visit("not_built", r.not_built);
        visit.unless_empty("adapted", r.adapted);
        visit("implementations", r.implementations);
        visit("build", r.build);
    }
};

/// Buckets as one flat list: the step from the bucket before (the first from 0), samples, the next step ...
template <>
struct fields::codec<stored_samples> {
    static json write(const stored_samples& samples);
    static stored_samples read(const json& value);
};

template <>
struct fields_of<latency_summary> {
    static void each(auto& r, auto& visit) {
        visit("what", r.what);
        visit.stated("unit", "ns");
        visit("relative_error", r.relative_error);
        visit("count", r.count);
        visit("min", r.min);
        visit("p50", r.p50);
        visit("p90", r.p90);
        visit("p99", r.p99);
        visit("p99.9", r.p999);
        visit("p99.99", r.p9999);
        visit("max", r.max);
    }
};

template <>
struct fields_of<latency> {
    static void each(auto& r, auto& visit) {
        fields_of<latency_summary>::each(r, visit);
        visit("histogram", r.samples);
    }
};

template <>
struct fields_of<course_part> {
    static void each(auto& r, auto& visit) {
        visit("from_seconds", r.from_seconds);
        visit("to_seconds", r.to_seconds);
        visit("load", r.load);
        visit("count", r.count);
        visit("p50", r.p50);
        visit("p99", r.p99);
        visit("max", r.max);
        visit("memory_bytes", r.memory_bytes);
        visit("cpu_ns_per_item", r.cpu_ns_per_item);
    }
};

template <>
struct fields_of<transfer_probe> {
    static void each(auto& r, auto& visit) {
        visit("before_ns", r.before_ns);
        visit("after_ns", r.after_ns);
        visit("cpus", r.cpus);
    }
};

template <>
struct fields_of<measured_thread> {
    static void each(auto& r, auto& visit) {
        visit("role", r.role);
        visit.nullable("cpu", r.cpu);
        visit("items", r.items);
        visit("start_seconds", r.start_seconds);
        visit("end_seconds", r.end_seconds);
        visit("cpu_seconds", r.cpu_seconds);
        visit("run_delay_seconds", r.run_delay_seconds);
        visit("voluntary_switches", r.voluntary_switches);
        visit("involuntary_switches", r.involuntary_switches);
        visit("cpu_user_seconds", r.cpu_user_seconds);
        visit("cpu_system_seconds", r.cpu_system_seconds);
        visit("minor_faults", r.minor_faults);
        visit("major_faults", r.major_faults);
        visit("migrations", r.migrations);
    }
};

template <>
struct fields_of<trial_costs> {
    static void each(auto& r, auto& visit) {
        visit("cpu_user_ns", r.cpu_user_ns);
        visit("cpu_system_ns", r.cpu_system_ns);
        visit("minor_faults", r.minor_faults);
        visit("major_faults", r.major_faults);
        visit("migrations", r.migrations);
        visit("allocations_per_item", r.allocations_per_item);
        visit("allocated_bytes_per_item", r.allocated_bytes_per_item);
        visit("peak_memory_bytes", r.peak_memory_bytes);
        visit("memory_growth_bytes", r.memory_growth_bytes);
        visit("system_calls_per_item", r.system_calls_per_item);
        visit("counters", r.counters);
    }
};

/// What rows of a result file say of a trial in the same words as the trial itself.
void each_shared_field(auto& r, auto& visit) {
    visit("seed", r.seed);
    visit.unless_empty("check", r.check);
    visit("window_seconds", r.window_seconds);
    visit("asked_seconds", r.asked_seconds);
    visit("overlap", r.overlap);
    visit.nullable("probe", r.probe);
    visit("run_delay_seconds", r.run_delay_seconds);
    visit("voluntary_switches", r.voluntary_switches);
    visit("involuntary_switches", r.involuntary_switches);
    visit("team", r.team);
    visit("fairness", r.fairness);
    visit("metrics", r.metrics);
    visit("actual_capacity", r.actual_capacity);
    visit("latency", r.latency);
    visit.unless_empty("course", r.course);
    visit("rate", r.rate);
    fields_of<trial_costs>::each(r.costs, visit);
}

template <>
struct fields_of<measured_trial> {
    static void each(auto& r, auto& visit) {
        fields_of<listed_point>::each(r.listed, visit);
        visit("status", r.status);
        visit.unless_empty("reason", r.reason);
        if (!visit.reads && r.status != "ok") {
            visit("seed", r.seed);
            visit.unless_empty("check", r.check);
            visit("rate", r.rate);
            return;  // a trial that failed its check carries no number
        }
        visit("items", r.items);
        visit("real_time_ns", r.real_time_ns);
        visit("cpu_time_ns", r.cpu_time_ns);
        visit("thread_time_ns", r.thread_time_ns);
        each_shared_field(r, visit);
    }
};

}  // namespace handoff::harness
