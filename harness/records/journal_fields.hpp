// The keys of a journal's lines. For the .cpp files of this room only.
#pragma once

#include "journal_lines.hpp"
#include "trial_fields.hpp"

namespace handoff::harness {

template <>
struct fields_of<sweep_settings> {
    static void each(auto& r, auto& visit) {
        visit("name", r.name);
        visit("file", r.file);
        visit("repetitions", r.repetitions);
        visit("min_time_seconds", r.min_time_seconds);
        visit("timeout_seconds", r.timeout_seconds);
        visit("retry_contaminated", r.retry_contaminated);
        visit("retry_budget_percent", r.retry_budget_percent);
    }
};

template <>
struct fields_of<limits_source> {
    static void each(auto& r, auto& visit) {
        visit.unless_empty("binary", r.binary);
        visit.unless_empty("absent", r.absent);
    }
};

template <>
struct fields_of<ratio_request> {
    static void each(auto& r, auto& visit) {
        visit("label", r.label);
        visit("numerator", r.numerator);
        visit("denominator", r.denominator);
        visit("at_most", r.at_most);
    }
};

template <>
struct fields_of<passed_tests> {
    static void each(auto& r, auto& visit) {
        visit("build", r.build);
        visit("tests", r.tests);
        visit("commit", r.commit);
        visit("date", r.date);
    }
};

template <>
struct fields_of<tested_impl> {
    static void each(auto& r, auto& visit) {
        visit("impl", r.impl);
        visit("passed", r.passed);
    }
};

template <>
struct fields_of<tests_file> {
    static void each(auto& r, auto& visit) { visit.required("tested", r.tested); }
};

template <>
struct fields_of<run_header> {
    static void each(auto& r, auto& visit) {
        visit("handoff_journal", r.version);
        visit("id", r.id);
        visit("context", r.context);
        visit("sweep", r.sweep);
        visit("seed", r.seed);
        visit("trials", r.trials);
        visit("points", r.points);
        visit("left_out", r.left_out);
        visit.unless_empty("not_built", r.not_built);
        visit.unless_empty("adapted", r.adapted);
        visit.unless_empty("tested", r.tested);
        visit("implementations", r.implementations);
        visit("ratios", r.ratios);
        visit("limits", r.limits);
        visit("binaries", r.binaries);
    }
};

template <>
struct fields::codec<trial_status> {
    static json write(trial_status value) { return word(value); }
    static trial_status read(const json& value);
};

template <>
struct fields_of<trial_line> {
    static void each(auto& r, auto& visit) {
        visit("point", r.point);
        visit("repetition", r.repetition);
        visit("seed", r.seed);
        visit("command", r.command);
        visit("retry_of", r.retry_of);
        visit.unless_empty("check", r.check);
        visit("trial_wall_seconds", r.trial_wall_seconds);
        visit("steal_ticks", r.steal_ticks);
        visit("seat_steal_seconds", r.seat_steal_seconds);
        visit("throttled_periods", r.throttled_periods);
        visit("status", r.status);
        visit.unless_default("starved", r.starved);
        visit.unless_empty("reason", r.reason);
        visit("rate", r.rate);
        visit("measurement", r.measurement);
    }
};

}  // namespace handoff::harness
