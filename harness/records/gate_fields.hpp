// The keys of what the gate and rankings say. For the .cpp files of this room only.
#pragma once

#include <array>
#include <type_traits>
#include <utility>

#include "gate_record.hpp"
#include "journal_fields.hpp"

namespace handoff::harness {

inline constexpr std::array findings{std::pair(finding::regressed, "regressed"),
                                     std::pair(finding::improved, "improved"),
                                     std::pair(finding::unchanged, "unchanged"),
                                     std::pair(finding::no_evidence, "no evidence"),
                                     std::pair(finding::inconclusive, "inconclusive"),
                                     std::pair(finding::failed, "failed"),
                                     std::pair(finding::broken, "broken"),
                                     std::pair(finding::missing, "missing"),
                                     std::pair(finding::added, "new")};

template <>
struct fields::codec<finding> {
    static json write(finding value) { return word(value); }
    static finding read(const json& value) {
        for (const auto& [found, text] : findings) {
            if (value == text) {
                return found;
            }
        }
        expected("a finding of the gate", value);
    }
};

template <>
struct fields_of<gate_side> {
    static void each(auto& r, auto& visit) {
        visit("folder", r.folder);
        visit("ref", r.ref);
        visit.nullable("build", r.build);
    }
};

template <>
struct fields_of<stated_rules> {
    static void each(auto& r, auto& visit) {
        visit("change_error", r.change_error);
        visit("proof_error", r.proof_error);
        visit("least_screening", r.least_screening);
        visit("most_screening", r.most_screening);
        visit("most_confirming", r.most_confirming);
        visit("most_pairs", r.most_pairs);
        visit("reported_share", r.reported_share);
        visit("require_proof", r.require_proof);
        visit("allow_missing", r.allow_missing);
        visit("fail_on_undecided", r.fail_on_undecided);
        visit("fail_on_inconclusive", r.fail_on_inconclusive);
        visit("relink", r.relink);
        visit.nullable("budget_seconds", r.budget_seconds);
        visit("min_time_seconds", r.min_time_seconds);
        visit("most_disturbance", r.most_disturbance);
        visit("most_probe_change", r.most_probe_change);
    }
};

template <>
struct fields_of<gate_pair_counts> {
    static void each(auto& r, auto& visit) {
        visit("screening", r.screening);
        visit("confirming", r.confirming);
        visit("proving", r.proving);
        visit("replaced", r.replaced);
    }
};

template <>
struct fields_of<gate_slowdown> {
    static void each(auto& r, auto& visit) {
        visit.nullable("median", r.median);
        visit.nullable("low", r.low);
        visit.nullable("high", r.high);
        visit.nullable("at_most", r.at_most);
        visit.nullable("could_see", r.could_see);
    }
};

template <>
struct fields_of<gate_standing> {
    static void each(auto& r, auto& visit) {
        visit("suspect", r.suspect);
        visit("pairs", r.pairs);
        visit("slowdown", r.slowdown);
        visit.nullable("p", r.p);
        visit.nullable("base_median", r.base_median);
        visit.nullable("candidate_median", r.candidate_median);
        visit("seconds", r.seconds);
        visit("rate", r.rate);
    }
};

template <>
struct fields_of<gate_point> {
    static void each(auto& r, auto& visit) {
        visit.required("name", r.name);
        visit("family", r.family);
        visit("max_slowdown", r.max_slowdown);
        visit("measure", r.measure);
        visit("unit", r.unit);
        visit.required("finding", r.found);
        visit.required("reason", r.reason);
        if constexpr (std::remove_reference_t<decltype(visit)>::reads) {
            if (r.found != finding::missing && r.found != finding::added) {
                r.standing.emplace();
            }
        }
        if (r.standing) {
            fields_of<gate_standing>::each(*r.standing, visit);
        }
    }
};

template <>
struct fields_of<gate_trial> {
    static void each(auto& r, auto& visit) {
        visit.required("status", r.status);
        visit("wall_seconds", r.wall_seconds);
        visit("cpu_seconds", r.cpu_seconds);
        visit("foreign_seconds", r.foreign_seconds);
        visit("steal_seconds", r.steal_seconds);
        visit.unless_default("throttled_periods", r.throttled_periods);
        if (r.ok()) {
            visit.nullable("value", r.value);
            visit("items", r.items);
            visit("flags", r.flags);
            visit.nullable("probe_ns", r.probe_ns);
        } else {
            visit("reason", r.reason);
        }
    }
};

template <>
struct fields_of<gate_pair> {
    static void each(auto& r, auto& visit) {
        visit.required("point", r.point);
        std::string order = r.base_first ? "base first" : "candidate first";
        visit("order", order);
        if constexpr (std::remove_reference_t<decltype(visit)>::reads) {
            r.base_first = order == "base first";
        }
        visit("seed", r.seed);
        visit.required("base", r.base);
        visit.required("candidate", r.candidate);
        visit.nullable("d", r.d);
        visit.required("replaced", r.replaced);
        visit("link", r.link);
    }
};

template <>
struct fields_of<gate_failure> {
    static void each(auto& r, auto& visit) {
        visit("point", r.point);
        visit("side", r.side);
        visit("status", r.status);
        visit("reason", r.reason);
        visit("command", r.command);
    }
};

}  // namespace handoff::harness
