#include "gate_fields.hpp"
#include "rank_record.hpp"

namespace handoff::harness {

template <>
struct fields_of<rank_standing> {
    static void each(auto& r, auto& visit) {
        visit.required("impl", r.impl);
        visit.required("verdict", r.verdict);
        visit.unless_empty("reason", r.reason);
        visit.nullable("median", r.median);
        visit.nullable("low", r.low);
        visit.nullable("high", r.high);
        visit("pairs", r.pairs);
    }
};

template <>
struct fields_of<ranked_impl> {
    static void each(auto& r, auto& visit) {
        visit.required("impl", r.impl);
        visit.required("point", r.point);
        visit.required("rank", r.rank);
        visit.required("decided", r.decided);
        visit.nullable("cost", r.cost);
        visit("to_above", r.to_above);
        visit("to_leader", r.to_leader);
    }
};

template <>
struct fields_of<failed_impl> {
    static void each(auto& r, auto& visit) {
        visit.required("impl", r.impl);
        visit.required("reason", r.reason);
        visit("command", r.command);
    }
};

template <>
struct fields_of<ranked_point> {
    static void each(auto& r, auto& visit) {
        visit.required("name", r.name);
        visit("family", r.family);
        visit("measure", r.measure);
        visit("unit", r.unit);
        visit("tie", r.tie);
        visit.required("places", r.places);
        visit("failed", r.failed);
    }
};

template <>
struct fields_of<best_of_ours> {
    static void each(auto& r, auto& visit) {
        visit.required("point", r.point);
        visit.required("ours", r.ours);
        visit.required("other", r.other);
        visit.nullable("median", r.median);
        visit.nullable("low", r.low);
        visit.nullable("high", r.high);
    }
};

template <>
struct fields_of<ours_against_others> {
    static void each(auto& r, auto& visit) {
        visit.required("ours", r.ours);
        visit.required("points", r.points);
        visit.nullable("geometric_mean", r.geometric_mean);
        visit.nullable("low", r.low);
        visit.nullable("high", r.high);
    }
};

template <>
struct fields_of<rank_comparison> {
    static void each(auto& r, auto& visit) {
        visit.required("base", r.base);
        visit.required("candidate", r.candidate);
        fields_of<gate_point>::each(r.compared, visit);
    }
};

template <>
struct fields_of<rank_result> {
    static void each(auto& r, auto& visit) {
        visit.stated("handoff_rank", 1);
        visit.required("date", r.date);
        visit("context", r.context);
        visit.nullable("build", r.build);
        visit("seed", r.seed);
        visit("rules", r.rules);
        visit.required("complete", r.complete);
        visit("wall_seconds", r.wall_seconds);
        visit.required("points", r.points);
        visit("ours_against_others", r.against);
        visit("comparisons", r.comparisons);
        visit("pairs", r.pairs);
        visit("exit_code", r.exit_code);
    }
};

HANDOFF_JSON_RECORD(rank_result);
template std::string indented_text_of<rank_result>(const rank_result&);

}  // namespace handoff::harness
