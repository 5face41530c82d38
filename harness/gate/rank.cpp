#include "rank.hpp"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <iterator>
#include <limits>
#include <map>
#include <set>

#include "child.hpp"
#include "json.hpp"
#include "rank_order.hpp"
#include "rank_pairs.hpp"
#include "statistics.hpp"
#include "suite.hpp"
#include "text.hpp"
#include "usage_error.hpp"
#include "write_file.hpp"

namespace handoff::harness {

namespace {

/// Trials of each member from which the order is guessed. A wrong guess costs time, not truth.
constexpr std::size_t guessing_rounds = 3;

/// What the first trials of a meeting's members came to.
using first_costs = std::vector<std::vector<double>>;  // [member]: of the trials that passed

struct first_round {
    std::vector<first_costs> costs;               ///< [meeting]
    std::vector<std::vector<std::size_t>> order;  ///< [meeting]: members, fastest first, without failed ones
};

/// Single trials of all members in turn, each round beginning with another one.
first_round guess(rank_pairs& source, const gate_options& options, clock::time_point begin) {
    first_round made;
    std::vector<std::set<std::size_t>> failed(source.meetings().size());
    for (const meeting& m : source.meetings()) {
        made.costs.emplace_back(m.members.size());
    }
    const auto is_over = [&] {
        return interrupted() ||
               (options.budget_seconds && seconds_between(begin, clock::now()) > *options.budget_seconds);
    };
    for (std::size_t round = 0; round < guessing_rounds; ++round) {
        for (std::size_t at = 0; at < source.meetings().size(); ++at) {
            const std::size_t members = source.meetings()[at].members.size();
            for (std::size_t i = 0; i < members && !is_over(); ++i) {
                const std::size_t member = (i + round) % members;
                const side_trial t = source.measure_alone(at, member, ((options.seed << 20) + round));
                if (t.ok()) {
                    made.costs[at][member].push_back(t.value());
                } else if (t.seen.status != trial_status::interrupted && !is_starved(t)) {
                    failed[at].insert(member);
                }
            }
        }
    }
    for (std::size_t at = 0; at < source.meetings().size(); ++at) {
        std::vector<std::size_t> order;
        std::vector<double> cost;
        for (std::size_t member = 0; member < made.costs[at].size(); ++member) {
            const std::vector<double>& seen = made.costs[at][member];
            cost.push_back(seen.empty() ? std::numeric_limits<double>::infinity() : median(seen));
            if (!failed[at].contains(member)) {
                order.push_back(member);
            }
        }
        std::ranges::stable_sort(order, {}, [&](std::size_t member) { return cost[member]; });
        made.order.push_back(std::move(order));
    }
    return made;
}

outcome outcome_of(const gate_engine& engine, std::size_t comparison) {
    if (!engine.is_over(comparison)) {
        return outcome::open;
    }
    switch (engine.standing(comparison).found) {
        case finding::regressed:
            return outcome::first_faster;
        case finding::improved:
            return outcome::second_faster;
        case finding::unchanged:
            return outcome::tie;
        case finding::broken:
            return outcome::first_failed;
        case finding::failed:
            return outcome::second_failed;
        case finding::no_evidence:
        case finding::inconclusive:
        case finding::missing:
        case finding::added:
            break;
    }
    return outcome::undecided;
}

/// Wants the pairs that the rankings of all meetings want; then those of the best of ours and the best of the
/// others.
class rank_agenda : public agenda {
public:
    rank_agenda(const rank_pairs& source, const std::vector<std::vector<std::size_t>>& guessed,
                const std::vector<std::string>& ours)
        : source_(source), ours_(ours) {
        for (const std::vector<std::size_t>& order : guessed) {
            rankings_.emplace_back(order);
        }
    }

    void update(gate_engine& engine) override {
        for (std::size_t at = 0; at < rankings_.size(); ++at) {
            rank_order& one = rankings_[at];
            one.update(
                [&](std::size_t a, std::size_t b) { return outcome_of(engine, source_.index(at, a, b)); });
            std::set<std::pair<std::size_t, std::size_t>> wanted = one.wanted();
            if (const auto best = best_of_both(at); best && wanted.empty()) {
                wanted.emplace(std::min(best->first, best->second), std::max(best->first, best->second));
            }
            const std::size_t members = source_.meetings()[at].members.size();
            for (std::size_t a = 0; a < members; ++a) {
                for (std::size_t b = a + 1; b < members; ++b) {
                    engine.want(source_.index(at, a, b), wanted.contains({a, b}));
                }
            }
        }
    }

    const std::vector<place>& places(std::size_t meeting) const { return rankings_[meeting].places(); }

    /// The best of ours and the best of the others, as members; nothing where one of the two is not there.
    std::optional<std::pair<std::size_t, std::size_t>> best_of_both(std::size_t meeting) const {
        const auto best = [&](bool is_ours) {
            return std::ranges::find_if(places(meeting), [&](const place& p) {
                const std::string& impl = source_.meetings()[meeting].members[p.member].point.impl;
                return (std::ranges::find(ours_, impl) != ours_.end()) == is_ours;
            });
        };
        const auto one = best(true);
        const auto other = best(false);
        if (one == places(meeting).end() || other == places(meeting).end()) {
            return std::nullopt;
        }
        return std::pair(one->member, other->member);
    }

private:
    const rank_pairs& source_;
    const std::vector<std::string>& ours_;
    std::vector<rank_order> rankings_;
};

/// What was measured, as the result file has it.
class writing {
public:
    writing(const rank_options& options, const rank_pairs& source, const first_round& first,
            const rank_agenda& sorted, const gate_setup& setup, gate_result measured)
        : options_(options), source_(source), first_(first), sorted_(sorted), measured_(std::move(measured)) {
        for (std::size_t i = 0; i < measured_.points.size(); ++i) {
            number_[measured_.points[i].name] = i;
        }
        for (const gate_pair& pair : measured_.pairs) {
            pairs_[number_.at(pair.point)].push_back(&pair);
        }
        made_.date = setup.date;
        made_.context = setup.context;
        made_.build = setup.base.build;
        made_.seed = setup.seed;
        made_.rules = setup.rules;
        made_.complete = measured_.complete && !interrupted();
        made_.wall_seconds = measured_.wall_seconds;
        for (std::size_t at = 0; at < source.meetings().size(); ++at) {
            add_point(at);
        }
        if (!options.ours.empty()) {
            add_ours();
        }
        for (const auto& [index, pairs] : pairs_) {
            const rank_pairs::comparison& c = source.comparisons()[index];
            made_.comparisons.push_back(
                {impl(c.meeting, c.base), impl(c.meeting, c.candidate), measured_.points[index]});
        }
        made_.pairs = measured_.pairs;
        made_.exit_code = rank_exit_code(made_, interrupted());
    }

    rank_result made() && { return std::move(made_); }

private:
    const listed_point& member(std::size_t meeting, std::size_t number) const {
        return source_.meetings()[meeting].members[number];
    }
    const std::string& impl(std::size_t meeting, std::size_t number) const {
        return member(meeting, number).point.impl;
    }

    void add_point(std::size_t at) {
        const meeting& m = source_.meetings()[at];
        const gated_point& like = source_.points()[source_.index(at, 0, 1)];
        ranked_point point{m.name(), like.family, like.measure, like.unit, like.max_slowdown, {}, {}};
        std::set<std::size_t> placed;
        for (const place& p : sorted_.places(at)) {
            placed.insert(p.member);
            ranked_impl one{impl(at, p.member), member(at, p.member).name,    p.rank,
                            p.is_decided(),     cost_of_member(at, p.member), std::nullopt,
                            std::nullopt};
            if (p.above) {
                one.to_above = standing(at, *p.above, p.member, p.to_above);
            }
            if (p.leader) {
                one.to_leader = standing(at, *p.leader, p.member, p.to_leader);
            }
            point.places.push_back(std::move(one));
        }
        for (std::size_t number = 0; number < m.members.size(); ++number) {
            if (const failed_impl* why = source_.failure(at, number); why && !placed.contains(number)) {
                point.failed.push_back(*why);
            }
        }
        made_.points.push_back(std::move(point));
    }

    rank_standing standing(std::size_t at, std::size_t above, std::size_t below, relation r) const {
        const std::size_t index = source_.index(at, std::min(above, below), std::max(above, below));
        const gate_point& p = measured_.points[index];
        const bool is_inverted = above > below;  // the file's base stands below
        const gate_slowdown& s = p.standing->slowdown;
        const auto seen = [&](std::optional<double> ratio) {
            if (ratio && is_inverted) {
                ratio = *ratio > 0 ? std::optional(1 / *ratio) : std::nullopt;
            }
            return ratio;
        };
        const gate_pair_counts& n = p.standing->pairs;
        return {impl(at, above),
                r == relation::slower ? "slower"
                : r == relation::tie  ? "tie"
                                      : "not decided",
                r == relation::undecided ? p.reason : "",
                seen(s.median),
                seen(is_inverted ? s.high : s.low),
                seen(is_inverted ? s.low : s.high),
                n.screening + n.confirming + n.proving};
    }

    /// Of all its trials in pairs that count; of its first trials where there are none.
    std::optional<double> cost_of_member(std::size_t at, std::size_t number) const {
        std::vector<double> seen;
        for (const auto& [index, pairs] : pairs_) {
            const rank_pairs::comparison& c = source_.comparisons()[index];
            if (c.meeting != at || (c.base != number && c.candidate != number)) {
                continue;
            }
            for (const gate_pair* pair : pairs) {
                if (pair->replaced.empty()) {
                    seen.push_back((c.base == number ? pair->base : pair->candidate)
                                       .value.value_or(std::numeric_limits<double>::infinity()));
                }
            }
        }
        seen = seen.empty() ? first_.costs[at][number] : seen;
        const double middle = seen.empty() ? std::numeric_limits<double>::infinity() : median(seen);
        return std::isfinite(middle) ? std::optional(middle) : std::nullopt;
    }

    void add_ours() {
        ours_against_others against{options_.ours, {}, std::nullopt, std::nullopt, std::nullopt};
        std::vector<std::vector<double>> logarithms;
        for (std::size_t at = 0; at < source_.meetings().size(); ++at) {
            if (const auto best = sorted_.best_of_both(at)) {
                const auto [ours, other] = *best;
                against.points.push_back({source_.meetings()[at].name(), impl(at, ours), impl(at, other),
                                          std::nullopt, std::nullopt, std::nullopt});
                logarithms.push_back(stated(at, ours, other));
            }
        }
        add_geometric_mean(against, logarithms);
        made_.against = std::move(against);
    }

    /// ln(other / ours) of the pairs that a verdict is stated from: the fresh ones where there is a winner.
    std::vector<double> stated(std::size_t at, std::size_t ours, std::size_t other) const {
        const std::size_t index = source_.index(at, std::min(ours, other), std::max(ours, other));
        const gate_point& p = measured_.points[index];
        std::vector<double> all;
        if (const auto pairs = pairs_.find(index); pairs != pairs_.end()) {
            for (const gate_pair* pair : pairs->second) {
                if (pair->replaced.empty()) {
                    const double d = pair->d.value_or(std::numeric_limits<double>::infinity());
                    all.push_back(ours < other ? d : -d);
                }
            }
        }
        if (p.found == finding::regressed || p.found == finding::improved) {
            all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(p.standing->pairs.screening));
        }
        return all;
    }

    const rank_options& options_;
    const rank_pairs& source_;
    const first_round& first_;
    const rank_agenda& sorted_;
    gate_result measured_;
    std::map<std::string, std::size_t> number_;
    std::map<std::size_t, std::vector<const gate_pair*>> pairs_;  ///< comparison -> its pairs
    rank_result made_;
};

/// Throws usage_error.
void check_ours(const std::vector<std::string>& ours, const std::vector<meeting>& meetings) {
    std::set<std::string> all;
    for (const meeting& m : meetings) {
        for (const listed_point& p : m.members) {
            all.insert(p.point.impl);
        }
    }
    for (const std::string& name : ours) {
        if (!all.contains(name)) {
            throw usage_error("--ours " + name + ": is not ranked; legal: " + joined(all));
        }
    }
    if (!ours.empty() && std::set(ours.begin(), ours.end()).size() == all.size()) {
        throw usage_error("--ours " + joined(ours, ",") +
                          ": these are all, and leave no others to compare with");
    }
}

}  // namespace

void add_geometric_mean(ours_against_others& made, const std::vector<std::vector<double>>& logarithms) {
    const auto exponential = [](double d) {
        return std::isfinite(d) ? std::optional(std::exp(d)) : std::nullopt;
    };
    // Each interval at so high a confidence that all hold together: then so does the mean of their ends.
    const double confidence = 1 - 0.05 / static_cast<double>(std::max<std::size_t>(1, logarithms.size()));
    const auto share = static_cast<double>(logarithms.size());
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    double mean = 0;
    double low = 0;
    double high = 0;
    for (std::size_t i = 0; i < logarithms.size(); ++i) {
        double middle = none;
        median_interval ends{none, none, 0};
        if (!logarithms[i].empty()) {
            middle = median(logarithms[i]);
            ends = interval_of_median(logarithms[i], confidence).value_or(ends);
        }
        best_of_ours& point = made.points[i];
        point.median = exponential(middle);
        point.low = exponential(ends.low);
        point.high = exponential(ends.high);
        mean += middle / share;
        low += ends.low / share;
        high += ends.high / share;
    }
    if (!logarithms.empty()) {
        made.geometric_mean = exponential(mean);
        made.low = exponential(low);
        made.high = exponential(high);
    }
}

int rank_exit_code(const rank_result& result, bool interrupted) {
    const auto is_decided = [](const ranked_point& p) {
        return std::ranges::all_of(p.places, &ranked_impl::decided);
    };
    const auto has_failed = [](const ranked_point& p) { return !p.failed.empty(); };
    return interrupted                                      ? 130
           : std::ranges::any_of(result.points, has_failed) ? 1
           : std::ranges::all_of(result.points, is_decided) ? 0
                                                            : 3;
}

int run_rank(const rank_options& options) {
    catch_interrupts();
    const auto begin = clock::now();
    rank_pairs source(options);
    check_ours(options.ours, source.meetings());
    const gate_setup setup = setup_of(options.gate, source);
    const first_round first = guess(source, options.gate, begin);
    rank_agenda sorted(source, first.order, options.ours);
    suite s(options.gate, source, setup, &sorted);
    const auto result_now = [&] { return writing(options, source, first, sorted, setup, s.result()).made(); };
    std::optional<line_file> no_log;
    const std::string& file = options.gate.json_file;
    const bool has_json_file = !file.empty() && file != "-";
    s.run(no_log,
          has_json_file ? std::function<void()>([&] { write_file(file, indented_text_of(result_now())); })
                        : nullptr,
          begin);
    sorted.update(s.engine());
    const rank_result result = result_now();
    std::ostream& terminal = file == "-" ? std::cerr : std::cout;
    if (!options.gate.quiet) {
        terminal << rank_table(result);
    }
    terminal << rank_summary(result) << "\n";
    if (!file.empty()) {
        write_output("--json", file, indented_text_of(result));
    }
    return result.exit_code;
}

}  // namespace handoff::harness
