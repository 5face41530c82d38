#include <algorithm>
#include <array>
#include <limits>
#include <set>

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

/// What the rows say of themselves. Old versions of Google Benchmark do not say `run_type`.
bool says_aggregate(const json& row) {
    const auto type = row.find("run_type");
    return type != row.end() ? *type == "aggregate"
                             : row.contains("rms") || row.contains("big_o") || row.contains("cpu_coefficient");
}

/// Of rows without `run_type`: one whose name is another row's with an ending repeats that one. Anything may be
/// called x_mean; only where x stands beside it is it x's mean.
void find_unsaid_aggregates(std::vector<foreign_row>& rows, const std::vector<std::size_t>& unsaid) {
    std::set<std::string_view> names;
    for (const foreign_row& row : rows) {
        names.insert(row.name);
    }
    for (const std::size_t i : unsaid) {
        const std::string_view name = rows[i].name;
        for (const std::string_view end : {"_mean", "_median", "_stddev", "_cv", "_BigO", "_RMS"}) {
            rows[i].aggregate |=
                name.ends_with(end) && names.contains(name.substr(0, name.size() - end.size()));
        }
    }
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

foreign_row read_row(const json& row, bool ours, const std::string& counter) {
    foreign_row read;
    fields::reader visit(row);
    visit.required("name", read.name);
    visit("threads", read.threads);
    read.real_time = number_under(row, "real_time");
    read.cpu_time = number_under(row, "cpu_time");
    if (row.contains("repetition_index")) {
        read.repetition = words_of(row.at("repetition_index"));
    }
    if (!ours) {
        visit("time_unit", read.time_unit);
        read.aggregate = says_aggregate(row);
        read.error = error_of(row);
        if (const auto value = counter.empty() ? std::nullopt : number_under(row, counter.c_str())) {
            read.metrics.emplace(counter, *value);
        }
        return read;
    }
    visit.required("counted", read.counted);
    visit("check", read.check);
    visit("rate", read.rate);
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

}  // namespace

void check_schema(const json& run) {
    const json schema = run.is_object() && run.contains("schema") ? run.at("schema") : json();
    std::string legal;
    for (int known = 1; known <= result_schema; ++known) {
        if (schema == known) {
            return;
        }
        legal += (legal.empty() ? "" : ", ") + std::to_string(known);
    }
    throw malformed("a result file of schema " + fields::reader::shown(schema) + ": legal: " + legal);
}

double foreign_row::unit_ns() const {
    return time_unit == "ns"   ? 1
           : time_unit == "us" ? 1e3
           : time_unit == "ms" ? 1e6
           : time_unit == "s"  ? 1e9
                               : 0;
}

std::optional<double> foreign_row::in_ns(const std::optional<double>& time) const {
    return time && unit_ns() > 0 ? std::optional(*time * unit_ns()) : std::nullopt;
}

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

namespace {

bool has(const json& object, const char* key) {
    return object.is_object() && object.contains(key);
}

/// The first of a list under a key; null where there is none.
json first_under(const json& object, const char* key) {
    return has(object, key) && object.at(key).is_array() && !object.at(key).empty() ? object.at(key).front()
                                                                                    : json();
}

/// What a document is that lists no measurements of ours or of Google Benchmark.
std::string what_it_is(const json& document) {
    constexpr std::array ours{
        std::pair("handoff_gate",
                  "what `handoff gate --json` writes: it has ratios already (`handoff history add` "
                  "keeps them, plot/plot.py draws them)"),
        std::pair("handoff_gate_self_test", "what `handoff gate --self-test --json` writes"),
        std::pair("handoff_compare",
                  "what `handoff compare --json` writes: it has ratios already (plot/plot.py draws "
                  "them)"),
        std::pair("handoff_history", "what `handoff history show --json` writes: plot/plot.py draws it"),
        std::pair("handoff_doctor", "what `handoff doctor --json` writes"),
        std::pair("handoff_journal",
                  "a run's journal; `handoff run --resume` of its folder writes results.json"),
        std::pair("blocks", "a sweep; `handoff run` measures it")};
    for (const auto& [key, what] : ours) {
        if (has(document, key)) {
            return what;
        }
    }
    if (has(first_under(document, "benchmarks"), "stats")) {
        return "pytest-benchmark's: it has statistics of rounds in one process and no repetitions";
    }
    if (has(first_under(document, "results"), "command")) {
        return "hyperfine's: it has times of commands";
    }
    if (document.is_array() && !document.empty() && has(document.front(), "primaryMetric")) {
        return "JMH's";
    }
    return "JSON without a list of benchmarks";
}

/// Whether a plain file's rows look like Google Benchmark's, which have times, errors or are aggregates.
bool has_a_time(const std::vector<foreign_row>& rows, const json& list) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].aggregate || !rows[i].error.empty() || list[i].contains("real_time") ||
            list[i].contains("cpu_time")) {
            return true;
        }
    }
    return rows.empty();
}

/// Throws where one repetition of a point stands twice: an interval from copies is narrower than the truth.
void check_repetitions(const json& rows) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const json& row = rows[i];
        if (!row.contains("repetition_index") || row.value("run_type", json()) == "aggregate") {
            continue;
        }
        std::string key;
        for (const char* part :
             {"name", "family_index", "per_family_instance_index", "threads", "repetition_index"}) {
            key += (row.contains(part) ? fields::text_of(row.at(part)) : "-") + " ";
        }
        if (!seen.insert(std::move(key)).second) {
            throw malformed("benchmarks[" + std::to_string(i) + "]: repetition " +
                            words_of(row.at("repetition_index")) + " of " +
                            beginning_of(words_of(row.at("name")), 200) +
                            " stands twice; results of two runs are two files");
        }
    }
}

/// What takes most of a result file's room, and what no comparison reads.
constexpr std::array<std::string_view, 2> unread{"team", "histogram"};

}  // namespace

foreign_file read_foreign_file(std::string_view text, const std::string& counter) {
    json_document read = read_document(text, {.unread = unread});
    const json& document = read.value;
    if (!has(document, "benchmarks") || !document.at("benchmarks").is_array()) {
        throw no_benchmarks(what_it_is(document));
    }
    foreign_file file;
    file.notes = std::move(read.notes);
    const json context = document.contains("context") ? document.at("context") : json::object();
    const bool ours = document.contains("run") && context.is_object() && context.contains("handoff");
    if (ours) {
        check_schema(document.at("run"));
    }
    const json& rows = document.at("benchmarks");
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
        std::vector<std::size_t> unsaid;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            place = "benchmarks[" + std::to_string(i) + "]: ";
            file.rows.push_back(read_row(rows[i], ours, counter));
            if (!ours && !rows[i].contains("run_type")) {
                unsaid.push_back(i);
            }
        }
        find_unsaid_aggregates(file.rows, unsaid);
        place = "";
        check_repetitions(rows);
    } catch (const malformed& e) {
        throw malformed((ours ? "breaks results/schema.json: " : "not as Google Benchmark writes it: ") +
                        place + e.what());
    }
    if (!ours && !has_a_time(file.rows, rows)) {
        const std::string what = what_it_is(document);
        throw no_benchmarks(
            what.starts_with("JSON") ? "a list of benchmarks without times (real_time, cpu_time)" : what);
    }
    return file;
}

}  // namespace handoff::harness
