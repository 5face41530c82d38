#include "sweep.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "topology.hpp"

namespace handoff::harness {

namespace {

using nlohmann::json;

template <class Range>
std::string listed(const Range& words) {
    std::string all;
    for (const auto& word : words) {
        all += (all.empty() ? "" : ", ") + std::string(word);
    }
    return all;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

[[noreturn]] void refuse(std::string_view what, const requested_value& value, const std::string& legal) {
    throw usage_error(std::string(what) + " " + (value.text.empty() ? "''" : value.text) + " (" + value.place +
                      "): " + legal);
}

// ------------------------------------------------------------------------------------------ sweep files

/// A JSON value with its place in the file, so that every complaint can say where.
struct node {
    const json& value;
    std::string file;
    std::string path;

    std::string place() const { return file + ": " + (path.empty() ? "top level" : path); }
    [[noreturn]] void refuse(const std::string& wanted) const {
        std::string shown = value.dump();
        if (shown.size() > 60) {
            shown = shown.substr(0, 57) + "...";
        }
        throw usage_error(shown + " (" + place() + "): expected " + wanted);
    }
    node at(const std::string& key) const {
        return {value.at(key), file, path.empty() ? key : path + "." + key};
    }
    std::vector<node> elements(const std::string& wanted) const {
        if (!value.is_array() || value.empty()) {
            refuse(wanted);
        }
        std::vector<node> all;
        for (std::size_t i = 0; i < value.size(); ++i) {
            all.push_back({value[i], file, path + "[" + std::to_string(i) + "]"});
        }
        return all;
    }
    void keys_among(const std::vector<std::string>& known) const {
        if (!value.is_object()) {
            refuse("an object");
        }
        for (const auto& [key, ignored] : value.items()) {
            if (std::ranges::find(known, key) == known.end()) {
                throw usage_error("unknown key '" + key + "' (" + place() + "): legal: " + listed(known));
            }
        }
    }
    bool has(const std::string& key) const { return value.contains(key); }
    std::string text() const {
        if (!value.is_string()) {
            refuse("a string");
        }
        return value.get<std::string>();
    }
    requested_value scalar() const {
        if (value.is_string()) {
            return {value.get<std::string>(), place()};
        }
        if (value.is_number()) {
            return {value.dump(), place()};
        }
        refuse("a number or a word");
    }
    std::vector<requested_value> scalars() const {
        std::vector<requested_value> all;
        for (const node& element : elements("a list of values, not empty")) {
            all.push_back(element.scalar());
        }
        return all;
    }
};

block read_block(const node& n) {
    std::vector<std::string> known{"family", "workload", "impl", "max_slowdown", "oversubscribed"};
    for (const axis& a : axes()) {
        known.emplace_back(a.name);
    }
    n.keys_among(known);
    block result;
    result.place = n.place();
    if (!n.has("family")) {
        throw usage_error("a block without family (" + n.place() + "): name one, e.g. \"family\": \"queues\"");
    }
    result.families = {n.at("family").scalar()};
    if (n.has("workload")) {
        result.workloads = n.at("workload").scalars();
    }
    if (n.has("impl")) {
        result.impls = n.at("impl").scalars();
    }
    if (n.has("max_slowdown")) {
        const node most = n.at("max_slowdown");
        if (!most.value.is_number() || most.value.get<double>() <= 1 || most.value.get<double>() > 100) {
            most.refuse("a number above 1 and at most 100: 1.05 is 5% slower");
        }
        result.max_slowdown = most.value.get<double>();
    }
    if (n.has("oversubscribed")) {
        if (!n.value["oversubscribed"].is_boolean()) {
            n.at("oversubscribed").refuse("true or false: false leaves out points with more threads than CPUs");
        }
        result.oversubscribed = n.value["oversubscribed"].get<bool>();
    }
    for (const axis& a : axes()) {
        const std::string key(a.name);
        if (n.has(key)) {
            result.axes[key] = n.at(key).scalars();
        }
    }
    return result;
}

ratio_request read_ratio(const node& n) {
    n.keys_among({"label", "numerator", "denominator", "at_most"});
    for (const char* key : {"label", "numerator", "denominator"}) {
        if (!n.has(key)) {
            throw usage_error(std::string("a ratio without ") + key + " (" + n.place() + ")");
        }
    }
    ratio_request result{n.at("label").text(), n.at("numerator").text(), n.at("denominator").text(), {}};
    if (n.has("at_most")) {
        if (!n.value["at_most"].is_number() || n.value["at_most"].get<double>() <= 0) {
            n.at("at_most").refuse("a positive number");
        }
        result.at_most = n.value["at_most"].get<double>();
    }
    return result;
}

// --------------------------------------------------------------------------------------------- expansion

/// Checks a value against its axis alone; `words` are what the candidates offer on word axes.
void check_value(const axis& a, const requested_value& value, const std::vector<std::string>& words) {
    switch (a.is) {
        case axis::kind::word:
            if (std::ranges::find(words, value.text) == words.end()) {
                refuse(a.name, value, "legal: " + listed(words));
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
                refuse(what, value, "legal: " + listed(known));
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

std::optional<absence> absence_of(const block& asked, const candidate& c, const point& p) {
    const placement where = placement_of(p);
    const std::size_t threads = c.threads(p);
    if (std::string why = why_no_seats(where, threads); !why.empty()) {
        return absence{"placement", std::move(why)};
    }
    if (!asked.oversubscribed && oversubscribed(where, threads)) {
        return absence{"", "more threads than CPUs (" + std::to_string(processors().size()) +
                               " here), which its block leaves out (\"oversubscribed\": false)"};
    }
    return std::nullopt;
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
            for (const auto& [name, value] : so_far.values) {
                used_.insert(name + " " + value);
            }
            return;
        }
        const auto& [name, defaults] = of_.axes[axis_index];
        const auto given = asked_.axes.find(name);
        std::vector<requested_value> values;
        if (given != asked_.axes.end()) {
            values = given->second;
        } else {
            for (const std::string& text : defaults) {
                values.push_back({text, "default"});
            }
        }
        std::set<std::string> seen;
        for (const requested_value& value : values) {
            if (!seen.insert(value.text).second) {
                continue;
            }
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

unsigned long parse_count(std::string_view what, const requested_value& value, unsigned long least,
                          unsigned long most) {
    unsigned long number = 0;
    const char* const last = value.text.data() + value.text.size();
    const auto [end, error] = std::from_chars(value.text.data(), last, number);
    if (error != std::errc() || end != last || number < least || number > most) {
        refuse(what, value,
               "legal: a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    return number;
}

double parse_seconds(std::string_view what, const requested_value& value) {
    double number = 0;
    const char* const last = value.text.data() + value.text.size();
    const auto [end, error] = std::from_chars(value.text.data(), last, number);
    if (error != std::errc() || end != last || !std::isfinite(number) || number <= 0 || number > 86400) {
        refuse(what, value, "legal: seconds, more than 0 and at most 86400");
    }
    return number;
}

sweep read_sweep(const std::string& path) {
    std::ifstream file(path);
    if (!file) {
        throw usage_error("cannot read " + path +
                          " (sweep file): name a file of sweeps/, such as sweeps/quick.json");
    }
    json parsed;
    try {
        parsed = json::parse(file);
    } catch (const json::exception& e) {
        // "[json.exception.parse_error.101] parse error at line 1, column 3: ...": ours begins after the
        // bracket
        std::string what = e.what();
        what.erase(0, what.find("] ") == std::string::npos ? 0 : what.find("] ") + 2);
        throw usage_error(path + " is not JSON: " + what);
    }
    const node top{parsed, path, ""};
    top.keys_among({"name", "description", "repetitions", "min_time_seconds", "timeout_seconds",
                    "retry_contaminated", "retry_budget_percent", "blocks", "ratios"});
    sweep result;
    result.file = path;
    if (!top.has("name") || !top.has("blocks")) {
        throw usage_error(path + ": a sweep needs name and blocks");
    }
    result.name = top.at("name").text();
    if (result.name.empty() ||
        result.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") != std::string::npos) {
        top.at("name").refuse("lower-case letters, digits, '_' and '-': it names a folder");
    }
    if (top.has("repetitions")) {
        result.repetitions =
            static_cast<unsigned>(parse_count("repetitions", top.at("repetitions").scalar(), 1, 10000));
    }
    if (top.has("min_time_seconds")) {
        result.min_time_seconds = parse_seconds("min_time_seconds", top.at("min_time_seconds").scalar());
    }
    if (top.has("timeout_seconds")) {
        result.timeout_seconds = parse_seconds("timeout_seconds", top.at("timeout_seconds").scalar());
    }
    if (top.has("retry_contaminated")) {
        result.retry_contaminated = static_cast<unsigned>(
            parse_count("retry_contaminated", top.at("retry_contaminated").scalar(), 0, 1000));
    }
    if (top.has("retry_budget_percent")) {
        result.retry_budget_percent = static_cast<unsigned>(
            parse_count("retry_budget_percent", top.at("retry_budget_percent").scalar(), 1, 1000));
    }
    for (const node& element : top.at("blocks").elements("a list of blocks, not empty")) {
        result.blocks.push_back(read_block(element));
    }
    if (top.has("ratios")) {
        for (const node& element : top.at("ratios").elements("a list of ratios, not empty")) {
            result.ratios.push_back(read_ratio(element));
        }
    }
    return result;
}

bool add_flag(block& into, std::string_view name, std::string_view values) {
    std::vector<requested_value>* list = nullptr;
    if (name == "workload") {
        list = &into.workloads;
    } else if (name == "impl") {
        list = &into.impls;
    } else if (find_axis(name) != nullptr) {
        list = &into.axes[std::string(name)];
    } else {
        return false;
    }
    for (const std::string_view text : split(values, ',')) {
        list->push_back({std::string(text), "--" + std::string(name)});
    }
    return true;
}

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
    for (const axis& a : axes()) {
        const bool swept = std::ranges::any_of(registry(), [&](const candidate& c) {
            return c.workload == parts[1] && c.impl == parts[2] && defaults_of(c, a.name) != nullptr;
        });
        if (swept && !a.left_unnamed.empty()) {
            result.axes[std::string(a.name)] = {{std::string(a.left_unnamed), place}};
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
                              "): expected label:value; labels: " + listed(labels));
        }
        result.axes[std::string(found->name)] = {{std::string(parts[i].substr(colon + 1)), place}};
    }
    return result;
}

expansion expand(const block& asked) {
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

    expansion result;
    std::set<std::string> used;
    std::map<std::string, std::string> objections;
    std::map<std::string, absence> absent;
    for (const candidate* c : candidates) {
        if (!c->unavailable.empty()) {
            const std::string reason = "impl " + c->impl + ": unavailable here: " + c->unavailable;
            ++result.left_out[reason];
            objections.try_emplace("impl " + c->impl, "unavailable here: " + c->unavailable);
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
    const auto demand = [&](const std::string& what, const requested_value& value) {
        if (!used.contains(what + " " + value.text) && !absent.contains(what + " " + value.text)) {
            const auto why = objections.find(what + " " + value.text);
            refuse(what, value, why == objections.end() ? "no legal point has it" : why->second);
        }
    };
    for (const auto& [name, values] : asked.axes) {
        for (const requested_value& value : values) {
            demand(name, value);
        }
    }
    for (const requested_value& value : asked.impls) {
        demand("impl", value);
    }
    if (result.points.empty()) {
        throw usage_error(
            "no legal point (" + asked.place + ")" +
            (objections.empty() ? "" : ": " + objections.begin()->first + ": " + objections.begin()->second));
    }
    return result;
}

const candidate& candidate_of(const point& p) {
    const auto found = std::ranges::find_if(registry(), [&](const candidate& c) {
        return c.family == p.family && c.workload == p.workload && c.impl == p.impl;
    });
    if (found == registry().end()) {
        throw std::logic_error("no candidate for " + p.name());
    }
    return *found;
}

}  // namespace handoff::harness
