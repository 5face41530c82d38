#include "expansion.hpp"

#include <algorithm>
#include <cstdio>
#include <set>
#include <unordered_map>
#include <utility>

#include "pinning.hpp"
#include "scheduling.hpp"
#include "text.hpp"
#include "topology.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

namespace {

/// Checks a value against its axis alone; `words` are what the candidates offer on word axes.
void check_value(const axis& a, const requested_value& value, const std::vector<std::string>& words) {
    switch (a.is) {
        case axis::kind::word:
            if (std::ranges::find(words, value.text) == words.end()) {
                refuse(a.name, value, "legal: " + joined(words));
            }
            return;
        case axis::kind::size:
            if (value.text == "unbounded") {
                return;
            }
            [[fallthrough]];
        case axis::kind::count:
            parse_count(a.name, value, a.least, a.largest);
            return;
    }
}

const std::vector<std::string>* words_of(const candidate& c, std::string_view axis) {
    const auto found =
        std::ranges::find(c.words, axis, [](const auto& w) { return std::string_view(w.first); });
    return found == c.words.end() ? nullptr : &found->second;
}

const std::vector<std::string>* defaults_of(const candidate& c, std::string_view axis) {
    const auto found = std::ranges::find(c.axes, axis, [](const auto& w) { return std::string_view(w.first); });
    return found == c.axes.end() ? nullptr : &found->second;
}

/// Why the build lacks an implementation that the block may name; empty where it does not know that name,
/// either.
std::string why_not_built(const block& asked, const std::string& impl) {
    for (const not_built_impl& one : not_built()) {
        if (one.impl == impl &&
            (asked.families.empty() ||
             std::ranges::find(asked.families, one.family, &requested_value::text) != asked.families.end())) {
            return "not built: " + one.reason;
        }
    }
    return "";
}

/// Takes the implementations that this build lacks out of a block, and says why in `left_out`. Throws
/// nothing_here where it names no others.
block without_not_built(block asked, std::map<std::string, std::size_t>& left_out) {
    const std::vector<requested_value> named = std::exchange(asked.impls, {});
    std::string refusal;
    for (const requested_value& value : named) {
        if (const std::string why = why_not_built(asked, value.text); why.empty()) {
            asked.impls.push_back(value);
        } else {
            ++left_out["impl " + value.text + ": " + why];
            refusal = refusal.empty() ? "impl " + value.text + " (" + value.place + "): " + why : refusal;
        }
    }
    if (asked.impls.empty() && !refusal.empty()) {
        throw nothing_here(refusal, left_out);
    }
    return asked;
}

/// The candidates that a block names, in the registry's order; unknown names are refused.
std::vector<const candidate*> named_candidates(const block& asked) {
    const auto check = [](const std::vector<requested_value>& wanted, const char* what,
                          auto candidate::* member, const std::vector<const candidate*>& among) {
        if (wanted.empty()) {
            return among;
        }
        std::set<std::string> known;
        for (const candidate* c : among) {
            known.insert(c->*member);
        }
        std::set<std::string> names;
        for (const requested_value& value : wanted) {
            if (!known.contains(value.text)) {
                refuse(what, value, "legal: " + joined(known));
            }
            names.insert(value.text);
        }
        std::vector<const candidate*> kept;
        std::ranges::copy_if(among, std::back_inserter(kept),
                             [&](const candidate* c) { return names.contains(c->*member); });
        return kept;
    };
    std::vector<const candidate*> all;
    for (const candidate& c : registry()) {
        all.push_back(&c);
    }
    all = check(asked.families, "family", &candidate::family, all);
    all = check(asked.workloads, "workload", &candidate::workload, all);
    return check(asked.impls, "impl", &candidate::impl, all);
}

/// Why this machine has no place for a legal point.
struct absence {
    std::string axis;  ///< whose value it is; empty: too many threads
    std::string reason;
};

/// Why the threads of a point cannot be scheduled as it says.
std::optional<absence> unscheduled(const point& p, placement where, std::size_t threads) {
    const scheduling how = scheduling_of(p);
    if (how.policy != sched_policy::other && !why_not_scheduled(how.policy).empty()) {
        return absence{"sched", why_not_scheduled(how.policy)};
    }
    // Nobody takes the CPU away from a real-time thread but one of a higher priority: a thread that spins until
    // another has done something would wait for ever where that one needs the same CPU.
    if (is_real_time(how.policy) && oversubscribed(where, threads)) {
        return absence{
            "sched",
            "a real-time thread that spins keeps its CPU from the thread that it waits for: such teams "
            "have a CPU for each thread"};
    }
    if (how.neighbours > 0 && !why_not_pinned().empty()) {
        return absence{"neighbours", why_not_pinned()};
    }
    return std::nullopt;
}

std::optional<absence> absence_of(const block& asked, const candidate& c, const point& p) {
    const placement where = placement_of(p);
    const std::size_t threads = c.threads(p);
    if (std::string why = why_no_seats(where, threads); !why.empty()) {
        return absence{"placement", std::move(why)};
    }
    if (auto lack = unscheduled(p, where, threads)) {
        return lack;
    }
    const std::string crowd = "more threads than CPUs (" + std::to_string(processors().size()) + " here)";
    if (asked.oversubscribed == false && oversubscribed(where, threads)) {
        return absence{"", crowd + ", which its block leaves out (\"oversubscribed\": false)"};
    }
    if (!asked.oversubscribed && c.stalls_crowded &&
        (oversubscribed(where, threads) || scheduling_of(p).neighbours > 0)) {
        if (const std::string why = c.stalls_crowded(p); !why.empty()) {
            return absence{"", why + ": left out with " + crowd + " unless \"oversubscribed\" is true"};
        }
    }
    return std::nullopt;
}

/// Values in the order in which they were asked for, each once; the candidate's own where nobody asked.
std::vector<requested_value> values_of(const block& asked, const std::string& axis,
                                       const std::vector<std::string>& defaults) {
    std::vector<requested_value> values;
    std::set<std::string_view> seen;
    if (const auto given = asked.axes.find(axis); given != asked.axes.end()) {
        for (const requested_value& value : given->second) {
            if (seen.insert(value.text).second) {
                values.push_back(value);
            }
        }
        return values;
    }
    for (const std::string& text : defaults) {
        if (seen.insert(text).second) {
            values.push_back({text, "default"});
        }
    }
    return values;
}

/// How many combinations there are of values that the candidate offers, each by itself.
double product_size(const block& asked, const candidate& c) {
    double size = 1;
    for (const auto& [name, defaults] : c.axes) {
        const std::vector<requested_value> values = values_of(asked, name, defaults);
        size *= static_cast<double>(std::ranges::count_if(values, [&](const requested_value& value) {
            return c.judge(name, value.text).is == verdict::kind::legal;
        }));
    }
    return size;
}

/// Adds the legal points of one candidate; remembers which asked values were used and why others were not.
class product {
public:
    product(const block& asked, const candidate& of, expansion& into, std::set<std::string>& used,
            std::map<std::string, std::string>& objections, std::map<std::string, absence>& absent)
        : asked_(asked), of_(of), into_(into), used_(used), objections_(objections), absent_(absent) {
        point start;
        start.family = of.family;
        start.workload = of.workload;
        start.impl = of.impl;
        extend(start, 0);
    }

private:
    void extend(const point& so_far, std::size_t axis_index) {
        if (axis_index == of_.axes.size()) {
            if (const auto lack = absence_of(asked_, of_, so_far)) {
                ++into_.left_out[(lack->axis.empty()
                                      ? ""
                                      : lack->axis + " " + std::string(so_far.value(lack->axis)) + ": ") +
                                 lack->reason];
                absent_.try_emplace("impl " + of_.impl, *lack);
                for (const auto& [name, value] : so_far.values) {
                    absent_.try_emplace(name + " " + value, *lack);
                }
                return;
            }
            if (const verdict v = of_.judge_together ? of_.judge_together(so_far) : verdict{};
                v.is != verdict::kind::legal) {
                leave_out(so_far, v.reason);
                return;
            }
            into_.points.push_back(so_far);
            used_.insert("impl " + of_.impl);
            used_.insert("workload " + of_.workload);
            for (const auto& [name, value] : so_far.values) {
                used_.insert(name + " " + value);
            }
            return;
        }
        const auto& [name, defaults] = of_.axes[axis_index];
        for (const requested_value& value : values_of(asked_, name, defaults)) {
            const verdict v = of_.judge(name, value.text);
            if (v.is == verdict::kind::senseless) {
                refuse(name, value, v.reason);
            }
            if (v.is == verdict::kind::not_offered) {
                ++into_.left_out[name + " " + value.text + ": " + v.reason];
                objections_.try_emplace(name + " " + value.text, v.reason);
                objections_.try_emplace("impl " + of_.impl,
                                        name + " " + value.text + " is not its: " + v.reason);
                continue;
            }
            point next = so_far;
            next.values.emplace_back(name, value.text);
            extend(next, axis_index + 1);
        }
    }

    /// Values that do not go together: whichever of them was asked for may be the one without a point.
    void leave_out(const point& combined, const std::string& reason) {
        ++into_.left_out[reason];
        for (const auto& [name, value] : combined.values) {
            objections_.try_emplace(name + " " + value, reason);
        }
        objections_.try_emplace("impl " + of_.impl, reason);
    }

    const block& asked_;
    const candidate& of_;
    expansion& into_;
    std::set<std::string>& used_;
    std::map<std::string, std::string>& objections_;
    std::map<std::string, absence>& absent_;  ///< asked values of points that this machine has no place for
};

}  // namespace

block block_of_point(std::string_view point_name) {
    const std::string place = "--point=" + std::string(point_name);
    const auto parts = split(point_name, '/');
    if (parts.size() < 3) {
        throw usage_error("point " + std::string(point_name) +
                          " (--point): expected family/workload/impl/axis:value/..., as --benchmark_list_tests "
                          "prints them");
    }
    block result;
    result.place = place;
    result.families = {{std::string(parts[0]), place}};
    result.workloads = {{std::string(parts[1]), place}};
    result.impls = {{std::string(parts[2]), place}};
    result.oversubscribed = true;  // who names a point means it
    for (const axis& a : axes()) {
        const bool swept = std::ranges::any_of(registry(), [&](const candidate& c) {
            return c.workload == parts[1] && c.impl == parts[2] && defaults_of(c, a.name) != nullptr;
        });
        if (swept && !a.neutral.empty()) {
            result.axes[std::string(a.name)] = {{std::string(a.neutral), place}};
        }
    }
    for (std::size_t i = 3; i < parts.size(); ++i) {
        const auto colon = parts[i].find(':');
        const std::string_view label = parts[i].substr(0, colon);
        const auto found = std::ranges::find(axes(), label, &axis::label);
        if (found == axes().end() || colon == std::string_view::npos) {
            std::vector<std::string_view> labels;
            std::ranges::transform(axes(), std::back_inserter(labels), &axis::label);
            throw usage_error("'" + std::string(parts[i]) + "' (" + place +
                              "): expected label:value; labels: " + joined(labels));
        }
        result.axes[std::string(found->name)] = {{std::string(parts[i].substr(colon + 1)), place}};
    }
    return result;
}

void refuse_too_many(double points, const std::string& place) {
    if (points > most_points) {
        char text[80];
        std::snprintf(text, sizeof text, "a product of %.0f points, more than %d", points, most_points);
        throw usage_error(std::string(text) + " (" + place + "): name fewer values, or several sweeps");
    }
}

expansion expand(const block& written, unoffered such) {
    expansion result;
    const block asked = without_not_built(written, result.left_out);
    const std::vector<const candidate*> candidates = named_candidates(asked);

    // First each value against its axis alone, so that nonsense is refused whoever might have taken it.
    for (const auto& [name, values] : asked.axes) {
        std::vector<std::string> words;
        bool swept = false;
        for (const candidate& c : registry()) {
            if (const auto* offered = words_of(c, name)) {
                for (const std::string& word : *offered) {
                    if (std::ranges::find(words, word) == words.end()) {
                        words.push_back(word);
                    }
                }
            }
            swept = swept || defaults_of(c, name) != nullptr;
        }
        for (const requested_value& value : values) {
            check_value(*find_axis(name), value, words);
        }
        if (!swept) {
            throw usage_error("axis " + name + " (" + values.front().place + "): no workload here sweeps it");
        }
    }

    double size = 0;
    for (const candidate* c : candidates) {
        const bool has_all = std::ranges::all_of(
            asked.axes, [&](const auto& given) { return defaults_of(*c, given.first) != nullptr; });
        size += c->unavailable.empty() && has_all ? product_size(asked, *c) : 0;
    }
    refuse_too_many(size, asked.place);

    std::set<std::string> used;
    std::map<std::string, std::string> objections;
    std::map<std::string, absence> absent;
    std::map<std::string, std::string> without_an_axis;  ///< workload -> why it has no point
    for (const candidate* c : candidates) {
        if (!c->unavailable.empty()) {
            const std::string reason = "impl " + c->impl + ": unavailable here: " + c->unavailable;
            ++result.left_out[reason];
            objections.try_emplace("impl " + c->impl, "unavailable here: " + c->unavailable);
            for (const auto& [name, values] : asked.axes) {  // nothing is wrong with them
                for (const requested_value& value : values) {
                    objections.try_emplace(name + " " + value.text, reason);
                }
            }
            continue;
        }
        const auto missing = std::ranges::find_if(
            asked.axes, [&](const auto& given) { return defaults_of(*c, given.first) == nullptr; });
        if (missing == asked.axes.end()) {
            product(asked, *c, result, used, objections, absent);
            continue;
        }
        // A workload without an axis that was asked for would run points that nobody asked for.
        const std::string reason = "workload " + c->workload + " has no axis " + missing->first;
        ++result.left_out[reason];
        objections.try_emplace("impl " + c->impl, reason);
        for (const requested_value& value : missing->second) {
            objections.try_emplace(missing->first + " " + value.text, reason);
        }
        without_an_axis.try_emplace(
            c->workload,
            "has no axis " + missing->first + ", which is asked for beside it: it needs a block of its own");
    }

    if (result.points.empty() && !absent.empty()) {
        std::string refusal = asked.place + ": " + absent.begin()->second.reason;
        for (const auto& [name, values] : asked.axes) {
            for (const requested_value& value : values) {
                const auto lack = absent.find(name + " " + value.text);
                if (lack != absent.end() && lack->second.axis == name) {
                    refusal = name + " " + value.text + " (" + value.place + "): " + lack->second.reason;
                }
            }
        }
        throw nothing_here(refusal, std::move(result.left_out));
    }
    if (such == unoffered::left_out && !asked.impls.empty() && !objections.empty()) {
        if (result.points.empty()) {
            const auto& [what, why] = *objections.begin();
            throw nothing_here("no legal point (" + asked.place + "): " + what + ": " + why,
                               std::move(result.left_out));
        }
        return result;
    }
    const auto demand = [&](const std::string& what, const requested_value& value) {
        if (!used.contains(what + " " + value.text) && !absent.contains(what + " " + value.text)) {
            const auto why = objections.find(what + " " + value.text);
            refuse(what, value, why == objections.end() ? "no legal point has it" : why->second);
        }
    };
    // A value may have been meant for an implementation that is not built: then it is left out with it.
    const bool lacks_some = asked.impls.size() < written.impls.size();
    for (const auto& [name, values] : asked.axes) {
        for (const requested_value& value : values) {
            if (!lacks_some) {
                demand(name, value);
            }
        }
    }
    for (const requested_value& value : asked.impls) {
        demand("impl", value);
    }
    for (const requested_value& value : asked.workloads) {
        const auto why = without_an_axis.find(value.text);
        if (why != without_an_axis.end() && !used.contains("workload " + value.text)) {
            refuse("workload", value, why->second);
        }
    }
    if (result.points.empty()) {
        throw usage_error(
            "no legal point (" + asked.place + ")" +
            (objections.empty() ? "" : ": " + objections.begin()->first + ": " + objections.begin()->second));
    }
    return result;
}

const candidate& candidate_of(const point& p) {
    static std::unordered_map<std::string, std::size_t> places;
    if (places.size() != registry().size()) {
        places.clear();
        for (std::size_t i = 0; i < registry().size(); ++i) {
            const candidate& c = registry()[i];
            places.emplace(c.family + "/" + c.workload + "/" + c.impl, i);
        }
    }
    const auto found = places.find(p.family + "/" + p.workload + "/" + p.impl);
    if (found == places.end()) {
        throw std::logic_error("no candidate for " + p.name());
    }
    return registry()[found->second];
}

}  // namespace handoff::harness
