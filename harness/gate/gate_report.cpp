// The gate's result for people and CI systems: all from what the result file says.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <sstream>

#include "gate.hpp"
#include "text.hpp"

namespace handoff::harness {

namespace {

/// From worst to best.
constexpr finding by_severity[] = {finding::failed,    finding::broken,       finding::missing,
                                   finding::regressed, finding::inconclusive, finding::no_evidence,
                                   finding::unchanged, finding::improved,     finding::added};

std::ptrdiff_t severity(finding f) {
    return std::ranges::find(by_severity, f) - std::begin(by_severity);
}

bool is_bad(finding f) {
    return f == finding::regressed || f == finding::failed || f == finding::broken || f == finding::missing;
}

double slowdown_of(const gate_point& p) {
    return p.standing ? p.standing->slowdown.median.value_or(0) : 0;
}

/// Worst first; among equals the slower.
std::vector<gate_point> worst_first(const gate_result& result) {
    std::vector<gate_point> points = result.points;
    std::ranges::stable_sort(points, [](const gate_point& x, const gate_point& y) {
        return x.found != y.found ? severity(x.found) < severity(y.found) : slowdown_of(x) > slowdown_of(y);
    });
    return points;
}

std::string percent(double ratio) {
    char text[32];
    std::snprintf(text, sizeof text, "%+.1f%%", 100 * (ratio - 1));
    return text;
}

/// A cost that was 0, or is 0 now, has none that says anything.
bool has_ratio(const gate_point& p) {
    return p.standing && p.standing->slowdown.median.value_or(0) > 0;
}

/// "+5.2% [+4.0% .. +6.1%]"
std::string slowdown_text(const gate_point& p) {
    if (!has_ratio(p)) {
        return "-";
    }
    const gate_slowdown& s = p.standing->slowdown;
    std::string text = percent(*s.median);
    if (s.low && s.high) {
        text += " [" + percent(*s.low) + " .. " + percent(*s.high) + "]";
    }
    return text;
}

std::string pairs_text(const gate_point& p) {
    if (!p.standing) {
        return "-";
    }
    const gate_pair_counts& n = p.standing->pairs;
    std::size_t replaced = 0;
    for (const auto& [reason, count] : n.replaced) {
        replaced += count;
    }
    std::string text = std::to_string(n.screening);
    for (const std::size_t more : {n.confirming, n.proving}) {
        if (more > 0) {
            text += "+" + std::to_string(more);
        }
    }
    return text + (replaced > 0 ? " (" + std::to_string(replaced) + " replaced)" : "");
}

/// What a finding means for this point, in words.
std::string words_of(const gate_point& p) {
    std::string text = p.reason;
    const auto add = [&](const std::string& more) { text += (text.empty() ? "" : "; ") + more; };
    if ((p.found == finding::regressed || p.found == finding::improved) && !has_ratio(p) &&
        p.standing->base_median && p.standing->candidate_median) {
        char numbers[64];  // one of them is 0
        std::snprintf(numbers, sizeof numbers, "from %.4g to %.4g", *p.standing->base_median,
                      *p.standing->candidate_median);
        add(numbers);
    }
    if (p.found == finding::unchanged) {
        add("proven: slower by less than " + percent(p.max_slowdown).substr(1));
    }
    if ((p.found == finding::inconclusive || p.found == finding::no_evidence) && p.standing) {
        const std::optional<double>& could = p.standing->slowdown.could_see;
        add(could ? "could have seen " + percent(*could) : "too few pairs to say what it could have seen");
    }
    return text;
}

/// "regressed, slower by +5.2% [+4.0% .. +6.1%]: why"
std::string verdict_text(const gate_point& p) {
    const std::string why = words_of(p);
    return word(p.found) + (has_ratio(p) ? ", slower by " + slowdown_text(p) : "") +
           (why.empty() ? "" : ": " + why);
}

std::string replaced_all(std::string text, const std::vector<std::pair<std::string, std::string>>& what) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const auto found = std::ranges::find_if(
            what, [&](const auto& w) { return text.compare(i, w.first.size(), w.first) == 0; });
        if (found == what.end()) {
            out += text[i++];
        } else {
            out += found->second;
            i += found->first.size();
        }
    }
    return out;
}

/// In an attribute or an element: well-formed whatever others said.
std::string xml_text(const std::string& text) {
    return replaced_all(printable(text), {{"&", "&amp;"},
                                          {"<", "&lt;"},
                                          {">", "&gt;"},
                                          {"\"", "&quot;"},
                                          {"\xef\xbf\xbe", "?"},  // U+FFFE and U+FFFF are UTF-8, and no XML
                                          {"\xef\xbf\xbf", "?"}});
}

std::string annotation_text(const std::string& text) {
    return replaced_all(printable(text), {{"%", "%25"}});
}

}  // namespace

bool nothing_decided(const std::vector<gate_point>& points) {
    bool any = false;
    for (const gate_point& p : points) {
        if (p.standing && p.found != finding::inconclusive) {
            return false;
        }
        any = any || p.standing;
    }
    return any;
}

bool inconclusive_fails(const gate_result& result) {
    return result.setup.rules.fail_on_inconclusive ||
           (result.setup.rules.fail_on_undecided && nothing_decided(result.points));
}

std::string gate_summary(const gate_result& result) {
    std::map<finding, std::size_t> counts;
    for (const gate_point& p : result.points) {
        ++counts[p.found];
    }
    std::string text;
    for (const finding f :
         {finding::failed, finding::broken, finding::missing, finding::regressed, finding::improved,
          finding::inconclusive, finding::no_evidence, finding::unchanged, finding::added}) {
        if (const auto found = counts.find(f); found != counts.end()) {
            text += (text.empty() ? "" : ", ") + std::to_string(found->second) + " " + word(f);
        }
    }
    const int code = result.exit_code;
    const std::string verdict = code == 0   ? "the gate is open"
                                : code == 1 ? "THE GATE IS SHUT"
                                : code == 2 ? "NOTHING TO COMPARE WITH"
                                : code == 3 ? "THE GATE IS SHUT"
                                            : "interrupted";
    std::map<std::string, std::size_t> replaced;
    std::size_t counted = 0;
    for (const gate_pair& p : result.pairs) {
        ++(p.replaced.empty() ? counted : replaced[p.replaced]);
    }
    std::string pairs;
    for (const auto& [reason, count] : replaced) {
        pairs += ", " + std::to_string(count) + " " + printable(reason);
    }
    char tail[96];
    std::snprintf(tail, sizeof tail, "; %zu %s in %.1f s", result.pairs.size(),
                  result.pairs.size() == 1 ? "pair" : "pairs", result.wall_seconds);
    return (nothing_decided(result.points) ? "NOTHING WAS DECIDED, " : "") + verdict + ": " + text + tail +
           (replaced.empty() ? "" : " (" + std::to_string(counted) + " counted" + pairs + ")");
}

std::string drill_summary(const gate_result& result, double ratio) {
    std::size_t measured = 0;
    std::string missed;
    std::size_t missed_count = 0;
    for (const gate_point& p : result.points) {
        if (p.standing) {
            ++measured;
            if (p.found != finding::regressed) {
                ++missed_count;
                missed += (missed.empty() ? "; not of " : ", ") + printable(p.name);
            }
        }
    }
    char tail[64];
    std::snprintf(tail, sizeof tail, "; %zu %s in %.1f s", result.pairs.size(),
                  result.pairs.size() == 1 ? "pair" : "pairs", result.wall_seconds);
    const bool is_over = result.complete;
    return std::string("DRILL") + (is_over ? "" : ", interrupted") +
           (nothing_decided(result.points) ? ", NOTHING WAS DECIDED" : "") + ": a slowdown of " +
           percent(ratio) + ", simulated by multiplying the values of one side, was found of " +
           std::to_string(measured - missed_count) + " of " + counted(measured, "point") + missed + tail;
}

int drill_exit_code(const gate_result& result) {
    if (result.exit_code == 130) {
        return 130;
    }
    const auto count = [&](finding f) { return std::ranges::count(result.points, f, &gate_point::found); };
    if (count(finding::broken) > 0 || count(finding::failed) > 0 || result.points.empty()) {
        return 2;
    }
    if (nothing_decided(result.points)) {
        return 3;
    }
    return count(finding::regressed) == static_cast<std::ptrdiff_t>(result.points.size()) ? 0 : 1;
}

std::string gate_table(const gate_result& result) {
    // The summary before the table, too, which may be long.
    return (nothing_decided(result.points) ? gate_summary(result) + "\n\n" : "") + points_table(result);
}

std::string points_table(const gate_result& result) {
    const std::vector<gate_point> points = worst_first(result);
    std::size_t name_width = 5;
    for (const gate_point& p : points) {
        name_width = std::max(name_width, printable(p.name).size());
    }
    std::ostringstream out;
    const auto row = [&](const std::string& verdict, const std::string& name, const std::string& slowdown,
                         const std::string& pairs, const std::string& more) {
        const auto padded = [](std::string text, std::size_t width) {
            text.resize(std::max(width, text.size()), ' ');
            return text;
        };
        std::string line = padded(verdict, 13) + padded(name, name_width + 2) + padded(slowdown, 28) +
                           padded(pairs, 20) + more;
        line.erase(line.find_last_not_of(' ') + 1);
        out << line << "\n";
    };
    row("", "point", "slower by, 95% interval", "pairs", "");
    for (const gate_point& p : points) {
        row(word(p.found), printable(p.name), slowdown_text(p), pairs_text(p), printable(words_of(p)));
    }
    for (const gate_failure& f : result.failures) {
        out << "again: " << printable(f.command) << "\n";
    }
    return out.str();
}

std::string gate_markdown(const gate_result& result) {
    std::ostringstream out;
    out << "### Handoff gate: " << markdown_text(gate_summary(result)) << "\n\n";
    for (const std::string& difference : result.setup.differences) {
        out << "> **The builds differ**: " << markdown_text(difference) << "\n\n";
    }
    if (!result.complete) {
        out << "> **Interrupted**: the verdicts are of what was measured until then.\n\n";
    }
    out << "| verdict | point | slower by, 95% interval | pairs | |\n|---|---|---|---|---|\n";
    for (const gate_point& p : worst_first(result)) {
        const std::string found = word(p.found);
        out << "| " << (is_bad(p.found) ? "**" + found + "**" : found) << " | " << markdown_code(p.name)
            << " | " << slowdown_text(p) << " | " << pairs_text(p) << " | " << markdown_text(words_of(p))
            << " |\n";
    }
    for (const gate_failure& f : result.failures) {
        out << "\n"
            << markdown_text(f.side) << ", " << word(f.status) << ": " << markdown_text(f.reason) << "\n\n    "
            << printable(f.command) << "\n";
    }
    return out.str();
}

std::string gate_annotations(const gate_result& result) {
    std::ostringstream out;
    for (const std::string& difference : result.setup.differences) {
        out << "::warning title=Handoff gate::" << annotation_text("the builds differ: " + difference) << "\n";
    }
    if (nothing_decided(result.points)) {
        out << (inconclusive_fails(result) ? "::error" : "::warning")
            << " title=Handoff gate::" << annotation_text(gate_summary(result)) << "\n";
    }
    for (const gate_point& p : worst_first(result)) {
        const bool allowed_missing = p.found == finding::missing && result.setup.rules.allow_missing;
        const char* const level = p.found == finding::inconclusive || allowed_missing ? "warning"
                                  : is_bad(p.found)                                   ? "error"
                                  : p.found == finding::improved                      ? "notice"
                                                                                      : nullptr;
        if (level != nullptr) {
            out << "::" << level << " title=Handoff gate::" << annotation_text(p.name + " " + verdict_text(p))
                << "\n";
        }
    }
    return out.str();
}

std::string gate_junit(const gate_result& result) {
    std::size_t failures = 0;
    std::size_t errors = 0;
    std::size_t skipped = 0;
    std::ostringstream cases;
    for (const gate_point& p : worst_first(result)) {
        const std::string words = verdict_text(p);
        cases << "    <testcase classname=\"handoff.gate." << xml_text(p.family) << "\" name=\""
              << xml_text(p.name) << "\" time=\"" << (p.standing ? p.standing->seconds : 0.0) << "\"";
        if (p.found == finding::regressed || p.found == finding::failed ||
            (p.found == finding::missing && !result.setup.rules.allow_missing)) {
            ++failures;
            cases << "><failure type=\"" << word(p.found) << "\" message=\"" << xml_text(words)
                  << "\"/></testcase>\n";
        } else if (p.found == finding::broken ||
                   (p.found == finding::inconclusive && inconclusive_fails(result))) {
            ++errors;
            cases << "><error type=\"" << word(p.found) << "\" message=\"" << xml_text(words)
                  << "\"/></testcase>\n";
        } else if (p.found == finding::inconclusive || p.found == finding::added ||
                   p.found == finding::missing) {
            ++skipped;
            cases << "><skipped message=\"" << xml_text(words) << "\"/></testcase>\n";
        } else {
            cases << "><system-out>" << xml_text(words) << "</system-out></testcase>\n";
        }
    }
    std::ostringstream out;
    out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"handoff gate\" "
           "tests=\""
        << result.points.size() << "\" failures=\"" << failures << "\" errors=\"" << errors << "\" skipped=\""
        << skipped << "\" time=\"" << result.wall_seconds << "\" timestamp=\""
        << result.setup.date.substr(0, 19) << "\">\n"
        << cases.str() << "  </testsuite>\n</testsuites>\n";
    return out.str();
}

}  // namespace handoff::harness
