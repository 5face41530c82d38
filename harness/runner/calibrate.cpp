#include "calibrate.hpp"

#include <algorithm>
#include <cmath>

#include "child.hpp"
#include "limit_term.hpp"
#include "result.hpp"
#include "trial_process.hpp"

namespace handoff::harness {

using nlohmann::json;

bool calibration_plan::due(unsigned round) const {
    return std::ranges::find(before, round) != before.end();
}

calibration_plan plan_calibrations(std::size_t trials, unsigned rounds, double min_time_seconds) {
    // A trial's process takes some 30 ms beside its window, and as many windows again to find its length and
    // warm up.
    const double run = static_cast<double>(trials) * (0.03 + 2 * min_time_seconds);
    constexpr double least = 0.25;
    constexpr double most = 2;
    const double budget = run / 20;
    const auto afford = static_cast<std::size_t>(budget / least);
    const std::size_t count =
        std::clamp<std::size_t>(afford, 1, std::min<std::size_t>(rounds, most_calibrations - 1));
    calibration_plan plan{std::clamp(budget / static_cast<double>(count), least, most), {}};
    for (std::size_t i = 0; i < count; ++i) {
        plan.before.push_back(static_cast<unsigned>(i * rounds / count));
    }
    return plan;
}

std::optional<json> calibrate(const std::string& binary, double seconds, std::size_t before_trial) {
    const child_result ended = run_child(
        {binary, "--seconds=" + seconds_text(seconds), std::string("--measurement=") + measurement_path},
        20 + 10 * seconds);
    json line{{"calibration", nullptr}, {"before_trial", before_trial}};
    const auto fails = [&](const std::string& reason) {
        line["reason"] = "bench_limits " + reason;
        return line;
    };
    switch (ended.how) {
        case child_result::end::interrupted:
            return std::nullopt;
        case child_result::end::timed_out:
            return fails("did not finish in " + seconds_text(20 + 10 * seconds) + " s");
        case child_result::end::killed:
            return fails("ended by signal " + std::to_string(ended.code));
        case child_result::end::exited:
            break;
    }
    const json measured = json::parse(ended.measurement, nullptr, false);
    const bool whole = measured.is_object() && measured.contains("kernels") && measured.contains("probe");
    if (ended.code != 0 || !whole) {
        return fails("ended with exit code " + std::to_string(ended.code) +
                     (whole ? "" : " without a measurement"));
    }
    line["calibration"] = measured;
    return line;
}

std::optional<std::uint64_t> wake_ns(const std::vector<json>& calibrations) {
    for (const json& line : calibrations) {
        const json& made = line.at("calibration");
        if (line.at("before_trial") != 0) {
            break;
        }
        if (!made.is_null() && made.at("kernels").contains(kernel::futex_wake)) {
            const double ns = made.at("kernels").at(kernel::futex_wake).at("median");
            return static_cast<std::uint64_t>(std::max(1.0, std::round(ns)));
        }
    }
    return std::nullopt;
}

bool steady(const json& line) {
    const json& calibration = line.at("calibration");
    if (calibration.is_null() || calibration.at("probe").is_null()) {
        return true;
    }
    const double before = calibration.at("probe").at("before_ns");
    const double after = calibration.at("probe").at("after_ns");
    return std::max(before, after) <= std::min(before, after) * (1 + flag_limits::most_probe_change);
}

}  // namespace handoff::harness
