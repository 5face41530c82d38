#include "comparison_record.hpp"
#include "fields.hpp"

namespace handoff::harness {

namespace {

struct named_error {
    std::string name;
    std::string error;
};

}  // namespace

template <>
struct fields_of<named_error> {
    static void each(auto& r, auto& visit) {
        visit("name", r.name);
        visit("error", r.error);
    }
};

template <>
struct fields_of<compared_side> {
    static void each(auto& r, auto& visit) {
        visit("file", r.path);
        std::string kind = r.handoff ? "handoff" : "google_benchmark";
        visit("kind", kind);
        visit("id", r.id);
        visit("date", r.date);
        visit("commit", r.commit);
        visit("aggregates_left_out", r.aggregates);
        std::vector<named_error> errors;
        for (const auto& [name, error] : r.errors) {
            errors.push_back({name, error});
        }
        visit("errors", errors);
        visit("environment", r.environment);
        visit("libraries", r.libraries);
        if constexpr (std::remove_reference_t<decltype(visit)>::reads) {
            r.handoff = kind == "handoff";
            for (const named_error& one : errors) {
                r.errors.emplace_back(one.name, one.error);
            }
        }
    }
};

template <>
struct fields_of<compared_sample> {
    static void each(auto& r, auto& visit) {
        visit.nullable("median", r.median);
        visit("values", r.values);
    }
};

template <>
struct fields_of<point_comparison> {
    static void each(auto& r, auto& visit) {
        visit("name", r.name);
        visit("measure", r.measure);
        visit("unit", r.unit);
        visit("verdict", r.verdict);
        visit("why_not", r.why_not);
        visit.nullable("ratio", r.ratio);
        std::optional<double> low;
        std::optional<double> high;
        std::optional<double> confidence;
        if (r.interval) {
            low = r.interval->low;
            high = r.interval->high;
            confidence = r.interval->confidence;
        }
        visit.nullable("low", low);
        visit.nullable("high", high);
        visit.nullable("confidence", confidence);
        if constexpr (std::remove_reference_t<decltype(visit)>::reads) {
            if (low && high && confidence) {
                r.interval = ratio_interval{*low, *high, *confidence};
            }
        }
        visit("base", r.base);
        visit("candidate", r.candidate);
    }
};

template <>
struct fields_of<file_comparison> {
    static void each(auto& r, auto& visit) {
        visit.stated("handoff_compare", 1);
        visit("base", r.base);
        visit("candidate", r.candidate);
        visit.stated("confidence", file_comparison::confidence);
        visit("refusals", r.refusals);
        visit("remarks", r.remarks);
        visit("points", r.points);
        visit("only_in_base", r.only_in_base);
        visit("only_in_candidate", r.only_in_candidate);
    }
};

HANDOFF_JSON_RECORD(file_comparison);
template std::string indented_text_of<file_comparison>(const file_comparison&);

}  // namespace handoff::harness
