#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "histogram.hpp"
#include "trial_fields.hpp"

namespace handoff::harness {

namespace {

constexpr const char* names[] = {"family", "workload", "impl"};

}  // namespace

nlohmann::json fields::codec<point>::write(const point& p) {
    json values{{"family", p.family}, {"workload", p.workload}, {"impl", p.impl}};
    for (const auto& [name, text] : p.values) {
        const axis* known = find_axis(name);
        if (known == nullptr || known->is == axis::kind::word || text == "unbounded") {
            values[name] = text;
        } else {
            values[name] = p.number(name);
        }
    }
    return values;
}

point fields::codec<point>::read(const json& value) {
    if (!value.is_object()) {
        expected("an object", value);
    }
    const auto text = [](const json& one) {
        return one.is_string() ? one.get<std::string>() : fields::text_of(one);
    };
    point p;
    for (std::string* const member : {&p.family, &p.workload, &p.impl}) {
        const char* name = names[member == &p.family ? 0 : member == &p.workload ? 1 : 2];
        if (const auto found = value.find(name); found != value.end()) {
            *member = text(*found);
        }
    }
    for (const axis& a : axes()) {
        if (const auto found = value.find(std::string(a.name)); found != value.end()) {
            p.values.emplace_back(a.name, text(*found));
        }
    }
    return p;
}

nlohmann::json fields::codec<stored_samples>::write(const stored_samples& samples) {
    json flat = json::array();
    std::uint32_t before = 0;
    for (const auto& [index, count] : samples.buckets) {
        flat.push_back(index - before);
        flat.push_back(count);
        before = index;
    }
    return {{"scale", samples.scale}, {"buckets", std::move(flat)}};
}

namespace {

/// As older binaries and files of schema 1 have them: a pair of nanoseconds and samples for each bucket. They
/// are sorted into buckets of this version, which moves none by more than `histogram::relative_error`.
stored_samples samples_of_pairs(const nlohmann::json& pairs) {
    constexpr double scale = 1e-3;  // finer than any clock, so that small values keep their place
    std::map<std::uint32_t, std::uint64_t> buckets;
    for (const auto& [ns, count] : fields::read<std::vector<std::pair<double, double>>>(pairs)) {
        if (!(ns >= 0 && ns < 1e15 && count >= 0 && count < 1e18)) {
            throw malformed("a histogram: expected pairs of nanoseconds and samples");
        }
        buckets[histogram::bucket_of(static_cast<std::uint64_t>(std::llround(ns / scale)))] +=
            static_cast<std::uint64_t>(count);
    }
    return {scale, {buckets.begin(), buckets.end()}};
}

}  // namespace

stored_samples fields::codec<stored_samples>::read(const json& value) {
    if (value.is_array()) {
        return samples_of_pairs(value);
    }
    if (!value.is_object() || !value.contains("scale") || !value.contains("buckets")) {
        expected("a histogram of scale and buckets", value);
    }
    stored_samples samples{fields::read<double>(value.at("scale")), {}};
    const auto flat = fields::read<std::vector<std::uint64_t>>(value.at("buckets"));
    if (flat.size() % 2 != 0) {
        throw malformed("buckets: expected pairs of a step and a count");
    }
    std::uint64_t index = 0;
    for (std::size_t i = 0; i < flat.size(); i += 2) {
        index += flat[i];
        if (index >= histogram::bucket_count || (flat[i] == 0 && i > 0)) {
            throw malformed("buckets: " + std::to_string(index) + " is no bucket, or stands twice");
        }
        samples.buckets.emplace_back(static_cast<std::uint32_t>(index), flat[i + 1]);
    }
    return samples;
}

HANDOFF_JSON_PART(listed_point);
HANDOFF_JSON_PART(measured_trial);

HANDOFF_JSON_RECORD(listed_point);
HANDOFF_JSON_RECORD(listing);
HANDOFF_JSON_RECORD(latency);
HANDOFF_JSON_RECORD(measured_trial);

}  // namespace handoff::harness
