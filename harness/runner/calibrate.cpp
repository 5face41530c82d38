#include "calibrate.hpp"

#include <algorithm>
#include <cmath>

#include "child.hpp"
#include "json.hpp"
#include "limit_term.hpp"
#include "trial_process.hpp"

namespace handoff::harness {

bool calibration_plan::due(unsigned round) const {
    return std::ranges::find(before, round) != before.end();
}

calibration_plan plan_calibrations(double run_seconds, unsigned rounds) {
    constexpr double least = 0.25;
    constexpr double most = 1;
    const double budget = run_seconds / 20;
    const auto afford = static_cast<std::size_t>(budget / least);
    const std::size_t count =
        std::clamp<std::size_t>(afford, 1, std::min<std::size_t>(rounds, most_planned_calibrations));
    calibration_plan plan{
        std::clamp(budget / static_cast<double>(count), least, most), std::max(budget, 4 * least), {}};
    for (std::size_t i = 0; i < count; ++i) {
        plan.before.push_back(static_cast<unsigned>(i * rounds / count));
    }
    return plan;
}

std::optional<calibration_line> calibrate(const std::string& binary, double seconds, std::size_t before_trial) {
    const child_result ended = run_child(
        {binary, "--seconds=" + seconds_text(seconds), std::string("--measurement=") + measurement_path},
        20 + 10 * seconds, child_environment::of_trials);
    calibration_line line;
    line.before_trial = before_trial;
    const auto fails = [&](const std::string& reason) {
        line.reason = "bench_limits " + reason;
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
    const std::string last_words = last_line(ended.output);
    const std::string how = "ended with exit code " + std::to_string(ended.code) +
                            (last_words.empty() ? "" : " (" + last_words + ")");
    if (ended.code != 0) {
        return fails(how);
    }
    try {
        line.made = parse_record<calibration>(ended.measurement);
    } catch (const malformed& e) {
        return fails(how + " without a measurement: " + e.what());
    }
    if (line.made->kernels.empty()) {
        line.made.reset();
        return fails(how + " without a measurement");
    }
    return line;
}

std::optional<std::uint64_t> wake_ns(const std::vector<calibration_line>& calibrations) {
    for (const calibration_line& line : calibrations) {
        if (line.before_trial != 0) {
            break;
        }
        if (line.made) {
            if (const auto found = line.made->kernels.find(kernel::futex_wake);
                found != line.made->kernels.end()) {
                return static_cast<std::uint64_t>(std::max(1.0, std::round(found->second.median)));
            }
        }
    }
    return std::nullopt;
}

}  // namespace handoff::harness
