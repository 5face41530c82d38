#include "result_parts.hpp"
#include "trial_fields.hpp"

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
        visit.unless_empty("full_check", r.full_check);
        visit("latency", r.latency);
        visit.unless_empty("humps", r.humps);
        visit.unless_empty("latency_humps", r.latency_humps);
    }
};

HANDOFF_JSON_PART(result_point);

HANDOFF_JSON_RECORD(result_point);

}  // namespace handoff::harness
