#include <algorithm>
#include <array>
#include <cctype>
#include <limits>

#include "foreign_fields.hpp"
#include "result_file.hpp"

namespace handoff::harness {

namespace {

using nlohmann::json;

/// What two files must have in common, in the keys of the context and of its part `handoff`.
constexpr std::array stated_by_google_benchmark{"host_name", "num_cpus", "caches", "library_build_type"};
constexpr std::array stated_by_handoff{"cpu_model", "cpus_allowed",   "physical_cores", "smt",
                                       "governor",  "virtualization", "kernel",         "clocksource",
                                       "compiler",  "flags",          "build_type"};

std::optional<double> number_under(const json& from, const char* key) {
    const auto found = from.find(key);
    return found != from.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

/// Old versions of Google Benchmark do not say `run_type`; their aggregates are known by their names.
bool is_aggregate(const json& row, const std::string& name) {
    if (const auto type = row.find("run_type"); type != row.end()) {
        return *type == "aggregate";
    }
    return std::ranges::any_of(std::array{"_mean", "_median", "_stddev", "_cv", "_BigO", "_RMS"},
                               [&](const char* end) { return name.ends_with(end); });
}

std::string error_of(const json& row) {
    for (const auto& [said, why] :
         {std::pair("error_occurred", "error_message"), {"skipped", "skip_message"}}) {
        if (row.contains(said) && row.at(said) == true) {
            return row.contains(why) ? words_of(row.at(why)) : said;
        }
    }
    return "";
}

foreign_row read_row(const json& row, bool ours) {
    foreign_row read;
    fields::reader visit(row);
    visit.required("name", read.name);
    visit("threads", read.threads);
    read.real_time = number_under(row, "real_time");
    read.cpu_time = number_under(row, "cpu_time");
    if (!ours) {
        visit("time_unit", read.time_unit);
        read.aggregate = is_aggregate(row, read.name);
        read.error = error_of(row);
        return read;
    }
    visit.required("counted", read.counted);
    visit("check", read.check);
    visit("rate", read.rate);
    read.repetition = row.contains("repetition_index") ? words_of(row.at("repetition_index")) : "?";
    if (const auto found = row.find("latency"); found != row.end()) {
        read.latency.emplace();
        const auto p50 = found->is_object() ? number_under(*found, "p50") : std::nullopt;
        read.latency->p50 = p50.value_or(std::numeric_limits<double>::quiet_NaN());
    }
    if (const auto found = row.find("metrics"); found != row.end() && found->is_object()) {
        for (const auto& [name, value] : found->items()) {
            if (value.is_number()) {
                read.metrics.emplace(name, value.get<double>());
            }
        }
    }
    return read;
}

}  // namespace

template <>
struct fields_of<foreign_state> {
    static void each(auto& r, auto& visit) {
        visit.required("counted", r.counted);
        visit.required("trials", r.trials);
        visit.required("transfer_ns", r.transfer_ns);
    }
};

template <>
struct fields_of<foreign_point> {
    static void each(auto& r, auto& visit) {
        visit.required("name", r.name);
        visit.required("measure", r.measure);
        visit.required("threads", r.threads);
    }
};

template <>
struct fields_of<foreign_failure> {
    static void each(auto& r, auto& visit) {
        visit.required("point", r.point);
        visit.required("status", r.status);
        visit.required("reason", r.reason);
    }
};

namespace {

foreign_run read_run(const json& from) {
    foreign_run run;
    fields::reader visit(from);
    visit.required("id", run.id);
    visit.required("complete", run.complete);
    const auto sweep = from.find("sweep");
    if (sweep == from.end() || !sweep->is_object() || !sweep->contains("min_time_seconds")) {
        throw malformed("no key 'sweep.min_time_seconds'");
    }
    run.min_time_seconds = words_of(sweep->at("min_time_seconds"));
    visit.required("states", run.states);
    visit.required("points", run.points);
    visit.required("failed", run.failed);
    return run;
}

/// Throws where the file is of a version that nobody here knows.
void check_schema(const json& run) {
    const json schema = run.is_object() && run.contains("schema") ? run.at("schema") : json();
    std::string legal;
    for (int known = 1; known <= result_schema; ++known) {
        if (schema == known) {
            return;
        }
        legal += (legal.empty() ? "" : ", ") + std::to_string(known);
    }
    throw malformed("a result file of schema " + fields::text_of(schema) + ": legal: " + legal);
}

}  // namespace

const std::string* stated_context::stated(const std::string& key) const {
    const auto found = std::ranges::find(environment, key, &std::pair<std::string, std::string>::first);
    return found == environment.end() ? nullptr : &found->second;
}

/// All that a file states of its machine and its build, as a history keeps it.
template <>
struct fields::codec<stated_context> {
    static json write(const stated_context& context) {
        json all{{"libraries", context.libraries}};
        for (const auto& [key, value] : context.environment) {
            all[key] = value;
        }
        return all;
    }
};

template std::string line_of<stated_context>(const stated_context&);

stated_context stated_context_of(const json& context) {
    stated_context stated;
    if (!context.is_object()) {
        return stated;
    }
    const auto keep = [&](const json& from, const char* key) {
        if (from.contains(key)) {
            stated.environment.emplace_back(key, words_of(from.at(key)));
        }
    };
    const auto object_under = [](const json& from, const char* key) {
        return from.contains(key) && from.at(key).is_object() ? from.at(key) : json::object();
    };
    for (const char* key : stated_by_google_benchmark) {
        keep(context, key);
    }
    const json handoff = object_under(context, "handoff");
    for (const char* key : stated_by_handoff) {
        keep(handoff, key);
    }
    const json libraries = object_under(handoff, "libraries");
    for (const auto& [name, version] : libraries.items()) {
        stated.libraries[name] = words_of(version);
    }
    stated.date = context.contains("date") ? words_of(context.at("date")) : "";
    if (handoff.contains("git_commit")) {
        const bool dirty = handoff.contains("git_dirty") && handoff.at("git_dirty") == true;
        stated.commit = words_of(handoff.at("git_commit")) + (dirty ? " (dirty)" : "");
    }
    return stated;
}

json parse_tolerantly(std::string_view text) {
    std::string strict;
    strict.reserve(text.size());
    bool in_string = false;
    for (std::size_t i = 0; i < text.size();) {
        if (in_string) {
            in_string = text[i] != '"';
            if (text[i] == '\\' && i + 1 < text.size()) {
                strict += text[i++];
            }
            strict += text[i++];
            continue;
        }
        std::size_t end = i + (text[i] == '-' ? 1 : 0);
        std::string word;
        while (end < text.size() && std::isalpha(static_cast<unsigned char>(text[end])) != 0) {
            word += static_cast<char>(std::tolower(static_cast<unsigned char>(text[end++])));
        }
        if (word == "nan" || word == "inf" || word == "infinity") {
            strict += "null";
            i = end;
        } else if (!word.empty()) {
            strict.append(text, i, end - i);
            i = end;
        } else {
            in_string = text[i] == '"';
            strict += text[i++];
        }
    }
    json parsed = fields::parsed(strict);
    if (parsed.is_discarded()) {
        throw no_json();
    }
    return parsed;
}

foreign_file read_foreign_file(std::string_view text) {
    const json document = parse_tolerantly(text);
    if (!document.is_object() || !document.contains("benchmarks") || !document.at("benchmarks").is_array()) {
        throw no_benchmarks();
    }
    foreign_file file;
    const json context = document.contains("context") ? document.at("context") : json::object();
    const bool ours = document.contains("run") && context.is_object() && context.contains("handoff");
    if (ours) {
        check_schema(document.at("run"));
    }
    std::string place;
    try {
        if (!context.is_object()) {
            throw malformed("context: expected an object, found " + fields::reader::shown(context));
        }
        file.context = stated_context_of(context);
        if (ours) {
            place = "run: ";
            file.run = read_run(document.at("run"));
        }
        const json& rows = document.at("benchmarks");
        for (std::size_t i = 0; i < rows.size(); ++i) {
            place = "benchmarks[" + std::to_string(i) + "]: ";
            file.rows.push_back(read_row(rows[i], ours));
        }
    } catch (const malformed& e) {
        throw malformed((ours ? "breaks results/schema.json: " : "not as Google Benchmark writes it: ") +
                        place + e.what());
    }
    return file;
}

}  // namespace handoff::harness
