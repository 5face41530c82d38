#include "program_pairs.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "child.hpp"
#include "foreign_rows.hpp"
#include "foreign_trial.hpp"
#include "json.hpp"
#include "statistics.hpp"
#include "text.hpp"
#include "trial_process.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;

constexpr double default_min_time = 0.05;
constexpr double default_timeout = 60;
/// No benchmark is called so.
const char* const no_name = "^no benchmark is called so$";

std::string without_end(std::string line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) {
        line.pop_back();
    }
    return line;
}

class program_pairs : public pair_source {
public:
    program_pairs(const gate_options& options, const std::string& base_flag, const std::string& candidate_flag)
        : options_(options),
          measure_(options.measure.empty() ? "real_time" : options.measure),
          higher_is_better_(options.higher_is_better.value_or(is_better_when_higher(measure_))),
          min_time_(options.min_time_seconds.value_or(default_min_time)),
          timeout_(options.timeout_seconds.value_or(default_timeout)) {
        const std::string& candidate = options.tests_itself() ? options.base : options.candidate;
        base_ = find_program(base_flag, options.base);
        candidate_ = find_program(candidate_flag, candidate);
        const std::vector<std::string> base_names = benchmarks_of(base_flag, options.base, base_);
        const std::vector<std::string> candidate_names =
            options.tests_itself() ? base_names : benchmarks_of(candidate_flag, candidate, candidate_);
        const point_choice choice(options.filters, options.exceptions);
        for (const auto& [names, is_base] : {std::pair(&base_names, true), {&candidate_names, false}}) {
            for (const std::string& name : *names) {
                if (!choice.takes(name)) {
                    continue;
                }
                const auto [at, is_new] = index_.try_emplace(name, points_.size());
                if (is_new) {
                    points_.push_back({name, "program", options.max_slowdown, measure_, unit(), false, false});
                    listed_.emplace_back();
                }
                gated_point& p = points_[at->second];
                (is_base ? p.in_base : p.in_candidate) = true;
                ++(is_base ? listed_[at->second].first : listed_[at->second].second);
            }
        }
        choice.check_any(base_names.size() + candidate_names.size(), points_.size(),
                         "of the programs matches (--benchmark_list_tests prints them)");
    }

    const std::vector<gated_point>& points() const override { return points_; }

    void describe(gate_setup& setup) const override {
        setup.base = {options_.base, std::nullopt, std::nullopt};
        setup.candidate = {options_.tests_itself() ? options_.base : options_.candidate, std::nullopt,
                           std::nullopt};
        setup.sweep_name = "programs";
        setup.rules.min_time_seconds = min_time_;
    }

    void begin_suite(std::uint64_t /*seed*/) override {}

    std::optional<no_pairs> prepare(std::size_t point) override {
        const auto [base, candidate] = listed_[point];
        if (base < 2 && candidate < 2) {
            return std::nullopt;
        }
        const bool is_base = base >= 2;
        return no_pairs{is_base ? finding::broken : finding::failed,
                        std::string("the ") + (is_base ? "base" : "candidate") + " has " +
                            std::to_string(is_base ? base : candidate) +
                            " benchmarks of this name, and none can be run alone: rename them, or leave them "
                            "out with --except",
                        std::nullopt};
    }

    side_trial measure(std::size_t point, bool is_base, std::uint64_t /*seed*/) override {
        const std::string& name = points_[point].name;
        std::vector<std::string> argv = command(is_base ? base_ : candidate_, exactly(name));
        argv.push_back("--benchmark_repetitions=1");
        // Without a unit: all versions since 1.5 read it as seconds.
        argv.push_back("--benchmark_min_time=" + seconds_text(min_time_));
        foreign_request request;
        request.command = command_text(argv);
        request.timeout_seconds = timeout_;
        // Not on standard output, where its own words may stand.
        argv.push_back(std::string("--benchmark_out=") + measurement_path);
        argv.emplace_back("--benchmark_out_format=json");
        request.argv = argv;
        return run_foreign_trial(request, [&](const child_result& ended) { return value(name, ended); });
    }

    std::string doubt(std::size_t /*point*/) const override {
        return "or moved by the place of its code alone: programs are not linked again";
    }

private:
    std::string unit() const {
        return measure_ == "real_time" || measure_ == "cpu_time" ? "ns"
                                                                 : unit_of_number(measure_, higher_is_better_);
    }

    static fs::path find_program(const std::string& flag, const std::string& name) {
        const fs::path path = fs::absolute(name);
        std::error_code ignored;
        if (!fs::is_regular_file(path, ignored) || access(path.c_str(), X_OK) != 0) {
            throw usage_error(flag + " " + name + ": no such program: name an executable file");
        }
        return path;
    }

    /// The program with the user's arguments and a filter.
    std::vector<std::string> command(const fs::path& program, const std::string& filter) const {
        std::vector<std::string> argv{program};
        argv.insert(argv.end(), options_.arguments.begin(), options_.arguments.end());
        argv.push_back("--benchmark_filter=" + filter);
        return argv;
    }

    std::vector<std::string> benchmarks_of(const std::string& flag, const std::string& name,
                                           const fs::path& program) const {
        const auto list = [&](const std::string& filter) {
            std::vector<std::string> argv = command(program, filter);
            argv.emplace_back("--benchmark_list_tests=true");
            // Versions after 1.9.5 list in the format of results, which the user's arguments may say.
            argv.emplace_back("--benchmark_format=console");
            output_limits limits;
            limits.seconds = timeout_;
            try {
                return output_of(argv, child_environment::of_trials, limits);
            } catch (const usage_error& e) {
                throw usage_error(flag + " " + name +
                                  ": --benchmark_list_tests: exit code 2: " + printable(e.what()));
            }
        };
        const std::string all = list(".");
        std::string none;
        try {
            none = list(no_name);
        } catch (const std::runtime_error&) {
            // A main function may call it an error that nothing matches; then it obeys.
            if (interrupted()) {
                throw;
            }
        }
        try {
            return listed_benchmarks(all, none);
        } catch (const malformed& e) {
            throw usage_error(flag + " " + name + ": " + e.what());
        }
    }

    /// What the one benchmark that was asked for says.
    double value(const std::string& name, const child_result& ended) const {
        if (ended.measurement.find_first_not_of(" \n\r\t") == std::string::npos) {
            throw malformed(
                "it wrote nothing to --benchmark_out: nothing matched --benchmark_filter, or its main function "
                "does not pass its flags to benchmark::Initialize");
        }
        foreign_file file;
        try {
            file = read_foreign_file(ended.measurement, measure_);
        } catch (const no_json& e) {
            throw malformed(std::string("what it wrote to --benchmark_out: ") + e.what());
        }
        std::vector<double> repetitions;
        std::optional<double> their_median;
        for (const foreign_row& row : file.rows) {
            if (row.aggregate) {
                their_median = row.name == name + "_median" ? number(row) : their_median;
                continue;
            }
            if (row.name != name) {
                throw malformed("it also ran " + beginning_of(row.name, 200) +
                                ", which it was not asked for: does it ignore --benchmark_filter?");
            }
            if (!row.error.empty()) {
                throw malformed("it reports an error: " + row.error);
            }
            if (const std::optional<double> n = number(row)) {
                repetitions.push_back(*n);
            } else {
                throw malformed("it has no " + measure_ + " that is a number");
            }
        }
        // A benchmark may ask for repetitions of its own: one process is one sample, their median.
        if (repetitions.empty() && !their_median) {
            throw malformed("it was not run: no result under its name, nor a median of its repetitions");
        }
        return cost_of_number(repetitions.empty() ? *their_median : median(repetitions), measure_,
                              higher_is_better_);
    }

    std::optional<double> number(const foreign_row& row) const {
        if (measure_ == "real_time") {
            return row.real_time_ns();
        }
        if (measure_ == "cpu_time") {
            return row.cpu_time_ns();
        }
        const auto found = row.metrics.find(measure_);
        return found == row.metrics.end() ? std::nullopt : std::optional(found->second);
    }

    const gate_options& options_;
    std::string measure_;
    bool higher_is_better_;
    double min_time_;
    double timeout_;
    fs::path base_;
    fs::path candidate_;
    std::map<std::string, std::size_t> index_;
    std::vector<gated_point> points_;
    std::vector<std::pair<std::size_t, std::size_t>> listed_;  ///< how often, by the base and by the candidate
};

}  // namespace

std::unique_ptr<pair_source> pairs_of_programs(const gate_options& options) {
    return options.drill
               ? std::make_unique<program_pairs>(options, "--candidate-program", "--candidate-program")
               : std::make_unique<program_pairs>(options, "--base-program", "--candidate-program");
}

std::vector<std::string> listed_benchmarks(const std::string& all, const std::string& none) {
    const auto lines_of = [](const std::string& text) {
        std::vector<std::string> lines;
        for (const std::string_view line : split(text, '\n')) {
            if (std::string name = without_end(std::string(line)); !name.empty()) {
                lines.push_back(std::move(name));
            }
        }
        return lines;
    };
    std::vector<std::string> names = lines_of(all);
    if (std::ranges::any_of(names, [](const std::string& line) {
            return line.starts_with("Benchmark ") && line.find(" Time ") != std::string::npos;
        })) {
        throw malformed(
            "it runs its benchmarks when it is asked to list them (--benchmark_list_tests): its main function "
            "must pass its flags to benchmark::Initialize");
    }
    const std::vector<std::string> always = lines_of(none);
    const std::set<std::string> banner(always.begin(), always.end());
    const bool had_any = !names.empty();
    std::erase_if(names, [&](const std::string& line) { return banner.contains(line); });
    if (names.empty()) {
        throw malformed(had_any
                            ? "it lists the same whatever --benchmark_filter says: no benchmark of it can be "
                              "run alone"
                            : "--benchmark_list_tests lists no benchmark: is it a program of Google "
                              "Benchmark's?");
    }
    return names;
}

std::string exactly(const std::string& name) {
    std::string regex = "^";  // ] and } stand for themselves, and not every kind may escape them
    for (const char c : name) {
        if (std::string_view(R"(\^$.|?*+()[{)").find(c) != std::string_view::npos) {
            regex += '\\';
        }
        regex += c;
    }
    return regex + "$";
}

}  // namespace handoff::harness
