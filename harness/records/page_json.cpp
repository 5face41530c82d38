#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <type_traits>

#include "kept_json.hpp"
#include "page_record.hpp"
#include "result_parts.hpp"

namespace handoff::harness {

namespace {

using nlohmann::json;

/// No picture shows more.
void round_numbers(json& value) {
    if (value.is_number_float()) {
        char text[40];
        std::snprintf(text, sizeof text, "%.6g", value.get<double>());
        value = std::strtod(text, nullptr);
    } else if (value.is_structured()) {
        for (json& inner : value) {
            round_numbers(inner);
        }
    }
}

void put(json& to, const char* key, const std::string& text) {
    if (!text.empty()) {
        to[key] = text;
    }
}

json numbers(const trial_numbers& column) {
    json all = json::array();
    for (const auto& one : column) {
        all.push_back(one && std::isfinite(*one) ? json(*one) : json(nullptr));
    }
    return all;
}

json columns_of(const trial_columns& t) {
    json all{{"repetition", t.repetition}, {"counted", t.counted}, {"status", t.status}};
    for (const auto& [key, column] : {std::pair("why", &trial_columns::why),
                                      {"state", &trial_columns::state},
                                      {"check", &trial_columns::check},
                                      {"level", &trial_columns::level}}) {
        if (!(t.*column).empty()) {
            all[key] = t.*column;
        }
    }
    for (const auto& [key, column] : {std::pair("cost", &trial_columns::cost),
                                      {"time_ns", &trial_columns::time_ns},
                                      {"cpu_ns", &trial_columns::cpu_ns},
                                      {"limit_share", &trial_columns::limit_share},
                                      {"p50", &trial_columns::p50},
                                      {"p99", &trial_columns::p99},
                                      {"p999", &trial_columns::p999},
                                      {"fairness", &trial_columns::fairness},
                                      {"memory_bytes", &trial_columns::memory_bytes},
                                      {"allocations", &trial_columns::allocations},
                                      {"probe_ns", &trial_columns::probe_ns}}) {
        if (!(t.*column).empty()) {
            all[key] = numbers(t.*column);
        }
    }
    for (const auto& [name, column] : t.metrics) {
        all["metrics"][name] = numbers(column);
    }
    return all;
}

/// The point as the result file has it, its axes apart from its name.
json point_of(const page_point& p) {
    json all = to_json(p.of);
    json axes = std::move(all.at("point"));
    all.erase("point");
    for (const char* name : {"family", "workload", "impl"}) {
        all[name] = std::move(axes.at(name));
        axes.erase(name);
    }
    all["axes"] = std::move(axes);
    if (all.contains("latency") && !p.curve.empty()) {
        all["latency"]["curve"] = p.curve;
    }
    if (p.limit_ns) {
        all["limit_ns"] = *p.limit_ns;
    }
    put(all, "limit_by", p.limit_by);
    put(all, "command", p.command);
    put(all, "reason", p.reason);
    all["trials"] = columns_of(p.trials);
    return all;
}

/// One point after the other: the JSON of all of them at once would take several times the text's memory.
std::string points_text(const std::vector<page_point>& points) {
    std::string text = "[";
    for (const page_point& p : points) {
        json one = point_of(p);
        round_numbers(one);
        text += text.size() == 1 ? "" : ",";
        text += fields::text_of(one);
    }
    return text + "]";
}

std::string file_of(const page_file& file) {
    json head{{"file", file.file}, {"label", file.label}};
    put(head, "date", file.date);
    const std::vector<page_point>* points = nullptr;
    std::visit(
        [&]<class Kind>(const Kind& one) {
            if constexpr (std::is_same_v<Kind, page_result>) {
                head["kind"] = "result";
                head["environment"] = fields::write(one.environment);
                head["run"] = fields::write(one.run);
                points = &one.points;
            } else if constexpr (std::is_same_v<Kind, page_gate>) {
                head["kind"] = "gate";
                head["gate"] = fields::write(one.whole);
            } else if constexpr (std::is_same_v<Kind, page_history>) {
                head["kind"] = "history";
                head["history"] = fields::write(one.whole);
            } else {
                head["kind"] = "foreign";
                head["environment"] = fields::write(one.environment);
                points = &one.points;
            }
        },
        file.is);
    round_numbers(head);
    std::string text = fields::text_of(head);
    if (points != nullptr) {
        text.back() = ',';
        text += "\"points\":" + points_text(*points) + "}";
    }
    return text;
}

}  // namespace

std::string page_text(const page_data& data) {
    std::string text = R"({"schema":1,"made_by":)" +
                       fields::text_of(json{{"version", data.version}, {"commit", data.commit}}) +
                       ",\"files\":[";
    for (const page_file& file : data.files) {
        text += text.back() == '[' ? "" : ",";
        text += file_of(file);
    }
    return text + "]}";
}

}  // namespace handoff::harness
