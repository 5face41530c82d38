#include "summary.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "measures.hpp"
#include "result.hpp"
#include "statistics.hpp"

namespace handoff::harness {

namespace {

template <class ValueOf>
double median_of(const std::vector<const result_row*>& rows, ValueOf&& value_of) {
    std::vector<double> values;
    for (const result_row* row : rows) {
        values.push_back(value_of(row->measured()));
    }
    return median(std::move(values));
}

summary_row row_of(const std::vector<const result_row*>& counted) {
    summary_row row;
    row.name = counted.front()->name();
    row.threads = counted.front()->measured().listed.threads;
    row.real_time = median_of(counted, [](const measured_trial& m) { return m.real_time_ns; });
    row.cpu_time = median_of(counted, [](const measured_trial& m) { return m.cpu_time_ns; });
    row.trials_counted = counted.size();
    std::vector<const result_row*> with_latency;
    for (const result_row* one : counted) {
        row.iterations += one->measured().items;
        row.saturated += is_saturated(one->measured().metrics) ? 1 : 0;
        if (one->measured().latency || is_saturated(one->measured().metrics)) {
            with_latency.push_back(one);
        }
    }
    if (!with_latency.empty()) {
        for (const auto& [name, value] : {std::pair("p50", &latency_summary::p50),
                                          {"p90", &latency_summary::p90},
                                          {"p99", &latency_summary::p99},
                                          {"p99.9", &latency_summary::p999}}) {
            const double middle = median_of(with_latency, [&](const measured_trial& m) {
                return is_saturated(m.metrics) ? std::numeric_limits<double>::infinity() : *m.latency.*value;
            });
            if (std::isfinite(middle)) {
                row.latency[name] = middle;
            }
        }
    }
    return row;
}

}  // namespace

summary_file summary_of(const result_file& results) {
    const auto counted = results.counted_rows();
    summary_file summary;
    summary.context = results.context;
    std::map<std::pair<std::string, std::string>, std::string> caught;
    for (const caught_implementation& one : results.run.caught) {
        caught[{one.family, one.impl}] = one.reason;
    }
    for (const result_point& point : results.run.points) {
        const auto found = counted.find(point.listed.name);
        if (point.caught) {
            summary.caught[point.listed.name] = failed_text(*point.failed);
        }
        if (found == counted.end()) {
            summary.without_a_counted_trial.push_back(point.listed.name);
        } else {
            summary.rows.push_back(row_of(found->second));
            if (const auto how = caught.find({point.listed.point.family, point.listed.point.impl});
                how != caught.end()) {
                summary.rows.back().caught = how->second;
            }
        }
    }
    return summary;
}

}  // namespace handoff::harness
