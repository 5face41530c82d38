#include "journal_fields.hpp"
#include "result_parts.hpp"

namespace handoff::harness {

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

template <>
struct fields_of<caught_implementation> {
    static void each(auto& r, auto& visit) {
        visit("family", r.family);
        visit("impl", r.impl);
        visit("points", r.points);
        visit("reason", r.reason);
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
        visit.unless_empty("caught", r.caught);
        visit("left_out", r.left_out);
        visit.unless_empty("not_built", r.not_built);
        visit.unless_empty("adapted", r.adapted);
        visit.unless_empty("tested", r.tested);
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

template <>
struct fields_of<result_file> {
    static void each(auto& r, auto& visit) {
        visit("context", r.context);
        visit("benchmarks", r.rows);
        visit("run", r.run);
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

HANDOFF_JSON_PART(run_record);

HANDOFF_JSON_RECORD(result_file);

}  // namespace handoff::harness
