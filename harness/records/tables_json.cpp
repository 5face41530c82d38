#include "result_parts.hpp"

namespace handoff::harness {

/// The table of axes, for readers that know none of them.
template <>
struct fields_of<axis> {
    static void each(auto& r, auto& visit) {
        visit.stated("name", r.name);
        visit.stated("label", r.label);
        visit.stated("kind", word(r.is));
        if (r.is != axis::kind::word) {
            visit.stated("least", r.least);
            visit.stated("greatest", r.largest);
        }
        visit.stated("unit", r.unit);
        visit.stated("phrase", r.phrase);
        if (!r.neutral.empty()) {
            visit.stated("neutral", r.neutral);
            visit.stated("phrase_neutral", r.phrase_neutral);
        }
        if (!r.absent.empty()) {
            visit.stated("absent", r.absent);
            visit.stated("absent_phrase", r.absent_phrase);
        }
    }
};

template <>
struct fields_of<measure> {
    static void each(auto& r, auto& visit) {
        visit.stated("title", r.title);
        visit.stated("unit", r.unit);
        visit.stated("better", r.higher_is_better ? "higher" : "lower");
        visit.stated("shown_factor", r.shown_factor);
    }
};

fields::json fields::codec<axis>::write(const axis& value) {
    return record_codec<axis>::write(value);
}
fields::json fields::codec<measure>::write(const measure& value) {
    return record_codec<measure>::write(value);
}

}  // namespace handoff::harness
