#include "fields.hpp"
#include "history_record.hpp"

namespace handoff::harness {

template <>
struct fields_of<series_entry> {
    static void each(auto& r, auto& visit) {
        visit("commit", r.commit);
        visit("date", r.date);
        visit("run", r.id);
        visit("ratio", r.ratio.ratio);
        visit.nullable("low", r.ratio.low);
        visit.nullable("high", r.ratio.high);
        visit("base_repetitions", r.ratio.base_repetitions);
        visit("candidate_repetitions", r.ratio.candidate_repetitions);
    }
};

template <>
struct fields_of<series_change> {
    static void each(auto& r, auto& visit) {
        visit("index", r.index);
        visit("statistic", r.statistic);
        visit("p", r.p);
        visit("before", r.before);
        visit("after", r.after);
    }
};

template <>
struct fields_of<history_series> {
    static void each(auto& r, auto& visit) {
        visit("point", r.point);
        visit("machine", r.machine);
        visit("level", r.level);
        visit("first_tested", r.first_tested);
        visit("entries", r.entries);
        visit("change_points", r.changes);
        if constexpr (std::remove_reference_t<decltype(visit)>::reads) {
            for (series_entry& e : r.entries) {
                e.ratio.point = r.point;
            }
        }
    }
};

template <>
struct fields_of<history_view> {
    static void each(auto& r, auto& visit) {
        visit.stated("handoff_history", 1);
        visit("reference", r.reference);
        visit.stated("method", "E-divisive (Matteson and James 2014), exponent 1, on logarithms of ratios");
        visit("false_alarms", r.how.false_alarms);
        visit.stated("multiplicity", "Bonferroni over the series that are long enough");
        visit("shortest", r.how.shortest);
        visit("last", r.how.last);
        visit("seed", r.how.seed);
        visit("series", r.series);
    }
};

HANDOFF_JSON_RECORD(history_view);
template std::string indented_text_of<history_view>(const history_view&);

}  // namespace handoff::harness
