#include "implementation_bench.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include "child.hpp"
#include "json.hpp"
#include "measurement.hpp"
#include "own_trial.hpp"
#include "text.hpp"
#include "trial_process.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;

constexpr double default_min_time = 0.02;
constexpr double default_timeout = 30;

listing asked_of(const fs::path& binary, const std::vector<std::string>& flags) {
    std::vector<std::string> argv{binary.string()};
    argv.insert(argv.end(), flags.begin(), flags.end());
    argv.emplace_back("--list_points");
    try {
        return parse_record<listing>(output_of(argv, child_environment::of_trials));
    } catch (const malformed& e) {
        throw std::runtime_error(command_text(argv) + ": its answer cannot be read: " + e.what());
    }
}

bool measures_implementations(const std::string& family) {
    return family != "limits" && family != "races" && family != "controls";
}

/// The family whose binary has all of them. Throws usage_error.
std::string family_with(const std::vector<std::string>& names, const std::string& who,
                        const std::map<std::string, fs::path>& binaries) {
    const std::string all = names.size() == 2 ? "both" : "all of them";
    std::vector<std::string> have_all;
    std::string others;
    for (const auto& [family, binary] : binaries) {
        if (!measures_implementations(family)) {
            continue;
        }
        const std::vector<std::string> offered = asked_of(binary, {}).implementations;
        std::vector<std::string> lacking;
        std::vector<std::string> known;
        for (const std::string& name : names) {
            (std::ranges::find(offered, name) == offered.end() ? lacking : known).push_back(name);
        }
        if (lacking.empty()) {
            have_all.push_back(family);
        } else if (!known.empty()) {
            others += (others.empty() ? "" : "; ") + joined(known) +
                      (known.size() == 1 ? " is one of " : " are of ") + family + ": " + joined(offered);
        }
    }
    if (have_all.empty()) {
        throw usage_error(
            who + ": no family has " + all +
            (others.empty() ? ", nor one of them (handoff list SWEEP prints names)" : ": " + others));
    }
    if (have_all.size() > 1) {
        throw usage_error(who + ": several families have " + all + "; name one: --family " +
                          joined(have_all, " or --family "));
    }
    return have_all.front();
}

/// The family that has the points of some flags. Throws usage_error.
std::string family_of_points(const std::vector<std::string>& flags, const std::string& who,
                             const std::map<std::string, fs::path>& binaries) {
    std::vector<std::string> families;
    std::vector<std::string> having;
    for (const auto& [family, binary] : binaries) {
        if (!measures_implementations(family)) {
            continue;
        }
        families.push_back(family);
        try {
            asked_of(binary, flags);
            having.push_back(family);
        } catch (const usage_error&) {
            continue;  // not its words
        }
    }
    if (having.size() == 1) {
        return having.front();
    }
    throw usage_error(who + ": " + (having.empty() ? "no family has" : "several families have") +
                      (flags.empty() ? " points" : " " + joined(flags, " ")) + "; name one: --family " +
                      joined(having.empty() ? families : having, " or --family "));
}

/// Flags as they are, after those that also ask for what only some implementations have: the queues without
/// bounds where capacities are named, the queues that wait by themselves where strategies are. A binary refuses
/// values that nobody has. Widest first.
struct wide_flags {
    std::vector<std::string> flags;
    std::vector<std::string> added;  // values
};

std::vector<wide_flags> widened(const std::vector<std::string>& flags) {
    std::vector<wide_flags> all{{flags, {}}};
    for (const auto& [start, value] : {std::pair("--wait=", "native"), std::pair("--capacity=", "unbounded")}) {
        const std::size_t known = all.size();
        for (std::size_t i = 0; i < known; ++i) {
            wide_flags wider = all[i];
            const auto flag =
                std::ranges::find_if(wider.flags, [&](const std::string& f) { return f.starts_with(start); });
            if (flag != wider.flags.end()) {
                *flag += std::string(",") + value;
                wider.added.emplace_back(value);
                all.push_back(std::move(wider));
            }
        }
    }
    std::ranges::reverse(all);
    return all;
}

}  // namespace

implementation_bench::implementation_bench(const gate_options& options, std::string who,
                                           const std::vector<std::string>& names)
    : options_(options),
      who_(std::move(who)),
      min_time_(options.min_time_seconds.value_or(default_min_time)),
      timeout_(options.timeout_seconds.value_or(default_timeout)) {
    const std::map<std::string, fs::path> binaries =
        benchmark_binaries(options.binaries, options.binaries.empty() ? "" : "--binaries");
    if (binaries.empty()) {
        throw usage_error(who_.substr(0, who_.find(' ')) +
                          ": no bench_* binary beside this command: name their folder with --binaries");
    }
    family_ = !options.family.empty() ? options.family
              : names.empty()         ? family_of_points(options.point_flags, who_, binaries)
                                      : family_with(names, who_, binaries);
    if (!binaries.contains(family_)) {
        std::vector<std::string> families;
        std::ranges::transform(binaries, std::back_inserter(families),
                               [](const auto& one) { return one.first; });
        throw usage_error("--family " + family_ + ": legal: " + joined(families));
    }
    binary_ = binaries.at(family_);

    listing all = ask(names);
    built_ = all.build;
    std::map<std::string, std::vector<std::string>> asked;
    for (const std::string& flag : options.point_flags) {
        const auto equals = flag.find('=');
        for (const std::string_view value : split(std::string_view(flag).substr(equals + 1), ',')) {
            asked[flag.substr(2, equals - 2)].emplace_back(value);
        }
    }
    std::erase_if(all.points, [&](const listed_point& p) {
        if (!p.reference && p.is_paced()) {
            ++paced_;
        }
        // Controls have no rivals: who asks for one names its workload.
        return p.reference || p.is_paced() || (p.rivals.empty() && !asked.contains("workload"));
    });
    meetings_ = meetings_of(all.points, asked);
}

listing implementation_bench::ask(const std::vector<std::string>& names) const {
    std::set<std::string> each(names.begin(), names.end());
    std::optional<usage_error> refused;
    bool of_the_user = false;  // not of a value that was added
    for (auto& [flags, added] : widened(options_.point_flags)) {
        if (!names.empty()) {
            flags.push_back("--impl=" + joined(each, ","));
        }
        try {
            return asked_of(binary_, flags);
        } catch (const usage_error& e) {
            if (!of_the_user) {
                refused = e;
                of_the_user = std::ranges::none_of(added, [&](const std::string& value) {
                    return std::string_view(e.what()).find(value) != std::string_view::npos;
                });
            }
        }
    }
    throw *refused;
}

std::string implementation_bench::left_out() const {
    return std::string(paced_ > 0 ? " but paced ones, of which each is offered a share of its own" : "") +
           " (handoff axes lists what can be chosen)";
}

std::string implementation_bench::measure_of(const listed_point& p) const {
    return options_.measure.empty() ? p.measure : options_.measure;
}

side_trial implementation_bench::run(const listed_point& p, std::uint64_t seed,
                                     std::optional<check_kind> check) const {
    trial_request request{binary_.string(), p.name, seed, min_time_};
    request.check = check;
    side_trial t = run_own_trial(request, timeout_, measure_of(p));
    t.command = command_text(trial_command(request));
    return t;
}

std::optional<no_pairs> implementation_bench::check_in_full(const listed_point& p, bool is_base,
                                                            std::uint64_t seed) const {
    if (!p.light_check) {
        return std::nullopt;
    }
    const side_trial t = run(p, seed, check_kind::full);
    const bool is_starved = t.seen.status == trial_status::invalid && t.seen.reason == nothing_done;
    if (t.ok() || is_starved) {
        return std::nullopt;
    }
    if (t.seen.status == trial_status::interrupted) {
        return no_pairs{finding::inconclusive, "interrupted", std::nullopt};
    }
    return no_pairs{
        is_base ? finding::broken : finding::failed, "its trial " + what_became_of(t),
        gate_failure{p.name, is_base ? "base" : "candidate", t.seen.status, t.seen.reason, t.command}};
}

}  // namespace handoff::harness
