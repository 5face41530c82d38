#include "result_parts.hpp"
#include "trial_fields.hpp"
#include "upper_limit.hpp"

namespace handoff::harness {

template <>
struct fields_of<merged_latency> {
    static void each(auto& r, auto& visit) {
        fields_of<latency_summary>::each(r, visit);
        visit("trials", r.trials);
        visit("backed", r.backed);
    }
};

template <>
struct fields_of<trial_mode> {
    static void each(auto& r, auto& visit) {
        visit("median", r.median);
        visit("low", r.low);
        visit("high", r.high);
        visit("trials", r.trials);
    }
};

template <>
struct fields_of<latency_mode> {
    static void each(auto& r, auto& visit) {
        visit("median", r.median);
        visit("low", r.low);
        visit("high", r.high);
        visit("share", r.share);
    }
};

/// In the measure's own values; infinite ones are null.
template <>
struct fields_of<ranked_spread> {
    static void each(auto& r, auto& visit) {
        const auto value = [&visit](const char* key, auto& member) {
            upper_limit one{member};
            if constexpr (std::remove_reference_t<decltype(visit)>::reads) {
                one.value = std::numeric_limits<double>::infinity();  // what null leaves
                visit(key, one);
                member = one.value;
            } else {
                visit(key, one);
            }
        };
        value("median", r.median);
        value("lowest", r.lowest);
        value("highest", r.highest);
        visit("trials", r.trials);
    }
};

template <>
struct fields_of<failed_trials> {
    static void each(auto& r, auto& visit) {
        visit("trials", r.trials);
        visit("invalid", r.invalid);
        visit("timeout", r.timeout);
        visit("crashed", r.crashed);
        visit("reason", r.reason);
    }
};

template <>
struct fields_of<result_point> {
    static void each(auto& r, auto& visit) {
        if constexpr (std::remove_reference_t<decltype(visit)>::reads) {
            fields_of<listed_point>::each(r.listed, visit);
        } else {
            listed_point listed = r.listed;
            listed.binary.clear();  // a file of this machine, which says nothing to readers of results
            fields_of<listed_point>::each(listed, visit);
        }
        visit("trials_ok", r.trials_ok);
        visit("trials_counted", r.trials_counted);
        visit.unless_default("caught", r.caught);
        visit("failed", r.failed);
        if (r.listed.is_paced()) {
            visit("saturated", r.saturated);
            visit.stated("trials", r.trials_counted);
        }
        visit("ranked", r.ranked);
        visit("ranked_with_flagged", r.ranked_with_flagged);
        visit.unless_empty("full_check", r.full_check);
        visit("latency", r.latency);
        visit.unless_empty("humps", r.humps);
        visit.unless_empty("latency_humps", r.latency_humps);
    }
};

HANDOFF_JSON_PART(result_point);

HANDOFF_JSON_RECORD(result_point);

}  // namespace handoff::harness
