#include "reason.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <map>
#include <optional>
#include <set>

#include "measures.hpp"
#include "result.hpp"
#include "statistics.hpp"
#include "text.hpp"
#include "words.hpp"

namespace handoff::harness {

namespace {

/// What is rarer explains nothing.
constexpr double worth_saying = 0.01;
/// Jain's index of threads that share the work fairly enough.
constexpr double fair = 0.9;
/// A share of the limit from which on the machine, and not the implementation, is what is measured.
constexpr double near_limit = 0.7;

using rows = std::vector<const result_row*>;

std::string of(std::size_t some, std::size_t all) {
    return std::to_string(some) + " of " + std::to_string(all);
}

/// The median over those rows that say it.
template <class ValueOf>
std::optional<double> middle(const rows& counted, ValueOf&& value_of) {
    std::vector<double> values;
    for (const result_row* row : counted) {
        if (const std::optional<double> value = value_of(*row); value && std::isfinite(*value)) {
            values.push_back(*value);
        }
    }
    return values.empty() ? std::nullopt : std::optional(median(std::move(values)));
}

std::optional<double> middle_metric(const rows& counted, const char* name) {
    return middle(counted, [&](const result_row& row) {
        const auto& metrics = row.measured().metrics;
        const auto found = metrics.find(name);
        return found == metrics.end() ? std::nullopt : std::optional(found->second);
    });
}

/// Why none of the point's trials counts.
std::string why_no_number(const result_point& point, const rows& all) {
    if (point.failed && (point.caught || all.empty())) {
        return "no number: " + failed_text(*point.failed);
    }
    if (point.full_check == "failed" || point.full_check == "pending") {
        return "no number: its full check " +
               std::string(point.full_check == "failed" ? "failed" : "has not been made");
    }
    std::size_t passed = 0;
    std::size_t elsewhere = 0;
    std::vector<std::string> flags;
    for (const result_row* row : all) {
        if (row->measured().check == word(check_kind::full)) {
            continue;  // it vouches for the others
        }
        ++passed;
        elsewhere += row->flags.empty() ? 1 : 0;
        for (const std::string& flag : row->flags) {
            if (std::ranges::find(flags, flag) == flags.end()) {
                flags.push_back(flag);
            }
        }
    }
    if (passed == 0) {
        return "not measured";
    }
    std::string text = "no trial counts: ";
    if (elsewhere < passed) {
        text += of(passed - elsewhere, passed) + " flagged (" + joined(flags) + ")";
    }
    if (elsewhere > 0) {
        text += (elsewhere < passed ? ", " : "") + of(elsewhere, passed) + " in another machine state";
    }
    return text;
}

/// How full a bounded queue was, where its trials agree.
std::string level_text(const rows& counted) {
    std::set<std::string> levels;
    for (const result_row* row : counted) {
        if (row->level) {
            levels.insert(*row->level);
        }
    }
    if (levels.size() > 1) {
        return "ran now full, now empty";
    }
    std::string level = levels.empty() || *levels.begin() == "balanced" ? "" : "ran " + *levels.begin();
    std::ranges::replace(level, '_', '-');
    return level;
}

}  // namespace

std::string reason_of(const result_point& point, const rows& all) {
    rows counted;
    std::ranges::copy_if(all, std::back_inserter(counted), &result_row::counted);
    if (point.caught || counted.empty()) {
        return why_no_number(point, all);
    }
    std::vector<std::string> parts;
    const auto say = [&](std::string text) {
        if (!text.empty()) {
            parts.push_back(std::move(text));
        }
    };
    if (point.saturated > 0) {
        say("offered more than it can carry in " + of(point.saturated, counted.size()) + " trials");
    }
    if (point.failed) {
        say(failed_text(*point.failed));
    }
    say(level_text(counted));
    if (const auto sleeps = middle_metric(counted, "sleep_ratio"); sleeps && *sleeps >= worth_saying) {
        say(*sleeps > 0.995 ? "slept in every wait" : "slept in " + short_percent(*sleeps) + " of the waits");
    }
    if (point.humps.size() == 2) {
        const trial_mode& fast = point.humps[0];
        const trial_mode& slow = point.humps[1];
        say("two modes, " + short_number(slow.median / fast.median) + "x apart (" +
            of(fast.trials, fast.trials + slow.trials) + " trials in the better one)");
    }
    if (point.latency_humps.size() == 2) {
        say("latencies in two groups, near " + short_time(point.latency_humps[0].median) + " and " +
            short_time(point.latency_humps[1].median) + " (" + short_percent(point.latency_humps[1].share) +
            ")");
    }
    std::size_t starved = 0;
    for (const result_row* row : counted) {
        const auto& metrics = row->measured().metrics;
        const auto found = metrics.find("never_got_in");
        starved += found != metrics.end() && found->second > 0 ? 1 : 0;
    }
    if (starved > 0) {
        say("a thread never got in, in " + of(starved, counted.size()) + " trials");
    }
    const auto fairness = middle(counted, [](const result_row& row) {
        std::optional<double> lowest;
        for (const auto& [role, index] : row.measured().fairness) {
            lowest = lowest ? std::min(*lowest, index) : index;
        }
        return lowest;
    });
    if (fairness && *fairness < fair) {
        say("threads got unequal shares (Jain's index " + short_number(*fairness) + ")");
    }
    for (const auto& [name, words] : {std::pair("stolen_share", " of the items were stolen"),
                                      {"rejected_share", " of the tasks were rejected"},
                                      {"discarded_share", " of the tasks were discarded"},
                                      {"ran_by_caller_share", " of the tasks were run by their submitter"}}) {
        if (const auto share = middle_metric(counted, name); share && *share >= worth_saying) {
            say(short_percent(*share) + words);
        }
    }
    if (const auto lost = middle_metric(counted, "lost_per_steal"); lost && *lost >= worth_saying) {
        say(short_number(*lost) + " steals lost for each that succeeds");
    }
    for (const auto& [value, words] : {std::pair(&trial_costs::allocations_per_item, " allocations per item"),
                                       {&trial_costs::system_calls_per_item, " system calls per item"}}) {
        const auto some = middle(counted, [&](const result_row& row) { return row.measured().costs.*value; });
        if (some && *some >= worth_saying) {
            say(short_number(*some) + words);
        }
    }
    const auto share = middle(counted, [](const result_row& row) { return row.limit_share; });
    if (share && *share >= near_limit) {
        say("near the machine's limit");
    }
    if (point.listed.oversubscribed) {
        say("more threads than CPUs");
    }
    return joined(parts, "; ");
}

}  // namespace handoff::harness
