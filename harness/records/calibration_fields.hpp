// The keys of calibrations. For the .cpp files of this room only.
#pragma once

#include "calibration.hpp"
#include "trial_fields.hpp"

namespace handoff::harness {

template <>
struct fields_of<kernel_time> {
    static void each(auto& r, auto& visit) {
        visit("what", r.what);
        visit("median", r.median);
        visit("low", r.low);
        visit("high", r.high);
        visit("least", r.least);
        visit("batches", r.batches);
        visit("probe", r.probe);
    }
};

template <>
struct fields_of<stream_time> {
    static void each(auto& r, auto& visit) {
        visit("flags", r.flags);
        visit("buffer_bytes", r.buffer_bytes);
        visit("line_ns", r.line_ns);
        visit("item_ns", r.item_ns);
    }
};

template <>
struct fields_of<noise_seen> {
    static void each(auto& r, auto& visit) {
        visit("watched_seconds", r.watched_seconds);
        visit("gaps_per_second", r.gaps_per_second);
        visit("longest_gap_ns", r.longest_gap_ns);
        visit("gap_share", r.gap_share);
        visit("loop_spread", r.loop_spread);
    }
};

template <>
struct fields_of<pair_class> {
    static void each(auto& r, auto& visit) {
        visit("class", r.name);
        visit("measured", r.measured);
        visit("pairs", r.pairs);
    }
};

template <>
struct fields_of<transfer_matrix> {
    static void each(auto& r, auto& visit) {
        visit("cpus", r.cpus);
        visit("ns", r.ns);
        visit("measured", r.measured);
        visit("pairs", r.pairs);
        visit("classes", r.classes);
    }
};

template <>
struct fields_of<calibration> {
    static void each(auto& r, auto& visit) {
        visit("seconds", r.seconds);
        visit("seconds_asked", r.seconds_asked);
        visit("kernels", r.kernels);
        visit("absent", r.absent);
        visit("streams", r.streams);
        visit("noise", r.noise);
        visit.nullable("matrix", r.matrix);
        visit.nullable("probe", r.probe);
    }
};

template <>
struct fields_of<calibration_line> {
    static void each(auto& r, auto& visit) {
        visit.nullable("calibration", r.made);
        visit.unless_empty("reason", r.reason);
        visit("before_trial", r.before_trial);
    }
};

}  // namespace handoff::harness
