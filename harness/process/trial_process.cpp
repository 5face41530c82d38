#include "trial_process.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <tuple>
#include <utility>

#include "installed.hpp"
#include "json.hpp"
#include "text.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;

}  // namespace

std::string last_line(const std::string& text) {
    const auto end = text.find_last_not_of(" \n\r\t");
    if (end == std::string::npos) {
        return "";
    }
    const auto begin = text.find_last_of('\n', end);
    return text.substr(begin == std::string::npos ? 0 : begin + 1,
                       end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

std::vector<std::string> trial_command(const trial_request& request) {
    std::vector<std::string> argv{request.binary, "--point=" + request.point,
                                  "--seed=" + std::to_string(request.seed),
                                  "--benchmark_min_time=" + seconds_text(request.min_time_seconds)};
    if (request.rate) {
        argv.push_back("--rate=" + std::to_string(*request.rate));
    }
    if (request.wake_ns) {
        argv.push_back("--wake-ns=" + std::to_string(*request.wake_ns));
    }
    if (request.check) {
        argv.push_back(std::string("--check=") + word(*request.check));
    }
    if (request.items) {
        argv.push_back("--items=" + std::to_string(*request.items));
    }
    return argv;
}

trial_outcome run_trial_process(const std::vector<std::string>& command, double timeout_seconds) {
    std::vector<std::string> argv = command;
    argv.push_back(std::string("--measurement=") + measurement_path);
    trial_outcome result;
    result.process = run_child(argv, timeout_seconds, child_environment::of_trials);
    const child_result& ended = result.process;
    const auto fails = [&](trial_status status, const std::string& reason) {
        result.status = status;
        result.reason = printable(reason);  // a child's last words may be anything
        return result;
    };
    switch (ended.how) {
        case child_result::end::interrupted:
            return fails(trial_status::interrupted, "interrupted");
        case child_result::end::timed_out:
            return fails(trial_status::timeout, "did not finish in " + seconds_text(timeout_seconds) + " s");
        case child_result::end::killed:
            return fails(trial_status::crashed,
                         "signal " + std::to_string(ended.code) + " (" + strsignal(ended.code) + ")" +
                             (last_line(ended.output).empty() ? "" : ": " + last_line(ended.output)));
        case child_result::end::exited:
            break;
    }
    std::optional<measured_trial> measured;
    std::string unreadable;
    try {
        measured = parse_record<measured_trial>(ended.measurement);
    } catch (const malformed& e) {
        unreadable = e.what();
    }
    const bool is_ok = measured && measured->status == "ok";
    if (!measured || measured->status.empty() || (is_ok && std::isnan(measured->window_seconds))) {
        return fails(trial_status::crashed,
                     "exit code " + std::to_string(ended.code) + " without a measurement: " +
                         (last_line(ended.output).empty() ? unreadable : last_line(ended.output)));
    }
    if (!is_ok) {
        return fails(trial_status::invalid,
                     measured->reason.empty() ? "its measurement gives no reason" : measured->reason);
    }
    if (ended.code != 0) {
        return fails(trial_status::crashed,
                     "exit code " + std::to_string(ended.code) + ": " + last_line(ended.output));
    }
    // The harness checks its own clock: a window cannot be longer than the process that it was in.
    if (measured->window_seconds > ended.wall_seconds) {
        return fails(trial_status::invalid, "clock: the measured window is longer than its process lived");
    }
    result.measured = std::move(measured);
    return result;
}

std::optional<std::string> unsound_number(const measured_trial& m) {
    const std::tuple<const char*, double, bool> numbers[] = {{"real_time_ns", m.real_time_ns, true},
                                                             {"cpu_time_ns", m.cpu_time_ns, false},
                                                             {"thread_time_ns", m.thread_time_ns, true},
                                                             {"window_seconds", m.window_seconds, true}};
    for (const auto& [name, value, positive] : numbers) {
        if (!std::isfinite(value)) {  // NaN and Infinity reach JSON as null
            return "clock: " + std::string(name) + " is null";
        }
        if (positive && value <= 0) {
            return "clock: " + std::string(name) + " is " + seconds_text(value);
        }
    }
    return std::nullopt;
}

std::map<std::string, fs::path> benchmark_binaries(const std::string& folder, const std::string& flag) {
    std::map<std::string, fs::path> found;
    if (!folder.empty() && !fs::is_directory(folder)) {
        throw usage_error(flag + " " + folder + ": no such folder");
    }
    for (const auto& entry :
         fs::directory_iterator(folder.empty() ? folder_of_binaries() : fs::absolute(folder))) {
        const std::string name = entry.path().filename();
        if (name.starts_with("bench_") && entry.is_regular_file() && access(entry.path().c_str(), X_OK) == 0) {
            found[name.substr(6)] = entry.path();
        }
    }
    return found;
}

std::string shell_quoted(const std::string& text) {
    if (text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+") ==
        std::string::npos) {
        return text;
    }
    std::string quoted = "'";
    for (const char c : text) {
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return quoted + "'";
}

std::string command_text(const std::vector<std::string>& argv) {
    std::string text;
    for (std::size_t i = 0; i < argv.size(); ++i) {
        std::string part = argv[i];
        if (i == 0) {  // the binary as seen from here, where that is shorter and there still is a here
            std::error_code nowhere;
            const fs::path here = fs::current_path(nowhere);
            const std::string near = nowhere ? "" : fs::relative(part, here, nowhere).string();
            part = !near.empty() && near.size() < part.size() ? near : part;
            part = part.find('/') == std::string::npos ? "./" + part : part;
        }
        text += (text.empty() ? "" : " ") + shell_quoted(part);
    }
    return text;
}

std::string seconds_text(double seconds) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", seconds);
    return text;
}

}  // namespace handoff::harness
