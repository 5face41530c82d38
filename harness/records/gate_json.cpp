#include <utility>

#include "foreign_fields.hpp"
#include "gate_fields.hpp"

namespace handoff::harness {

const char* word(finding f) {
    return findings[static_cast<std::size_t>(f)].second;
}

template <>
struct fields_of<gate_setup> {
    static void each(auto& r, auto& visit) {
        visit.required("date", r.date);
        visit("context", r.context);
        visit.required("base", r.base);
        visit.required("candidate", r.candidate);
        visit("differences", r.differences);
        visit.object("sweep", [&](auto& sweep) {
            sweep.required("name", r.sweep_name);
            sweep("file", r.sweep_file);
        });
        visit("seed", r.seed);
        visit("rules", r.rules);
    }
};

template <>
struct fields_of<gate_log_header> {
    static void each(auto& r, auto& visit) {
        visit.stated("handoff_gate", 1);
        fields_of<gate_setup>::each(r.setup, visit);
    }
};

template <>
struct fields_of<gate_result> {
    static void each(auto& r, auto& visit) {
        visit.stated("handoff_gate", 1);
        fields_of<gate_setup>::each(r.setup, visit);
        visit.required("complete", r.complete);
        visit("wall_seconds", r.wall_seconds);
        visit.required("points", r.points);
        visit.required("pairs", r.pairs);
        visit("failures", r.failures);
        visit("exit_code", r.exit_code);
    }
};

template <>
struct fields_of<share_of_suites> {
    static void each(auto& r, auto& visit) {
        visit("count", r.count);
        visit("of", r.of);
        visit("low", r.low);
        visit("high", r.high);
    }
};

template <>
struct fields_of<self_tested_point> {
    static void each(auto& r, auto& visit) {
        visit("name", r.name);
        visit("suites", r.suites);
        visit("regressed", r.regressed);
        visit("improved", r.improved);
        visit("unchanged", r.unchanged);
        visit("inconclusive", r.inconclusive);
        visit.nullable("could_see", r.could_see);
    }
};

template <>
struct fields_of<self_test_result> {
    static void each(auto& r, auto& visit) {
        visit.stated("handoff_gate_self_test", 1);
        fields_of<gate_setup>::each(r.setup, visit);
        visit("complete", r.complete);
        visit.object("suites", [&](auto& suites) {
            suites("regressed", r.regressed);
            suites("improved", r.improved);
        });
        visit("seconds_per_suite", r.seconds_per_suite);
        visit("points", r.points);
    }
};

std::string words_of(const stated_build& build, const std::string& key) {
    const nlohmann::json stated = to_json(build);
    return words_of(stated.value(key, nlohmann::json()));
}

bool is_gate_file(std::string_view text) {
    const nlohmann::json document = read_document(text).value;
    return document.is_object() && document.contains("handoff_gate");
}

gate_file read_gate_file(std::string_view text) {
    json_document read = read_document(text);
    nlohmann::json& document = read.value;
    gate_file file;
    file.notes = std::move(read.notes);
    if (document.is_object() && document.contains("context")) {
        file.context = stated_context_of(document.at("context"));
        document.erase("context");
    }
    file.result = from_json<gate_result>(document);
    return file;
}

HANDOFF_JSON_RECORD(gate_pair);
HANDOFF_JSON_RECORD(gate_point);
HANDOFF_JSON_RECORD(gate_result);
HANDOFF_JSON_RECORD(self_test_result);
template std::string line_of<gate_log_header>(const gate_log_header&);
template std::string indented_text_of<gate_result>(const gate_result&);
template std::string indented_text_of<self_test_result>(const self_test_result&);

}  // namespace handoff::harness
