#include "meetings.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace handoff::harness {

namespace {

/// The value that an implementation has which lacks the axis.
std::string_view own_choice(std::string_view axis) {
    return axis == "capacity" ? "unbounded" : axis == "wait" ? "native" : "";
}

/// The conditions of both, each axis as the one says that has it; nothing where they differ otherwise.
std::optional<point> common(const point& a, const point& b) {
    if (a.family != b.family || a.workload != b.workload || a.values.size() != b.values.size()) {
        return std::nullopt;
    }
    point both = a;
    both.impl.clear();
    for (std::size_t i = 0; i < a.values.size(); ++i) {
        const auto& [axis, value] = a.values[i];
        const auto& [other_axis, other] = b.values[i];
        const std::string_view alone = own_choice(axis);
        if (axis != other_axis || (value != other && (alone.empty() || (value != alone && other != alone)))) {
            return std::nullopt;
        }
        both.values[i].second = value == alone ? other : value;
    }
    return both;
}

/// Different conditions, in the order in which they come first, and all that some of them have in common: a
/// queue that waits by itself and is bounded meets one without bounds that does not.
std::vector<point> conditions_of(const std::vector<listed_point>& points) {
    std::vector<point> all;
    const auto add = [&](point one) {
        one.impl.clear();
        if (std::ranges::find(all, one) == all.end()) {
            all.push_back(std::move(one));
        }
    };
    for (const listed_point& p : points) {
        add(p.point);
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (std::optional<point> both = common(all[i], all[j])) {
                add(std::move(*both));
            }
        }
    }
    return all;
}

bool is_asked(const point& conditions, const std::map<std::string, std::vector<std::string>>& asked) {
    return std::ranges::all_of(conditions.values, [&](const auto& value) {
        const auto named = asked.find(value.first);
        return named == asked.end() || std::ranges::find(named->second, value.second) != named->second.end();
    });
}

}  // namespace

std::string name_without_impl(const point& p) {
    point nobody = p;
    nobody.impl.clear();
    std::string name = nobody.name();
    if (const auto gap = name.find("//"); gap != std::string::npos) {
        name.erase(gap, 1);
    }
    if (name.ends_with('/')) {
        name.pop_back();  // a point without axes
    }
    return name;
}

std::string meeting::name() const {
    return name_without_impl(conditions);
}

std::vector<meeting> meetings_of(const std::vector<listed_point>& points,
                                 const std::map<std::string, std::vector<std::string>>& asked) {
    const std::vector<point> all = conditions_of(points);
    std::vector<meeting> meetings;
    for (const point& conditions : all) {
        const bool is_part = std::ranges::any_of(
            all, [&](const point& other) { return other != conditions && common(conditions, other) == other; });
        if (is_part || !is_asked(conditions, asked)) {
            continue;
        }
        meeting one{conditions, {}};
        for (const listed_point& p : points) {
            if (common(p.point, conditions) != conditions) {
                continue;
            }
            const auto known = std::ranges::find_if(
                one.members, [&](const listed_point& m) { return m.point.impl == p.point.impl; });
            if (known == one.members.end()) {
                one.members.push_back(p);
            } else if (p.point.values == conditions.values) {
                *known = p;  // it has these very conditions
            }
        }
        meetings.push_back(std::move(one));
    }
    return meetings;
}

}  // namespace handoff::harness
