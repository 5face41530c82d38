#include "standings.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <sstream>
#include <tuple>
#include <utility>

#include "result.hpp"
#include "statistics.hpp"
#include "text.hpp"

namespace handoff::harness {

namespace {

using contenders = std::vector<const contender*>;

std::string axis_text(const listed_point& listed, const char* axis) {
    return std::string(listed.point.value(axis));
}

/// What points must share to be ranked together: the workload and all axes but the implementation's own choices
/// (its ways of waiting and of stealing, and the capacity of those that have none). Spelled as in point names.
std::string contest_of(const listed_point& listed) {
    std::stringstream parts(listed.name);
    std::string part;
    std::string text;
    for (int i = 0; std::getline(parts, part, '/'); ++i) {
        const bool is_choice =
            part.starts_with("wait:") || part.starts_with("steal:") || part.starts_with("cap:");
        if (i == 1) {
            text = part;
        } else if (i > 2 && !is_choice) {
            text += " " + part;
        }
    }
    return text + (listed.oversubscribed ? " OVERSUBSCRIBED" : "");
}

/// The contenders with a trial that counts, and those that were caught, which have no costs; in the order of
/// the file. `without` counts those that have neither.
std::vector<contender> contenders_of(const result_file& results, std::size_t& without) {
    const auto rows = results.counted_rows();
    std::vector<contender> all;
    for (const result_point& point : results.run.points) {
        if (point.listed.rivals.empty()) {
            continue;
        }
        contender one{&point, {}, {}, {}, {}, 0};
        if (const auto found = rows.find(point.listed.name); found != rows.end()) {
            for (const result_row* row : found->second) {
                if (const auto cost = cost_of(point.listed.measure, row->measured())) {
                    one.rows.push_back(row);
                    one.costs.push_back(*cost);
                    if (row->limit_share) {
                        one.shares.push_back(*row->limit_share);
                    }
                    const auto& metrics = row->measured().metrics;
                    const auto starved = metrics.find("never_got_in");
                    one.starved += starved != metrics.end() && starved->second > 0 ? 1 : 0;
                    if (row->level) {
                        one.levels.insert(*row->level);
                    }
                }
            }
        }
        if (one.costs.empty() && !point.caught) {
            ++without;
        } else {
            all.push_back(std::move(one));
        }
    }
    return all;
}

/// The value of `key_of` that most implementations among the contenders share; of equals the one with the most
/// threads that fit the machine, then the first.
template <class KeyOf>
std::string most_common(const contenders& all, KeyOf&& key_of) {
    std::map<std::string, std::set<std::string>> impls;
    std::string best;
    for (const contender* c : all) {
        impls[key_of(*c)].insert(c->listed().point.impl);
    }
    std::tuple<std::size_t, bool, std::size_t> most{0, false, 0};
    for (const contender* c : all) {
        const std::string key = key_of(*c);
        const std::tuple now{impls[key].size(), !c->listed().oversubscribed, c->listed().threads};
        if (now > most) {
            most = now;
            best = key;
        }
    }
    return best;
}

template <class Wanted>
contenders kept(const contenders& all, Wanted&& wanted) {
    contenders some;
    std::ranges::copy_if(all, std::back_inserter(some), [&](const contender* c) { return wanted(*c); });
    return some;
}

bool chooses(const contender& c, const char* axis) {
    const std::string word = axis_text(c.listed(), axis);
    return !word.empty() && word != "native";
}

/// Those with the value of that axis that most implementations have, beside those that have no choice; all
/// where there is one value or none.
contenders with_fixed(const contenders& all, const char* axis, std::string& fixed) {
    const contenders choosing = kept(all, [&](const contender& c) { return chooses(c, axis); });
    std::set<std::string> values;
    for (const contender* c : choosing) {
        values.insert(axis_text(c->listed(), axis));
    }
    if (values.size() < 2) {
        return all;
    }
    const std::string most =
        most_common(choosing, [&](const contender& c) { return axis_text(c.listed(), axis); });
    fixed += (fixed.empty() ? "" : " and ") + most;
    return kept(all,
                [&](const contender& c) { return !chooses(c, axis) || axis_text(c.listed(), axis) == most; });
}

/// Each implementation once, under the best of the contenders' choices.
ranking_group group_of(const std::string& title, const contenders& group) {
    ranking_group made{title, {}, {}, false};
    std::map<std::string, standing> best;
    for (const contender* c : group) {
        const std::string steal = axis_text(c->listed(), "steal");
        made.have_steals = made.have_steals || !steal.empty();
        standing now{c,
                     axis_text(c->listed(), "wait") + (steal.empty() || steal == "native" ? "" : " " + steal)};
        if (c->costs.empty()) {
            made.caught.push_back(now);
            continue;
        }
        now.middle = median(c->costs);
        const std::string& impl = c->listed().point.impl;
        const auto before = best.find(impl);
        if (before == best.end() || now.middle < before->second.middle) {
            best.insert_or_assign(impl, now);
        }
    }
    std::vector<standing>& ranked = made.ranked;
    for (const auto& [impl, s] : best) {
        ranked.push_back(s);
    }
    std::ranges::stable_sort(ranked, {}, &standing::middle);
    std::vector<std::vector<double>> costs;
    for (const standing& s : ranked) {
        costs.push_back(s.of->costs);
    }
    const std::vector<place_range> places = places_of(costs);
    for (std::size_t i = 0; i < ranked.size(); ++i) {
        ranked[i].place = places[i];
    }
    return made;
}

std::vector<ranking_group> groups_of(const contenders& all) {
    std::map<std::string, contenders> groups;
    for (const contender* c : all) {
        groups[c->listed().rivals].push_back(c);
    }
    std::vector<ranking_group> made;
    for (const auto& [title, group] : groups) {
        made.push_back(group_of(title, group));
    }
    return made;
}

contest contest_among(const contenders& all) {
    const listed_point& first = all.front()->listed();
    contest made{
        first.point.family, contest_of(first), measure_named(first.measure), groups_of(all), {}, {}, {}};
    const contenders alike = with_fixed(with_fixed(all, "wait", made.fixed), "steal", made.fixed);
    if (!made.fixed.empty()) {
        made.alike = groups_of(alike);
    }
    return made;
}

/// `bimodal: 26.32 [24.10 .. 27.93] (5 of 9) and 0.23 [0.21 .. 0.25] (4 of 9)`, the better mode first.
std::string humps_text(const contender& c) {
    const measure by = measure_named(c.listed().measure);
    std::string text;
    for (const trial_mode& mode : c.point->humps) {  // by cost, the lower first
        const auto shown = [&](double cost) { return by.shown_factor * by.value_of_cost(cost); };
        char part[120];
        std::snprintf(part, sizeof part, "%.*f [%.*f .. %.*f] (%zu of %zu)", by.digits, shown(mode.median),
                      by.digits, shown(by.is_rate() ? mode.high : mode.low), by.digits,
                      shown(by.is_rate() ? mode.low : mode.high), mode.trials, c.costs.size());
        text += (text.empty() ? "bimodal: " : " and ") + std::string(part);
    }
    return text;
}

}  // namespace

standings::standings(const result_file& results) : all_(contenders_of(results, without_)) {
    contenders all;
    for (const contender& c : all_) {
        all.push_back(&c);
    }
    // Queues that are kept near-empty or near-full are chosen to be so: a contest for each.
    const auto workload_of = [](const contender& c) {
        return c.listed().point.family + "/" + c.listed().point.workload + "/" +
               axis_text(c.listed(), "balance");
    };
    std::vector<std::string> workloads;
    for (const contender& c : all_) {
        const std::string workload = workload_of(c);
        if (std::ranges::find(workloads, workload) == workloads.end()) {
            workloads.push_back(workload);
        }
    }
    const auto contest_name = [](const contender& c) { return contest_of(c.listed()); };
    const auto capacity = [](const contender& c) { return axis_text(c.listed(), "capacity"); };
    for (const std::string& workload : workloads) {
        contenders some = kept(all, [&](const contender& c) { return workload_of(c) == workload; });
        const std::string main_contest = most_common(some, contest_name);
        some = kept(some, [&](const contender& c) { return contest_name(c) == main_contest; });
        const auto bounded = kept(some, [&](const contender& c) { return capacity(c) != "unbounded"; });
        const std::string main_capacity = most_common(bounded, capacity);
        some = kept(some, [&](const contender& c) {
            return capacity(c) == "unbounded" || capacity(c) == main_capacity;
        });
        points_shown_ += some.size();
        contests_.push_back(contest_among(some));
        for (const caught_implementation& one : results.run.caught) {
            if (one.family == contests_.back().family) {
                contests_.back().marked.insert(one.impl);
            }
        }
    }
}

std::string title_of(const measure& by) {
    return by.title + (by.higher_is_better ? "" : " (lower is better)");
}

std::string value_text(const measure& by, double cost) {
    if (std::isinf(cost)) {
        return "saturated";
    }
    char text[60];
    std::snprintf(text, sizeof text, "%.*f", by.digits, by.shown_factor * by.value_of_cost(cost));
    return text;
}

std::string numbers_text(const contender& c) {
    const measure by = measure_named(c.listed().measure);
    const auto [least, greatest] = std::ranges::minmax(c.costs);
    char text[260];
    std::snprintf(text, sizeof text, "%9s  [%s .. %s]  n=%zu", value_text(by, median(c.costs)).c_str(),
                  value_text(by, by.is_rate() ? greatest : least).c_str(),
                  value_text(by, by.is_rate() ? least : greatest).c_str(), c.costs.size());
    std::string all = c.point->humps.empty() ? text : " " + humps_text(c);
    if (const std::size_t saturated = c.point->saturated; saturated > 0) {
        all += "  saturated in " + std::to_string(saturated) + " of " + std::to_string(c.costs.size());
    }
    if (c.starved > 0) {
        all += "  a thread never got in, in " + std::to_string(c.starved) + " of " +
               std::to_string(c.costs.size());
    }
    return all;
}

std::string place_text(const place_range& place) {
    return std::to_string(place.best) + (place.best == place.worst ? "" : "-" + std::to_string(place.worst)) +
           ".";
}

std::string left_out_text(const result_file& results, const standings& who) {
    std::ostringstream out;
    for (const caught_implementation& one : results.run.caught) {
        out << "(!) " << one.family << " " << one.impl << " showed a fault at "
            << counted(one.points.size(), "point") << ", without a number: " << one.points.front() << ": "
            << one.reason << "\n";
    }
    if (who.points_shown() < who.points()) {
        out << counted(who.points() - who.points_shown(), "further point")
            << ", of other shapes, capacities and item sizes: see the result file and the charts\n";
    }
    if (who.without() > 0) {
        out << counted(who.without(), "point")
            << " without a trial that counts (failed, flagged, in another machine state, or vouched for by no "
               "full "
               "check)\n";
    }
    return out.str();
}

}  // namespace handoff::harness
