#include "summary.hpp"

#include <utility>

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
    std::vector<const result_row*> with_latency;  // a saturated trial has none
    for (const result_row* one : counted) {
        row.iterations += one->measured().items;
        if (one->measured().latency) {
            with_latency.push_back(one);
        }
    }
    if (!with_latency.empty()) {
        const auto percentile = [&](double latency_summary::* value) {
            return median_of(with_latency, [&](const measured_trial& m) { return *m.latency.*value; });
        };
        row.latency = {{"p50", percentile(&latency_summary::p50)},
                       {"p90", percentile(&latency_summary::p90)},
                       {"p99", percentile(&latency_summary::p99)},
                       {"p99.9", percentile(&latency_summary::p999)}};
    }
    return row;
}

}  // namespace

summary_file summary_of(const result_file& results) {
    const auto counted = results.counted_rows();
    summary_file summary;
    summary.context = results.context;
    for (const result_point& point : results.run.points) {
        const auto found = counted.find(point.listed.name);
        if (found == counted.end()) {
            summary.without_a_counted_trial.push_back(point.listed.name);
        } else {
            summary.rows.push_back(row_of(found->second));
        }
    }
    return summary;
}

}  // namespace handoff::harness
