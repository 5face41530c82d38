#include <cmath>
#include <limits>

#include "calibration_fields.hpp"
#include "journal_fields.hpp"
#include "result_file.hpp"

namespace handoff::harness {

/// An infinite upper limit is null: JSON has no infinity.
struct upper_limit {
    double value;
};

template <>
struct fields::codec<upper_limit> {
    static json write(const upper_limit& limit) {
        return std::isfinite(limit.value) ? json(limit.value) : json(nullptr);
    }
    static upper_limit read(const json& value) {
        return {value.is_null() ? std::numeric_limits<double>::infinity() : fields::read<double>(value)};
    }
};

template <>
struct fields_of<estimate> {
    static void each(auto& r, auto& visit) {
        visit("value", r.value);
        visit("low", r.low);
        if constexpr (std::remove_reference_t<decltype(visit)>::reads) {
            upper_limit high{std::numeric_limits<double>::infinity()};  // what null leaves
            visit("high", high);
            r.high = high.value;
        } else {
            visit("high", upper_limit{r.high});
        }
    }
};

template <>
struct fields_of<curve_point> {
    static void each(auto& r, auto& visit) {
        fields_of<estimate>::each(r.rate, visit);
        visit("threads", r.threads);
        visit("prediction", r.prediction);
    }
};

/// The estimate of a peak says whether it was measured.
struct peak_estimate {
    estimate at;
    bool prediction = false;
};

template <>
struct fields_of<peak_estimate> {
    static void each(auto& r, auto& visit) {
        fields_of<estimate>::each(r.at, visit);
        visit("prediction", r.prediction);
    }
};

template <>
struct fields_of<scaling_law> {
    static void each(auto& r, auto& visit) {
        visit("lambda", r.lambda);
        visit("sigma", r.sigma);
        visit("kappa", r.kappa);
        visit("confidence", r.confidence);
        visit("relative_rms", r.relative_rms);
        visit("thread_counts", r.thread_counts);
        visit("trials", r.trials);
        visit("most_threads", r.most_threads);
        visit("curve", r.curve);
        auto peak = r.peak ? std::optional(peak_estimate{*r.peak, r.peak_is_prediction}) : std::nullopt;
        visit("peak", peak);
        if constexpr (std::remove_reference_t<decltype(visit)>::reads) {
            r.peak = peak ? std::optional(peak->at) : std::nullopt;
            r.peak_is_prediction = peak && peak->prediction;
        }
    }
};

struct series_point {
    std::size_t threads = 0;
    std::string name;
};

template <>
struct fields_of<series_point> {
    static void each(auto& r, auto& visit) {
        visit("threads", r.threads);
        visit("name", r.name);
    }
};

template <>
struct fields_of<scaling_series> {
    static void each(auto& r, auto& visit) {
        visit("name", r.name);
        visit("axis", r.axis);
        visit("point", r.shared);
        std::vector<series_point> points;
        for (const auto& [threads, name] : r.points) {
            points.push_back({threads, name});
        }
        visit("points", points);
        if constexpr (std::remove_reference_t<decltype(visit)>::reads) {
            for (const series_point& p : points) {
                r.points.emplace_back(p.threads, p.name);
            }
        }
        visit("verdict", r.verdict);
        visit.unless_empty("reason", r.reason);
        visit("relative_rms", r.relative_rms);
        visit("fit", r.fit);
    }
};

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
        visit("latency", r.latency);
        visit.unless_empty("humps", r.humps);
        visit.unless_empty("latency_humps", r.latency_humps);
    }
};

template <>
struct fields_of<state_seen> {
    static void each(auto& r, auto& visit) {
        visit("label", r.state.label);
        std::pair range{r.state.least_ns, r.state.greatest_ns};
        visit("transfer_ns", range);
        if constexpr (std::remove_reference_t<decltype(visit)>::reads) {
            r.state.least_ns = range.first;
            r.state.greatest_ns = range.second;
        }
        visit("trials", r.state.trials);
        visit("counted", r.counted);
        visit("cpus", r.cpus);
    }
};

template <>
struct fields_of<ratio_result> {
    static void each(auto& r, auto& visit) {
        fields_of<ratio_request>::each(r.asked, visit);
        visit("pairs", r.pairs);
        visit("verdict", r.verdict);
        visit("median", r.median);
        visit("low", r.low);
        visit("high", r.high);
        visit("confidence", r.confidence);
    }
};

template <>
struct fields_of<state_kernel> {
    static void each(auto& r, auto& visit) {
        visit("median", r.median);
        visit("low", r.low);
        visit("high", r.high);
        visit("least", r.least);
        visit("calibrations", r.calibrations);
    }
};

template <>
struct fields::codec<used_calibration> {
    static json write(const used_calibration& one) {
        json out = one.line.made ? fields::write(*one.line.made) : json::object();
        out["state"] = one.state;
        out["used"] = one.used;
        out["before_trial"] = one.line.before_trial;
        if (!one.line.reason.empty()) {
            out["reason"] = one.line.reason;
        }
        return out;
    }
    static used_calibration read(const json& value) {
        used_calibration one;
        reader visit(value);
        visit("state", one.state);
        visit("used", one.used);
        visit("before_trial", one.line.before_trial);
        visit("reason", one.line.reason);
        if (value.contains("kernels")) {
            one.line.made = fields::read<calibration>(value);
        }
        return one;
    }
};

template <>
struct fields_of<limits_seen> {
    static void each(auto& r, auto& visit) {
        visit.unless_empty("note", r.note);
        visit("above_at", r.above_at);
        visit("kernels", r.kernels);
        visit("calibrations", r.calibrations);
    }
};

template <>
struct fields_of<above_limit_point> {
    static void each(auto& r, auto& visit) {
        visit("name", r.name);
        visit("time_ns", r.time_ns);
        visit("trials", r.trials);
        visit("limit_ns", r.limit_ns);
        visit("least_limit_ns", r.least_limit_ns);
        visit("limit_by", r.limit_by);
        visit("share", r.share);
        visit("least_share", r.least_share);
    }
};

template <>
struct fields_of<retry_counts> {
    static void each(auto& r, auto& visit) {
        visit("budget", r.budget);
        visit("made", r.made);
        visit("cured", r.cured);
    }
};

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

template <>
struct fields_of<run_record> {
    static void each(auto& r, auto& visit) {
        visit.stated("schema", result_schema);
        visit("id", r.id);
        visit("complete", r.complete);
        visit("sweep", r.sweep);
        visit("seed", r.seed);
        visit("trials_planned", r.trials_planned);
        visit("trials_done", r.trials_done);
        visit("retries", r.retries);
        visit("flag_limits", r.flag_limits);
        visit("states", r.states);
        visit("implementations", r.implementations);
        visit("points", r.points);
        visit("failed", r.failed);
        visit("left_out", r.left_out);
        visit.unless_empty("not_built", r.not_built);
        visit("ratios", r.ratios);
        visit("scaling", r.scaling);
        visit.object("clock_check", [&](auto& check) {
            check("measured_seconds", r.measured_seconds);
            check("wall_seconds", r.wall_seconds);
        });
        visit("limits", r.limits);
        if (r.limits) {
            visit("above_limit", r.above_limit);
        }
        if constexpr (!std::remove_reference_t<decltype(visit)>::reads) {
            fields::json table = fields::json::array();
            for (const axis& a : axes()) {
                table.push_back(fields::write(a));
            }
            visit.stated("axes", table);
            fields::json measures = fields::json::object();
            for (const result_point& p : r.points) {
                measures[p.listed.measure] = fields::write(measure_named(p.listed.measure));
            }
            visit.stated("measures", measures);
        }
    }
};

/// A row has Google Benchmark's keys for what a trial measured, and ours.
template <>
struct fields_of<result_row> {
    static void each(auto& r, auto& visit) {
        if constexpr (std::remove_reference_t<decltype(visit)>::reads) {
            r.trial.measurement.emplace();
        }
        auto& m = *r.trial.measurement;
        visit("name", m.listed.name);
        visit("family_index", r.point_index);
        visit.stated("per_family_instance_index", 0);
        visit.stated("run_name", m.listed.name);
        visit.stated("run_type", "iteration");
        visit("repetitions", r.repetitions);
        visit("repetition_index", r.trial.repetition);
        visit("threads", m.listed.threads);
        visit("iterations", m.items);
        visit("real_time", m.real_time_ns);
        visit("cpu_time", m.cpu_time_ns);
        visit.stated("time_unit", "ns");
        visit("thread_time", m.thread_time_ns);
        visit.stated("items_per_second", r.items_per_second());
        visit("status", r.trial.status);
        visit("counted", r.counted);
        visit("flags", r.flags);
        visit("state", r.state);
        visit("point", m.listed.point);
        visit("oversubscribed", m.listed.oversubscribed);
        each_shared_field(m, visit);
        visit("level", r.level);
        visit("trial_wall_seconds", r.trial.trial_wall_seconds);
        visit("steal_ticks", r.trial.steal_ticks);
        visit.stated("steal_seconds", r.trial.steal_seconds());
        visit("retry_of", r.trial.retry_of);
        visit("items_per_transfer", r.items_per_transfer);
        visit("limit_ns", r.limit_ns);
        visit("limit_share", r.limit_share);
        visit.unless_empty("limit_by", r.limit_by);
        if constexpr (!std::remove_reference_t<decltype(visit)>::reads) {
            if (const auto cost = cost_of(m)) {
                visit.stated("ranked_value", measure_named(m.listed.measure).value_of_cost(*cost));
            }
        }
    }
};

template <>
struct fields_of<result_file> {
    static void each(auto& r, auto& visit) {
        visit("context", r.context);
        visit("benchmarks", r.rows);
        visit("run", r.run);
    }
};

template <>
struct fields::codec<summary_row> {
    static json write(const summary_row& r) {
        json row{{"name", r.name},
                 {"per_family_instance_index", 0},
                 {"run_name", r.name},
                 {"run_type", "iteration"},
                 {"repetitions", 1},
                 {"repetition_index", 0},
                 {"threads", r.threads},
                 {"iterations", r.iterations},
                 {"real_time", r.real_time},
                 {"cpu_time", r.cpu_time},
                 {"time_unit", "ns"},
                 {"items_per_second", 1e9 / r.real_time},
                 {"trials_counted", r.trials_counted}};
        for (const auto& [percentile, ns] : r.latency) {
            row["latency_" + percentile] = ns;
        }
        return row;
    }
};

template <>
struct fields::codec<summary_file> {
    static json write(const summary_file& file) {
        json rows = json::array();
        for (const summary_row& row : file.rows) {
            rows.push_back(fields::write(row));
            rows.back()["family_index"] = rows.size() - 1;
        }
        return {{"context", fields::write(file.context)},
                {"benchmarks", std::move(rows)},
                {"without_a_counted_trial", file.without_a_counted_trial}};
    }
};

std::map<std::string, std::vector<const result_row*>> result_file::counted_rows() const {
    std::map<std::string, std::vector<const result_row*>> found;
    for (const result_row& row : rows) {
        if (row.counted) {
            found[row.name()].push_back(&row);
        }
    }
    return found;
}

HANDOFF_JSON_RECORD(estimate);
HANDOFF_JSON_RECORD(limits_seen);
HANDOFF_JSON_RECORD(result_file);
HANDOFF_JSON_RECORD(result_point);
HANDOFF_JSON_RECORD(result_row);
HANDOFF_JSON_RECORD(scaling_series);
template nlohmann::json to_json<summary_file>(const summary_file&);
template std::string file_text_of<summary_file>(const summary_file&);

}  // namespace handoff::harness
