#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>
#include <utility>

#include "foreign_fields.hpp"
#include "kept_json.hpp"
#include "report_source.hpp"
#include "result_parts.hpp"
#include "trial_fields.hpp"

namespace handoff::harness {

// Of history_json.cpp and gate_json.cpp.
extern template history_view from_json<history_view>(const nlohmann::json&);
extern template nlohmann::json to_json<history_view>(const history_view&);
extern template nlohmann::json to_json<gate_result>(const gate_result&);

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 1> unread{"team"};
constexpr std::array<std::string_view, 1> as_text{"histogram"};

/// Takes an object's text, and leaves nothing of it.
kept_json keep(json& value) {
    return {fields::text_of(std::exchange(value, nullptr))};
}

/// The rows of a result, one by one, before it is known that the file is one.
class row_reader {
public:
    /// Makes room for as many rows as the text seems to have: a vector that grows takes three times its room.
    explicit row_reader(std::string_view text) {
        constexpr std::string_view once_a_row = "\"repetition_index\"";
        constexpr std::size_t shortest_row = 500;
        std::size_t rows = 0;
        for (auto at = text.find(once_a_row); at != std::string_view::npos;
             at = text.find(once_a_row, at + 1)) {
            ++rows;
        }
        rows_.reserve(std::min(rows, text.size() / shortest_row));
    }

    void see(json&& row) {
        ++seen_;
        if (!error_.empty()) {
            return;
        }
        try {
            rows_.push_back(read(std::move(row)));
        } catch (const malformed& e) {
            error_ = "benchmarks[" + std::to_string(seen_ - 1) + "]: " + e.what();
            rows_.clear();
            samples_.clear();
        }
    }

    /// Throws malformed where some row was no row of a result.
    void give(result_source& to) {
        if (!error_.empty()) {
            throw malformed(error_);
        }
        to.results.rows = std::move(rows_);
        to.samples = std::move(samples_);
    }

private:
    result_row read(json&& value) {
        std::string histogram;
        if (value.is_object() && value.contains("latency") && value.at("latency").is_object()) {
            json& latency = value.at("latency");
            if (const auto found = latency.find("histogram"); found != latency.end()) {
                histogram = found->is_string() ? found->get<std::string>() : "";
                latency.erase(found);
            }
        }
        result_row row = from_json<result_row>(value);
        measured_trial& m = *row.trial.measurement;
        m.listed.point = {};
        if (row.counted && !histogram.empty()) {
            auto& of_point = samples_[m.listed.name];
            const auto samples = fields::read<stored_samples>(read_line(histogram));
            for (const auto& [index, count] : samples.buckets) {
                of_point[samples.ns(index)] += count;
            }
        }
        return row;
    }

    std::vector<result_row> rows_;
    std::map<std::string, std::map<double, std::uint64_t>> samples_;
    std::size_t seen_ = 0;
    std::string error_;
};

/// Each row gets its point's place and measure, whatever it says itself. Throws malformed.
void put_rows_to_points(result_file& results) {
    std::unordered_map<std::string, std::size_t> places;
    for (const result_point& point : results.run.points) {
        const auto broken = [&](const std::string& what) {
            throw malformed("run.points: " + beginning_of(point.listed.name, 200) + " " + what);
        };
        if (!places.emplace(point.listed.name, places.size()).second) {
            broken("stands twice");
        }
        if (point.caught && !point.failed) {
            broken("was caught, and says nothing of its failed trials");
        }
        try {
            to_json(point);
        } catch (const std::logic_error&) {  // of a number that is none
            broken("has an axis whose value is no number");
        }
    }
    std::set<std::pair<std::size_t, unsigned>> seen;
    for (std::size_t i = 0; i < results.rows.size(); ++i) {
        result_row& row = results.rows[i];
        const auto place = places.find(row.name());
        const auto broken = [&](const std::string& what) {
            throw malformed("benchmarks[" + std::to_string(i) + "]: " + what);
        };
        if (place == places.end()) {
            broken(beginning_of(row.name(), 200) + " is not among run.points");
        }
        row.point_index = place->second;
        const result_point& point = results.run.points[place->second];
        row.trial.measurement->listed.measure = point.listed.measure;
        if (const auto cost = cost_of(row.measured()); row.counted && !(cost && *cost >= 0)) {
            row.counted = false;
            row.flags.push_back("no " + point.listed.measure + " that is a number");
        }
        if (!seen.emplace(row.point_index, row.trial.repetition).second) {
            broken("repetition " + std::to_string(row.trial.repetition) + " of " +
                   beginning_of(row.name(), 200) + " stands twice; results of two runs are two files");
        }
    }
    std::ranges::stable_sort(results.rows, {}, [](const result_row& row) {
        return std::pair(row.point_index, row.trial.repetition);
    });
}

result_source read_result(json& document, row_reader& rows) {
    result_source source;
    const auto within = [&](const std::string& place, const auto& read) {
        try {
            read();
        } catch (const malformed& e) {
            throw malformed("breaks results/schema.json: " + place + e.what());
        }
    };
    json& run = document.at("run");
    check_schema(run);
    within("", [&] { rows.give(source); });
    within("context: ", [&] { source.results.context = from_json<environment>(document.at("context")); });
    within("run: ", [&] {
        source.results.run = fields::read<run_record>(run);
        for (const char* key : {"id", "complete", "sweep", "states", "implementations", "points", "failed"}) {
            if (!run.contains(key)) {
                throw malformed(std::string("no key '") + key + "'");
            }
        }
        // The tables of this version: older files have none or less.
        json& measures = run["measures"] = json::object();
        for (const result_point& p : source.results.run.points) {
            measures[p.listed.measure] = fields::write(measure_named(p.listed.measure));
        }
        json& table = run["axes"] = json::array();
        for (const axis& a : axes()) {
            table.push_back(fields::write(a));
        }
        run.erase("points");
        run.erase("failed");
    });
    within("", [&] { put_rows_to_points(source.results); });
    source.environment = keep(document.at("context"));
    source.run = keep(run);
    return source;
}

bool is_object_under(const json& document, const char* key) {
    const auto found = document.find(key);
    return found != document.end() && found->is_object();
}

/// What `handoff history show` cannot have written, and nobody could read: changes where there are no entries.
void check_series(const history_view& view) {
    for (std::size_t i = 0; i < view.series.size(); ++i) {
        const history_series& s = view.series[i];
        const auto refuse = [&](const std::string& what) {
            throw malformed("breaks results/history.schema.json: series[" + std::to_string(i) + "]: " + what);
        };
        if (s.first_tested >= s.entries.size()) {
            refuse("no entries from " + std::to_string(s.first_tested) + " on, where its tests begin");
        }
        std::size_t before = s.first_tested;
        for (const series_change& change : s.changes) {
            if (change.index <= before || change.index >= s.entries.size()) {
                refuse("a change at entry " + std::to_string(change.index) + " of " +
                       std::to_string(s.entries.size()));
            }
            before = change.index;
        }
    }
}

}  // namespace

report_source read_report_source(std::string_view text) {
    row_reader rows(text);
    json_document read = read_document(
        text, {.unread = unread, .as_text = as_text, .list = "benchmarks", .see = [&](json&& row) {
                   rows.see(std::move(row));
               }});
    json& document = read.value;
    report_source source;
    source.notes = std::move(read.notes);
    if (document.is_object() && document.contains("handoff_gate")) {
        gate_file gate = read_gate_file(text);
        json whole = to_json(gate.result);
        if (is_object_under(document, "context")) {
            whole["context"] = std::move(document.at("context"));
        }
        source.is = gate_source{std::move(gate.result), keep(whole)};
    } else if (document.is_object() && document.contains("handoff_history")) {
        history_view view = from_json<history_view>(document);
        check_series(view);
        json whole = to_json(view);
        source.is = history_source{std::move(view), keep(whole)};
    } else if (document.is_object() && document.contains("run") && document.contains("benchmarks") &&
               is_object_under(document, "context") && document.at("context").contains("handoff")) {
        source.is = read_result(document, rows);
    } else {
        plain_source plain{read_foreign_file(text), {}};
        if (is_object_under(document, "context")) {
            plain.environment = keep(document.at("context"));
        }
        source.is = std::move(plain);
    }
    return source;
}

}  // namespace handoff::harness
