#include "page_data.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "environment.hpp"
#include "measures.hpp"
#include "reason.hpp"
#include "result.hpp"
#include "statistics.hpp"
#include "text.hpp"
#include "trial_process.hpp"

namespace handoff::harness {

namespace {

// --------------------------------------------------------------------------------------------------- columns

std::optional<double> finite(double value) {
    return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// Drops what holds nothing.
void drop_empty(trial_numbers& column) {
    if (std::ranges::none_of(column, [](const auto& one) { return one.has_value(); })) {
        column.clear();
    }
}
void drop_empty(std::vector<std::string>& column) {
    if (std::ranges::all_of(column, &std::string::empty)) {
        column.clear();
    }
}

/// Each of the columns of numbers.
constexpr std::array number_columns{
    &trial_columns::cost,        &trial_columns::time_ns,  &trial_columns::cpu_ns,
    &trial_columns::limit_share, &trial_columns::p50,      &trial_columns::p99,
    &trial_columns::p999,        &trial_columns::fairness, &trial_columns::memory_bytes,
    &trial_columns::allocations, &trial_columns::probe_ns};

class columns {
public:
    void add_row(const std::string& measure, const result_row& row) {
        const measured_trial& m = row.measured();
        begin(row.trial.repetition, row.counted, row.trial.status, joined(row.flags), m.check);
        made_.state.back() = row.state;
        made_.level.back() = row.level.value_or("");
        const auto cost = cost_of(measure, m);
        made_.cost.back() = cost ? finite(*cost) : std::nullopt;
        made_.time_ns.back() = finite(m.real_time_ns);
        made_.cpu_ns.back() = finite(m.cpu_time_ns);
        made_.limit_share.back() = row.limit_share;
        if (m.latency && !is_saturated(m.metrics)) {
            made_.p50.back() = m.latency->p50;
            made_.p99.back() = m.latency->p99;
            made_.p999.back() = m.latency->p999;
        }
        for (const auto& [role, index] : m.fairness) {
            auto& lowest = made_.fairness.back();
            lowest = lowest ? std::min(*lowest, index) : index;
        }
        if (m.costs.peak_memory_bytes) {
            made_.memory_bytes.back() = static_cast<double>(*m.costs.peak_memory_bytes);
        }
        made_.allocations.back() = m.costs.allocations_per_item;
        if (m.probe) {
            made_.probe_ns.back() = m.probe->middle_ns();
        }
        for (const auto& [name, value] : m.metrics) {
            trial_numbers& column = made_.metrics[name];
            column.resize(made_.repetition.size());
            column.back() = value;
        }
    }
    void add_failed(const trial_line& trial) {
        begin(trial.repetition, false, trial.status, trial.reason, trial.check);
    }
    void add_plain(const foreign_row& row) {
        const std::optional<double> time = row.real_time_ns();
        const bool has_time = time && std::isfinite(*time) && *time >= 0;
        const std::string error = !row.error.empty() ? row.error
                                  : has_time         ? ""
                                                     : "no real_time that is a number";
        begin(static_cast<unsigned>(made_.repetition.size()), error.empty(),
              error.empty() ? trial_status::ok : trial_status::invalid, error, "");
        if (error.empty()) {
            made_.time_ns.back() = time;
            made_.cost.back() = time;
            made_.cpu_ns.back() = row.cpu_time_ns();
        }
    }
    trial_columns made() {
        for (const auto column : number_columns) {
            drop_empty(made_.*column);
        }
        for (const auto column :
             {&trial_columns::why, &trial_columns::state, &trial_columns::check, &trial_columns::level}) {
            drop_empty(made_.*column);
        }
        for (auto& [name, column] : made_.metrics) {
            column.resize(made_.repetition.size());
        }
        return std::move(made_);
    }

private:
    void begin(unsigned repetition, bool counted, trial_status status, std::string why, std::string check) {
        made_.repetition.push_back(repetition);
        made_.counted.push_back(counted ? 1 : 0);
        made_.status.emplace_back(word(status));
        made_.why.push_back(std::move(why));
        made_.check.push_back(std::move(check));
        made_.state.emplace_back();
        made_.level.emplace_back();
        for (const auto column : number_columns) {
            (made_.*column).emplace_back();
        }
    }

    trial_columns made_;
};

// ---------------------------------------------------------------------------------------------------- results

/// At most so many points of a curve of percentiles; more than any picture shows.
constexpr std::array curve_quantiles{
    0.0,  0.01,  0.02,  0.05,  0.1,   0.15,   0.2,    0.25,   0.3,     0.35,    0.4,      0.45, 0.5,
    0.55, 0.6,   0.65,  0.7,   0.75,  0.8,    0.85,   0.9,    0.925,   0.95,    0.97,     0.98, 0.985,
    0.99, 0.993, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999, 0.99995, 0.99999, 0.999999, 1.0};
static_assert(curve_quantiles.size() <= 40);

/// The distribution of the samples, as far as there are samples: a quantile beyond the last but one is the
/// greatest.
std::vector<std::pair<double, double>> curve_of(const std::map<double, std::uint64_t>& samples,
                                                const merged_latency& merged) {
    double count = 0;
    for (const auto& [ns, many] : samples) {
        count += static_cast<double>(many);
    }
    std::vector<std::pair<double, double>> curve;
    auto at = samples.begin();
    double below = 0;
    for (const double share : curve_quantiles) {
        if (share < 1 && (1 - share) * count < 1 && share > 0) {
            continue;  // fewer than one sample lies beyond it
        }
        while (at != samples.end() && below + static_cast<double>(at->second) < share * count) {
            below += static_cast<double>(at->second);
            ++at;
        }
        const double ns =
            share == 0   ? merged.min
            : share == 1 ? merged.max
                         : std::clamp(at == samples.end() ? merged.max : at->first, merged.min, merged.max);
        curve.emplace_back(share, ns);
    }
    return curve;
}

/// That runs a point again as its first trial was run. Files do not say where the binary was.
std::string command_of(const result_point& point, const result_row& row, const sweep_settings& sweep) {
    trial_request request;
    request.binary = "build/release/bin/bench_" + point.listed.point.family;
    request.point = point.listed.name;
    request.seed = row.measured().seed;
    request.min_time_seconds = point.listed.window_seconds(sweep.min_time_seconds);
    const measured_trial& m = row.measured();
    if (m.rate) {
        request.rate = static_cast<std::uint64_t>(*m.rate);
    }
    if (point.listed.light_check) {
        request.check = check_kind::light;
    }
    return command_text(trial_command(request));
}

page_result result_of(result_source source) {
    result_file& results = source.results;
    page_result page;
    page.environment = std::move(source.environment);
    page.run = std::move(source.run);
    std::map<std::string, std::vector<const trial_line*>> failed;
    for (const trial_line& trial : results.run.failed) {
        failed[trial.point].push_back(&trial);
    }
    const std::map<std::string, failed_trials> failures = failures_of(results.run.failed);
    auto row = results.rows.cbegin();
    for (std::size_t i = 0; i < results.run.points.size(); ++i) {
        result_point& point = results.run.points[i];
        page_point made;
        columns trials;
        std::vector<const result_row*> rows;
        std::vector<double> limits;
        for (; row != results.rows.cend() && row->point_index == i; ++row) {
            trials.add_row(point.listed.measure, *row);
            if (made.command.empty()) {
                made.command = command_of(point, *row, results.run.sweep);
            }
            rows.push_back(&*row);
            if (row->counted && row->limit_ns) {
                limits.push_back(*row->limit_ns);
                made.limit_by = row->limit_by;
            }
        }
        if (const auto found = failures.find(point.listed.name); !point.failed && found != failures.end()) {
            point.failed = found->second;  // files from before that say it of trials only
            point.failed->trials = point.trials_ok + failed[point.listed.name].size();
        }
        for (const trial_line* trial : failed[point.listed.name]) {
            trials.add_failed(*trial);
            if (made.command.empty()) {
                made.command = trial->command;
            }
        }
        made.trials = trials.made();
        if (!limits.empty()) {
            made.limit_ns = median(std::move(limits));
        }
        made.reason = reason_of(point, rows);
        if (const auto samples = source.samples.find(point.listed.name);
            samples != source.samples.end() && point.latency) {
            made.curve = curve_of(samples->second, *point.latency);
        }
        made.of = std::move(point);
        page.points.push_back(std::move(made));
    }
    return page;
}

// ------------------------------------------------------------------------------------------------ other files

page_foreign foreign_of(plain_source source) {
    page_foreign page;
    page.environment = std::move(source.environment);
    std::vector<std::string> names;
    std::map<std::string, std::pair<columns, std::size_t>> points;  // and its threads
    for (const foreign_row& row : source.file.rows) {
        if (row.aggregate) {
            continue;  // it repeats others
        }
        const auto [found, is_new] = points.try_emplace(row.name);
        if (is_new) {
            names.push_back(row.name);
            found->second.second = row.threads;
        }
        found->second.first.add_plain(row);
    }
    for (const std::string& name : names) {
        auto& [trials, threads] = points.at(name);
        page_point made;
        made.trials = trials.made();
        result_point& of = made.of;
        of.listed.name = name;
        of.listed.point.impl = name;
        of.listed.threads = threads;
        of.listed.rivals = "all";
        of.listed.measure = "real_time";
        for (const int counted : made.trials.counted) {
            of.trials_ok += static_cast<std::size_t>(counted);
        }
        of.trials_counted = of.trials_ok;
        page.points.push_back(std::move(made));
    }
    return page;
}

page_file file_of(named_source from) {
    page_file file;
    file.file = std::filesystem::path(from.path).filename();
    if (auto* result = std::get_if<result_source>(&from.source.is)) {
        file.date = result->results.context.date;
        file.is = result_of(std::move(*result));
    } else if (auto* gate = std::get_if<gate_source>(&from.source.is)) {
        file.date = gate->result.setup.date;
        file.is = page_gate{std::move(gate->whole)};
    } else if (auto* history = std::get_if<history_source>(&from.source.is)) {
        for (const history_series& series : history->view.series) {
            for (const series_entry& entry : series.entries) {
                file.date = std::max(file.date, entry.date);  // the latest
            }
        }
        file.is = page_history{std::move(history->whole)};
    } else {
        auto& plain = std::get<plain_source>(from.source.is);
        file.date = plain.file.context.date;
        file.is = foreign_of(std::move(plain));
    }
    return file;
}

/// Names that no two files share: the file's; with its folder where another has the same; else numbered.
std::vector<std::string> labels_of(const std::vector<std::string>& paths) {
    namespace fs = std::filesystem;
    std::map<std::string, std::size_t> names;
    for (const std::string& path : paths) {
        ++names[fs::path(path).filename()];
    }
    std::vector<std::string> labels;
    std::set<std::string> given;
    for (const std::string& path : paths) {
        const fs::path whole = fs::absolute(path).lexically_normal();
        std::string label = whole.filename();
        if (names[label] > 1 && whole.has_parent_path()) {
            label = (whole.parent_path().filename() / whole.filename()).string();
        }
        const std::string wanted = label;
        for (int i = 2; !given.insert(label).second; ++i) {
            label = wanted + " (" + std::to_string(i) + ")";
        }
        labels.push_back(label);
    }
    return labels;
}

}  // namespace

page_data page_data_of(std::vector<named_source> sources) {
    std::vector<std::string> paths;
    for (const named_source& one : sources) {
        paths.push_back(one.path);
    }
    const std::vector<std::string> labels = labels_of(paths);
    page_data page{build_info::version, build_info::description.git_commit, {}};
    for (std::size_t i = 0; i < sources.size(); ++i) {
        page.files.push_back(file_of(std::move(sources[i])));
        page.files.back().label = labels[i];
    }
    return page;
}

}  // namespace handoff::harness
