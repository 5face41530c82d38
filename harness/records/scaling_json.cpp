#include <limits>

#include "fields.hpp"
#include "result_parts.hpp"
#include "trial_fields.hpp"
#include "upper_limit.hpp"

namespace handoff::harness {

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

HANDOFF_JSON_PART(scaling_series);

HANDOFF_JSON_RECORD(estimate);
HANDOFF_JSON_RECORD(scaling_series);

}  // namespace handoff::harness
