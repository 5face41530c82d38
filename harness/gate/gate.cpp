#include "gate.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <limits>
#include <regex>

#include "builds.hpp"
#include "clock.hpp"
#include "environment.hpp"
#include "journal.hpp"
#include "machine_use.hpp"
#include "measurement.hpp"
#include "result.hpp"
#include "statistics.hpp"
#include "sweep.hpp"
#include "trial_process.hpp"
#include "usage_error.hpp"
#include "write_file.hpp"

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// What a measurement is compared by: the less, the better.
double value_of(const json& measured, const std::string& measure) {
    if (measure == "items_per_second") {
        return measured.at("real_time_ns");
    }
    return measure == "latency" ? measured.at("latency").at("p50").get<double>()
                                : measured.at("metrics").at(measure).get<double>();
}

const char* unit_of(const std::string& measure) {
    return measure == "items_per_second" ? "ns per item" : measure == "latency" ? "ns, median" : "";
}

constexpr double infinite = std::numeric_limits<double>::infinity();

/// One trial of one side, as it stands in the result file.
struct side_trial {
    trial_status status = trial_status::ok;
    std::string reason;
    std::string command;
    double value = 0;  ///< infinite: saturated
    std::uint64_t items = 0;
    std::vector<std::string> flags;
    std::optional<double> probe_ns;
    surroundings around;
    double cpu_seconds = 0;

    json to_json() const {
        json j{{"status", word(status)},
               {"wall_seconds", around.wall_seconds},
               {"cpu_seconds", cpu_seconds},
               {"foreign_seconds", around.foreign_seconds},
               {"steal_seconds", around.steal_seconds}};
        if (status == trial_status::ok) {
            j["value"] = std::isfinite(value) ? json(value) : json();
            j["items"] = items;
            j["flags"] = flags;
            j["probe_ns"] = probe_ns ? json(*probe_ns) : json();
        } else {
            j["reason"] = reason;
        }
        return j;
    }
};

/// Why a pair of passed trials does not count; empty where it does. How long a line takes from core to core is
/// nothing to a point that `has_one_thread`.
std::string why_replaced(const side_trial& base, const side_trial& candidate, double most_disturbance,
                         bool has_one_thread) {
    if (disturbed(base.around, candidate.around, most_disturbance)) {
        return "disturbed";
    }
    if (std::isinf(base.value) && std::isinf(candidate.value)) {
        return "saturated";
    }
    for (const side_trial* side : {&base, &candidate}) {
        for (const std::string& flag : side->flags) {
            if (flag != "contaminated" || !has_one_thread) {
                return flag;
            }
        }
    }
    if (!has_one_thread && base.probe_ns && candidate.probe_ns &&
        std::max(*base.probe_ns, *candidate.probe_ns) >
            std::min(*base.probe_ns, *candidate.probe_ns) * (1 + flag_limits::most_probe_change)) {
        return "machine state";
    }
    return "";
}

/// ln(candidate / base) where both may be 0: the same, then.
double logarithm_of_ratio(double base, double candidate) {
    return base == candidate ? 0 : std::log(candidate) - std::log(base);
}

json number_or_null(const std::optional<double>& value) {
    return value && std::isfinite(*value) ? json(*value) : json();
}

/// One comparison of all points, from the first pair to the verdicts.
class suite {
public:
    suite(const gate_options& options, const comparison& compared, const build& base, const build& candidate,
          const sweep& asked, json header)
        : options_(options),
          compared_(compared),
          base_(base),
          candidate_(candidate),
          header_(std::move(header)) {
        min_time_ = options.min_time_seconds.value_or(asked.min_time_seconds);
        timeout_ = options.timeout_seconds.value_or(asked.timeout_seconds);
        std::vector<double> limits;
        for (std::size_t i = 0; i < compared.points.size(); ++i) {
            const compared_point& p = compared.points[i];
            if (p.in_base && p.in_candidate) {
                both_.push_back(i);
                limits.push_back(p.max_slowdown);
            }
        }
        gate_rules rules;
        rules.prove = options.require_proof;
        rules.short_of_time = options.budget_seconds.has_value();
        engine_.emplace(rules, limits);
        runs_.resize(both_.size());
    }

    /// Measures until the engine has what it wants, the budget is spent or somebody interrupts.
    void run(std::optional<journal>& log, const std::string& file) {
        const auto begin = clock::now();
        auto written = begin;
        bool is_first = true;
        while (const auto next = engine_->next()) {
            const double passed = seconds_between(begin, clock::now());
            if (options_.budget_seconds && passed >= *options_.budget_seconds) {
                engine_->stop("the budget of " + seconds_text(*options_.budget_seconds) + " s was spent");
                break;
            }
            measure_pair(*next);
            if (interrupted()) {
                engine_->stop("interrupted");
                interrupted_ = true;
                break;
            }
            if (log) {
                log->append(pairs_.empty() ? json() : pairs_.back());
            }
            wall_seconds_ = seconds_between(begin, clock::now());
            if (!file.empty() && (is_first || seconds_between(written, clock::now()) > 1)) {
                write_file(file, result().dump(1, ' ', false, json::error_handler_t::replace) + "\n");
                written = clock::now();
                is_first = false;
            }
            show();
        }
        wall_seconds_ = seconds_between(begin, clock::now());
        complete_ = !interrupted_;
        if (isatty(STDERR_FILENO) != 0) {
            std::cerr << "\r\033[K";
        }
    }

    bool was_interrupted() const { return interrupted_; }

    json result() const {
        json points = json::array();
        std::size_t engine_index = 0;
        for (std::size_t i = 0; i < compared_.points.size(); ++i) {
            const compared_point& p = compared_.points[i];
            json j{{"name", p.name}, {"family", p.family}, {"max_slowdown", p.max_slowdown}};
            j["measure"] = p.listed.value("measure", "items_per_second");
            j["unit"] = unit_of(j["measure"]);
            if (p.in_base && p.in_candidate) {
                add_standing(j, engine_index++);
            } else {
                j["finding"] = p.in_base ? "missing" : "new";
                j["reason"] = p.in_base ? "the candidate does not have it" : "the base does not have it";
            }
            points.push_back(std::move(j));
        }
        json r = header_;
        r["complete"] = complete_;
        r["wall_seconds"] = wall_seconds_;
        r["points"] = points;
        r["pairs"] = pairs_;
        r["failures"] = failures_;
        r["exit_code"] = exit_code(points);
        return r;
    }

private:
    struct point_run {
        std::size_t attempts = 0;
        std::optional<std::uint64_t> items;  ///< of every trial, once one has found them
        std::optional<std::uint64_t> rate;   ///< of a paced point: the same for both sides
        std::vector<double> base;            ///< values of the pairs that count
        std::vector<double> candidate;
        double seconds = 0;
    };

    int exit_code(const json& points) const {
        const auto any = [&](std::initializer_list<const char*> findings) {
            return std::ranges::any_of(points, [&](const json& p) {
                return std::ranges::find(findings, p.at("finding").get<std::string>()) != findings.end();
            });
        };
        if (interrupted_) {
            return 130;
        }
        if (any({"regressed", "failed"}) || (any({"missing"}) && !options_.allow_missing)) {
            return 1;
        }
        if (any({"broken"}) || both_.empty()) {
            return 2;
        }
        return options_.fail_on_inconclusive && any({"inconclusive"}) ? 3 : 0;
    }

    void add_standing(json& j, std::size_t index) const {
        const standing_of_point s = engine_->standing(index);
        const point_run& r = runs_[index];
        j["finding"] = word(s.found);
        j["reason"] = s.reason;
        j["suspect"] = s.suspect;
        json replaced = json::object();
        for (const auto& [reason, count] : s.replaced) {
            replaced[reason] = count;
        }
        j["pairs"] = {{"screening", s.screening.size()},
                      {"confirming", s.confirming.size()},
                      {"proving", s.proving.size()},
                      {"replaced", replaced}};
        j["slowdown"] = {{"median", number_or_null(s.median)},
                         {"low", number_or_null(s.low)},
                         {"high", number_or_null(s.high)},
                         {"at_most", number_or_null(s.at_most)},
                         {"could_see", number_or_null(s.could_see)}};
        j["p"] = number_or_null(s.p);
        const auto median_or_null = [](const std::vector<double>& values) {
            return number_or_null(values.empty() ? std::nullopt : std::optional(median(values)));
        };
        j["base_median"] = median_or_null(r.base);
        j["candidate_median"] = median_or_null(r.candidate);
        j["seconds"] = r.seconds;
        if (r.rate) {
            j["rate"] = *r.rate;
        }
    }

    side_trial run_side(const compared_point& p, bool is_base, const point_run& r, std::uint64_t seed) {
        const build& from = is_base ? base_ : candidate_;
        std::vector<std::string> argv{from.binaries.at(p.family).string(), "--point=" + p.name,
                                      "--seed=" + std::to_string(seed),
                                      "--benchmark_min_time=" + seconds_text(min_time_)};
        if (r.rate) {
            argv.push_back("--rate=" + std::to_string(*r.rate));
        }
        side_trial t;
        t.command = command_text(argv);
        if (r.items && (is_base ? compared_.base_takes_items : compared_.candidate_takes_items)) {
            argv.push_back("--items=" + std::to_string(*r.items));
        }
        argv.push_back(std::string("--measurement=") + measurement_path);
        const machine_use before = machine_use::read();
        const double own_before = own_cpu_seconds();
        const trial_outcome outcome = run_trial_process(argv, timeout_);
        const double own = own_cpu_seconds() - own_before;
        const machine_use after = machine_use::read();
        t.status = outcome.status;
        t.reason = outcome.reason;
        t.cpu_seconds = outcome.process.cpu_seconds;
        t.around = {outcome.process.wall_seconds,
                    after.busy_seconds - before.busy_seconds - outcome.process.cpu_seconds - own,
                    after.steal_seconds - before.steal_seconds};
        if (t.status != trial_status::ok) {
            return t;
        }
        try {
            const json& m = outcome.measured;
            // Saturated: it has no latency, because it is longer than any.
            const bool is_saturated = m.value("metrics", json::object()).value("saturated", 0.0) > 0;
            t.value = is_saturated ? infinite : value_of(m, p.listed.value("measure", "items_per_second"));
            t.items = m.at("items");
            t.flags = flags_of(m);
            if (const json& probe = m.at("probe"); !probe.is_null()) {
                t.probe_ns = (probe.at("before_ns").get<double>() + probe.at("after_ns").get<double>()) / 2;
            }
            if (!is_saturated && (!(t.value >= 0) || std::isinf(t.value))) {
                throw std::runtime_error("its value is " + std::to_string(t.value) +
                                         ", which is no time and no share");
            }
        } catch (const std::exception& e) {
            t.status = trial_status::invalid;
            t.reason = std::string("its measurement cannot be used: ") + e.what();
        }
        return t;
    }

    /// What both sides of a paced point are offered: a share of what the base's reference reaches, the median
    /// of three trials. False: there is none, and the point has been given up.
    bool find_rate(std::size_t index) {
        const compared_point& p = compared_.points[both_[index]];
        const json& by = p.listed.at("paced_by");
        compared_point reference = p;
        reference.name = by.at("point");
        reference.listed = json::object();
        std::vector<double> reached;
        for (int i = 0; i < 3; ++i) {
            const side_trial t = run_side(reference, true, {}, options_.seed);
            if (t.status == trial_status::interrupted) {
                return false;
            }
            if (t.status != trial_status::ok || t.value <= 0) {
                engine_->give_up(index, finding::broken,
                                 "no rate: the base's " + reference.name + ", which decides it, is " +
                                     word(t.status) + ": " + t.reason);
                failures_.push_back({{"point", reference.name},
                                     {"side", "base"},
                                     {"status", word(t.status)},
                                     {"reason", t.reason},
                                     {"command", t.command}});
                return false;
            }
            reached.push_back(1e9 / t.value);
        }
        runs_[index].rate = static_cast<std::uint64_t>(
            std::max(1.0, std::round(median(reached) * by.at("share").get<double>())));
        return true;
    }

    /// Both sides once; the order alternates, so that whatever comes first or last is each of them as often.
    void measure_pair(std::size_t index) {
        const compared_point& p = compared_.points[both_[index]];
        point_run& r = runs_[index];
        const auto begin = clock::now();
        if (r.attempts == 0 && p.listed.contains("paced_by") && !find_rate(index)) {
            return;
        }
        if (r.attempts == 0 && p.listed.value("fills", "count") == "count" && compared_.base_takes_items) {
            // How many iterations fill the time is found once, by the base, and asked of both.
            const side_trial found = run_side(p, true, r, options_.seed);
            if (found.status == trial_status::interrupted) {
                return;
            }
            if (found.status == trial_status::ok && found.items > 0) {
                r.items = found.items;
            }
        }
        const bool base_first = r.attempts % 2 == 0;
        // 53 bits: every JSON reader keeps them
        const std::uint64_t seed = ((options_.seed << 20) + index * 1024 + r.attempts) & ((1UL << 53) - 1);
        ++r.attempts;
        const side_trial first = run_side(p, base_first, r, seed);
        const side_trial second = run_side(p, !base_first, r, seed);
        r.seconds += seconds_between(begin, clock::now());
        const side_trial& base = base_first ? first : second;
        const side_trial& candidate = base_first ? second : first;
        if (first.status == trial_status::interrupted || second.status == trial_status::interrupted) {
            return;
        }
        json pair{{"point", p.name},
                  {"order", base_first ? "base first" : "candidate first"},
                  {"seed", seed},
                  {"base", base.to_json()},
                  {"candidate", candidate.to_json()},
                  {"d", nullptr},
                  {"replaced", ""}};
        // A trial that came to nothing while others had the processors is theirs to answer for. What crashed,
        // hung or broke a promise did so whoever was beside it.
        const auto starved = [](const side_trial& t) {
            return t.status == trial_status::invalid && t.reason == nothing_done;
        };
        const auto passed = [](const side_trial& t) { return t.status == trial_status::ok; };
        const bool both_passed = passed(base) && passed(candidate);
        if (!both_passed && (passed(base) || starved(base)) && (passed(candidate) || starved(candidate)) &&
            disturbed(base.around, candidate.around, options_.most_disturbance)) {
            pair["replaced"] = "disturbed";
            engine_->add_replaced(index, "disturbed");
        } else if (!both_passed) {
            pair["replaced"] = "failed";
            for (const bool is_base : {true, false}) {
                const side_trial& side = is_base ? base : candidate;
                if (side.status != trial_status::ok) {
                    failures_.push_back({{"point", p.name},
                                         {"side", is_base ? "base" : "candidate"},
                                         {"status", word(side.status)},
                                         {"reason", side.reason},
                                         {"command", side.command}});
                }
            }
            if (base.status != trial_status::ok) {
                engine_->give_up(index, finding::broken,
                                 std::string("the base's trial is ") + word(base.status) + ": " + base.reason);
            } else {
                engine_->give_up(index, finding::failed,
                                 std::string(word(candidate.status)) + ": " + candidate.reason);
            }
        } else if (const std::string why = why_replaced(base, candidate, options_.most_disturbance,
                                                        p.listed.value("threads", 2) == 1);
                   !why.empty()) {
            pair["replaced"] = why;
            engine_->add_replaced(index, why);
        } else {
            const double d = logarithm_of_ratio(base.value, candidate.value);
            pair["d"] = number_or_null(d);
            r.base.push_back(base.value);
            r.candidate.push_back(candidate.value);
            engine_->add_pair(index, d);
        }
        pairs_.push_back(std::move(pair));
    }

    void show() const {
        if (!options_.quiet && isatty(STDERR_FILENO) != 0) {
            const std::size_t open = engine_->undecided();
            std::cerr << "\r\033[K" << pairs_.size() << " pairs, " << open << " of " << both_.size()
                      << " points not decided, " << static_cast<int>(wall_seconds_) << " s" << std::flush;
        }
    }

    const gate_options& options_;
    const comparison& compared_;
    const build& base_;
    const build& candidate_;
    json header_;
    double min_time_;
    double timeout_;
    std::vector<std::size_t> both_;  ///< points of both sides: what the engine numbers from 0
    std::optional<gate_engine> engine_;
    std::vector<point_run> runs_;
    std::vector<json> pairs_;
    json failures_ = json::array();
    double wall_seconds_ = 0;
    bool complete_ = false;
    bool interrupted_ = false;
};

void filter_points(comparison& compared, const std::vector<std::string>& filters) {
    if (filters.empty()) {
        return;
    }
    std::vector<std::regex> patterns;
    for (const std::string& filter : filters) {
        try {
            patterns.emplace_back(filter, std::regex::extended);
        } catch (const std::regex_error& e) {
            throw usage_error("--filter " + filter + ": no regular expression: " + e.what());
        }
    }
    std::erase_if(compared.points, [&](const compared_point& p) {
        return std::ranges::none_of(patterns,
                                    [&](const std::regex& r) { return std::regex_search(p.name, r); });
    });
    if (compared.points.empty()) {
        throw usage_error("--filter " + filters.front() +
                          ": no point of the sweep matches (handoff list prints them)");
    }
}

json header_of(const gate_options& options, const comparison& compared, const build& base,
               const build& candidate, const sweep& asked) {
    const gate_rules rules;
    return {
        {"handoff_gate", 1},
        {"date", timestamp()},
        {"context", environment(fs::read_symlink("/proc/self/exe"))},
        {"base", {{"folder", base.folder.string()}, {"ref", options.base_ref}, {"build", compared.base_build}}},
        {"candidate", {{"folder", candidate.folder.string()}, {"build", compared.candidate_build}}},
        {"differences", compared.differences},
        {"sweep", {{"name", asked.name}, {"file", options.sweep_file}}},
        {"seed", options.seed},
        {"rules",
         {{"change_error", rules.change_error},
          {"proof_error", rules.proof_error},
          {"least_screening", rules.least_screening},
          {"most_screening", rules.most_screening},
          {"most_confirming", rules.most_confirming},
          {"most_pairs", rules.most_pairs},
          {"reported_share", gate_rules::reported_share},
          {"require_proof", options.require_proof},
          {"allow_missing", options.allow_missing},
          {"fail_on_inconclusive", options.fail_on_inconclusive},
          {"budget_seconds", options.budget_seconds ? json(*options.budget_seconds) : json()},
          {"min_time_seconds", options.min_time_seconds.value_or(asked.min_time_seconds)},
          {"most_disturbance", options.most_disturbance},
          {"most_probe_change", flag_limits::most_probe_change}}}};
}

int run_self_test(const gate_options& options, const comparison& compared, const build& base,
                  const sweep& asked) {
    struct counted {
        std::size_t regressed = 0, improved = 0, unchanged = 0, inconclusive = 0, suites = 0;
        std::vector<double> could_see;
        std::vector<double> scatter;
    };
    std::map<std::string, counted> points;
    std::size_t failed = 0;
    std::size_t improved = 0;
    std::size_t suites = 0;
    std::size_t broken = 0;
    std::vector<double> seconds;
    json file;
    const auto share = [](std::size_t count, std::size_t of) {
        const chance_interval i = clopper_pearson(count, of, 0.95);
        return json{{"count", count}, {"of", of}, {"low", i.low}, {"high", i.high}};
    };
    while (suites < options.suites && !interrupted()) {
        gate_options one = options;
        one.seed = options.seed + suites;
        suite s(one, compared, base, base, asked, header_of(one, compared, base, base, asked));
        std::optional<journal> none;
        s.run(none, "");
        if (s.was_interrupted()) {
            break;
        }
        const json r = s.result();
        ++suites;
        seconds.push_back(r.at("wall_seconds"));
        bool any_regressed = false;
        bool any_improved = false;
        for (const json& p : r.at("points")) {
            counted& c = points[p.at("name")];
            const std::string found = p.at("finding");
            ++c.suites;
            c.regressed += found == "regressed" ? 1 : 0;
            c.improved += found == "improved" ? 1 : 0;
            c.unchanged += found == "unchanged" ? 1 : 0;
            c.inconclusive += found == "inconclusive" ? 1 : 0;
            broken += found == "broken" || found == "failed" ? 1 : 0;
            any_regressed = any_regressed || found == "regressed";
            any_improved = any_improved || found == "improved";
            if (p.contains("slowdown") && p.at("slowdown").at("could_see").is_number()) {
                c.could_see.push_back(p.at("slowdown").at("could_see"));
            }
        }
        failed += any_regressed ? 1 : 0;
        improved += any_improved ? 1 : 0;
        json list = json::array();
        for (const auto& [name, c] : points) {
            list.push_back({{"name", name},
                            {"suites", c.suites},
                            {"regressed", share(c.regressed, c.suites)},
                            {"improved", share(c.improved, c.suites)},
                            {"unchanged", c.unchanged},
                            {"inconclusive", c.inconclusive},
                            {"could_see", c.could_see.empty() ? json() : json(median(c.could_see))}});
        }
        file = header_of(options, compared, base, base, asked);
        file.erase("handoff_gate");
        file["handoff_gate_self_test"] = 1;
        file["complete"] = suites == options.suites;
        file["suites"] = {{"regressed", share(failed, suites)}, {"improved", share(improved, suites)}};
        file["seconds_per_suite"] = median(seconds);
        file["points"] = list;
        if (!options.json_file.empty()) {
            write_output("--json", options.json_file, file.dump(1) + "\n");
        }
        std::cerr << "suite " << suites << " of " << options.suites << ": " << failed
                  << " with a false regression so far, " << seconds_text(std::round(seconds.back() * 10) / 10)
                  << " s\n";
    }
    if (suites == 0) {
        return 130;
    }
    char line[240];
    const json& regressed = file.at("suites").at("regressed");
    std::snprintf(line, sizeof line,
                  "base against itself: %zu of %zu suites said \"regressed\" (95%% interval %.1f%% to %.1f%%), "
                  "%.1f s a suite\n",
                  failed, suites, 100 * regressed.at("low").get<double>(),
                  100 * regressed.at("high").get<double>(), median(seconds));
    std::cout << line;
    std::cout << "smallest slowdown that is found 4 times in 5:\n";
    for (const json& p : file.at("points")) {
        char found[32] = "   none";
        if (p.at("could_see").is_number()) {
            std::snprintf(found, sizeof found, "%+6.1f%%", 100 * (p.at("could_see").get<double>() - 1));
        }
        std::cout << "  " << found << "  " << p.at("name").get<std::string>() << "\n";
    }
    return interrupted() ? 130 : broken > 0 ? 2 : 0;
}

}  // namespace

int run_gate(const gate_options& options) {
    catch_interrupts();
    forget_benchmark_environment();
    const sweep asked = read_sweep(options.sweep_file);
    const build candidate = options.self_test ? build{} : find_build(options.candidate, "--candidate");
    const build base = options.base_ref.empty()
                           ? find_build(options.base, "--base")
                           : build_ref(options.base_ref, candidate, families_of(options.sweep_file));
    const build& other = options.self_test ? base : candidate;
    comparison compared = compare_points(base, other, options.sweep_file, options.max_slowdown);
    filter_points(compared, options.filters);
    if (options.self_test) {
        compared.differences.clear();
        return run_self_test(options, compared, base, asked);
    }
    for (const std::string& difference : compared.differences) {
        std::cerr << "WARNING: the builds differ: " << difference << "\n";
    }
    std::optional<journal> log;
    const std::string log_file = options.json_file + ".journal";
    const json header = header_of(options, compared, base, candidate, asked);
    if (!options.json_file.empty()) {
        std::error_code ignored;
        fs::remove(log_file, ignored);
        try {
            log.emplace(journal::create(log_file, header));
        } catch (const std::system_error& e) {
            throw usage_error("--json " + options.json_file + ": cannot write: " + e.code().message());
        }
    }
    suite s(options, compared, base, candidate, asked, header);
    s.run(log, options.json_file);
    const json result = s.result();
    if (!options.json_file.empty()) {
        write_output("--json", options.json_file,
                     result.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
        log.reset();
        std::error_code ignored;
        fs::remove(log_file, ignored);  // the file says all of it
    }
    if (!options.markdown_file.empty()) {
        write_output("--markdown", options.markdown_file, gate_markdown(result));
    }
    if (!options.junit_file.empty()) {
        write_output("--junit", options.junit_file, gate_junit(result));
    }
    if (!options.quiet) {
        std::cout << gate_table(result);
    }
    if (options.annotations) {
        std::cout << gate_annotations(result);
    }
    std::cout << gate_summary(result) << "\n";
    return result.at("exit_code");
}

}  // namespace handoff::harness
