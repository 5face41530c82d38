#include "command_pairs.hpp"

#include <charconv>
#include <optional>
#include <regex>
#include <string_view>
#include <vector>

#include "child.hpp"
#include "foreign_trial.hpp"
#include "json.hpp"
#include "text.hpp"
#include "trial_process.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

namespace {

constexpr double default_timeout = 60;
constexpr std::size_t longest_line = 1024;  ///< some expressions take as long as its square
constexpr std::size_t most_output = std::size_t{1} << 20;
constexpr std::size_t longest_name = 120;

std::regex compiled(const std::string& text) {
    try {
        return std::regex(text);
    } catch (const std::regex_error& e) {
        throw usage_error("--measure-regex " + text + ": no regular expression: " + e.what());
    }
}

class command_pairs : public pair_source {
public:
    explicit command_pairs(const gate_options& options)
        : options_(options),
          measure_(!options.measure_regex.empty() ? "printed_number"
                   : options.measure.empty()      ? "wall_time"
                                                  : options.measure),
          higher_is_better_(options.higher_is_better.value_or(false)) {
        if (!options.measure_regex.empty()) {
            compiled(options.measure_regex);
        }
        const std::string& candidate = options.tests_itself() ? options.base : options.candidate;
        points_.push_back({beginning_of(candidate, longest_name), "command", options.max_slowdown, measure_,
                           options.measure_regex.empty() ? "ns" : unit_of_number(measure_, higher_is_better_),
                           true, true});
        const point_choice choice(options.filters, options.exceptions);
        if (!choice.takes(points_.front().name)) {
            choice.check_any(1, 0, "but the command, which does not match");
        }
    }

    const std::vector<gated_point>& points() const override { return points_; }

    void describe(gate_setup& setup) const override {
        setup.base = {options_.base, std::nullopt, std::nullopt};
        setup.candidate = {options_.tests_itself() ? options_.base : options_.candidate, std::nullopt,
                           std::nullopt};
        setup.sweep_name = "commands";
    }

    void begin_suite(std::uint64_t /*seed*/) override {}

    side_trial measure(std::size_t /*point*/, bool is_base, std::uint64_t /*seed*/) override {
        foreign_request request;
        request.command = is_base || options_.tests_itself() ? options_.base : options_.candidate;
        request.argv = {"/bin/sh", "-c", request.command};
        request.timeout_seconds = options_.timeout_seconds.value_or(default_timeout);
        if (!options_.measure_regex.empty()) {
            request.most_output = most_output;
        }
        return run_foreign_trial(request, [&](const child_result& ended) { return value(ended); });
    }

private:
    double value(const child_result& ended) const {
        if (!options_.measure_regex.empty()) {
            return cost_of_number(printed_number(ended.output, options_.measure_regex), "number",
                                  higher_is_better_);
        }
        return 1e9 * (measure_ == "cpu_time" ? ended.cpu_seconds : ended.wall_seconds);
    }

    const gate_options& options_;
    std::string measure_;
    bool higher_is_better_;
    std::vector<gated_point> points_;
};

}  // namespace

std::unique_ptr<pair_source> pairs_of_commands(const gate_options& options) {
    return std::make_unique<command_pairs>(options);
}

double printed_number(const std::string& output, const std::string& regex) {
    const std::regex wanted = compiled(regex);
    std::optional<std::string> found;
    const std::vector<std::string_view> lines = split(output, '\n');
    for (auto whole = lines.rbegin(); whole != lines.rend() && !found; ++whole) {
        const std::string line(whole->substr(0, longest_line));
        if (std::smatch match; std::regex_search(line, match, wanted)) {
            found = match.size() > 1 ? match[1].str() : match[0].str();
        }
    }
    if (!found) {
        throw malformed("no line that it printed matches --measure-regex");
    }
    double number = 0;
    const char* const last = found->data() + found->size();
    const auto [end, error] = std::from_chars(found->data(), last, number);
    if (error != std::errc() || end != last) {
        throw malformed("what --measure-regex matches is no number: '" + beginning_of(*found, 100) + "'");
    }
    return number;
}

}  // namespace handoff::harness
