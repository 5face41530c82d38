// The gate's result for people and CI systems: all from the result file's JSON.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <sstream>

#include "gate.hpp"

namespace handoff::harness {

namespace {

using nlohmann::json;

/// Worst first; among equals the slower.
int severity(const std::string& finding) {
    static const std::vector<std::string> order{"failed",    "broken",       "missing",
                                                "regressed", "inconclusive", "no evidence",
                                                "unchanged", "improved",     "new"};
    return static_cast<int>(std::ranges::find(order, finding) - order.begin());
}

double slowdown_of(const json& p) {
    return p.contains("slowdown") && p.at("slowdown").at("median").is_number()
               ? p.at("slowdown").at("median").get<double>()
               : 0;
}

std::vector<json> worst_first(const json& result) {
    std::vector<json> points = result.at("points");
    std::ranges::stable_sort(points, [](const json& x, const json& y) {
        const int sx = severity(x.at("finding"));
        const int sy = severity(y.at("finding"));
        return sx != sy ? sx < sy : slowdown_of(x) > slowdown_of(y);
    });
    return points;
}

std::string percent(double ratio) {
    char text[32];
    std::snprintf(text, sizeof text, "%+.1f%%", 100 * (ratio - 1));
    return text;
}

/// "+5.2% [+4.0% .. +6.1%]"
std::string slowdown_text(const json& p) {
    if (!p.contains("slowdown") || !p.at("slowdown").at("median").is_number()) {
        return "-";
    }
    const json& s = p.at("slowdown");
    std::string text = percent(s.at("median"));
    if (s.at("low").is_number() && s.at("high").is_number()) {
        text += " [" + percent(s.at("low")) + " .. " + percent(s.at("high")) + "]";
    }
    return text;
}

std::string pairs_text(const json& p) {
    if (!p.contains("pairs")) {
        return "-";
    }
    const json& n = p.at("pairs");
    std::size_t replaced = 0;
    for (const auto& [reason, count] : n.at("replaced").items()) {
        replaced += count.get<std::size_t>();
    }
    std::string text = n.at("screening").dump();
    for (const char* stage : {"confirming", "proving"}) {
        if (n.at(stage) > 0) {
            text += "+" + n.at(stage).dump();
        }
    }
    return text + (replaced > 0 ? " (" + std::to_string(replaced) + " replaced)" : "");
}

/// What a finding means for this point, in words.
std::string words_of(const json& p) {
    const std::string finding = p.at("finding");
    std::string text = p.at("reason");
    const auto add = [&](const std::string& more) { text += (text.empty() ? "" : "; ") + more; };
    if (finding == "unchanged") {
        add("proven: slower by less than " + percent(p.at("max_slowdown")).substr(1));
    }
    if ((finding == "inconclusive" || finding == "no evidence") && p.contains("slowdown")) {
        const json& could = p.at("slowdown").at("could_see");
        add(could.is_number() ? "could have seen " + percent(could)
                              : "too few pairs to say what it could have seen");
    }
    return text;
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

std::string markdown_text(const std::string& text) {
    return replaced_all(text,
                        {{"|", "\\|"}, {"\n", " "}, {"\r", " "}, {"<", "&lt;"}, {"_", "\\_"}, {"*", "\\*"}});
}

std::string xml_text(const std::string& text) {
    std::string clean;
    for (const char c : text) {  // XML 1.0 has no words for control characters
        clean += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? '?' : c;
    }
    return replaced_all(clean,
                        {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"\n", "&#10;"}});
}

std::string annotation_text(const std::string& text) {
    return replaced_all(text, {{"%", "%25"}, {"\r", "%0D"}, {"\n", "%0A"}});
}

std::map<std::string, std::size_t> counts_of(const json& result) {
    std::map<std::string, std::size_t> counts;
    for (const json& p : result.at("points")) {
        ++counts[p.at("finding")];
    }
    return counts;
}

}  // namespace

std::string gate_summary(const json& result) {
    std::string text;
    const auto counts = counts_of(result);
    for (const char* finding : {"failed", "broken", "missing", "regressed", "improved", "inconclusive",
                                "no evidence", "unchanged", "new"}) {
        if (const auto found = counts.find(finding); found != counts.end()) {
            text += (text.empty() ? "" : ", ") + std::to_string(found->second) + " " + finding;
        }
    }
    const int code = result.at("exit_code");
    const char* const verdict = code == 0   ? "the gate is open"
                                : code == 1 ? "THE GATE IS SHUT"
                                : code == 2 ? "NOTHING TO COMPARE WITH"
                                : code == 3 ? "THE GATE IS SHUT: inconclusive"
                                            : "interrupted";
    char tail[96];
    std::snprintf(tail, sizeof tail, "; %zu pairs in %.1f s", result.at("pairs").size(),
                  result.at("wall_seconds").get<double>());
    return std::string(verdict) + ": " + text + tail;
}

std::string gate_table(const json& result) {
    const std::vector<json> points = worst_first(result);
    std::size_t name_width = 5;
    for (const json& p : points) {
        name_width = std::max(name_width, p.at("name").get<std::string>().size());
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
    for (const json& p : points) {
        row(p.at("finding"), p.at("name"), slowdown_text(p), pairs_text(p), words_of(p));
    }
    for (const json& f : result.at("failures")) {
        out << "again: " << f.at("command").get<std::string>() << "\n";
    }
    return out.str();
}

std::string gate_markdown(const json& result) {
    std::ostringstream out;
    out << "### Handoff gate: " << markdown_text(gate_summary(result)) << "\n\n";
    for (const json& difference : result.at("differences")) {
        out << "> **The builds differ**: " << markdown_text(difference.get<std::string>()) << "\n\n";
    }
    if (result.at("complete") == false) {
        out << "> **Interrupted**: the verdicts are of what was measured until then.\n\n";
    }
    out << "| verdict | point | slower by, 95% interval | pairs | |\n|---|---|---|---|---|\n";
    for (const json& p : worst_first(result)) {
        const std::string finding = p.at("finding");
        const bool bad =
            finding == "regressed" || finding == "failed" || finding == "broken" || finding == "missing";
        out << "| " << (bad ? "**" + finding + "**" : finding) << " | `" << p.at("name").get<std::string>()
            << "` | " << slowdown_text(p) << " | " << pairs_text(p) << " | " << markdown_text(words_of(p))
            << " |\n";
    }
    for (const json& f : result.at("failures")) {
        out << "\n"
            << markdown_text(f.at("side")) << ", " << markdown_text(f.at("status")) << ": "
            << markdown_text(f.at("reason")) << "\n\n    " << f.at("command").get<std::string>() << "\n";
    }
    return out.str();
}

std::string gate_annotations(const json& result) {
    std::ostringstream out;
    for (const json& difference : result.at("differences")) {
        out << "::warning title=Handoff gate::"
            << annotation_text("the builds differ: " + difference.get<std::string>()) << "\n";
    }
    for (const json& p : worst_first(result)) {
        const std::string finding = p.at("finding");
        const bool allowed_missing = finding == "missing" && result.at("rules").at("allow_missing") == true;
        const char* const level =
            finding == "inconclusive" || allowed_missing ? "warning"
            : finding == "regressed" || finding == "failed" || finding == "missing" || finding == "broken"
                ? "error"
            : finding == "improved" ? "notice"
                                    : nullptr;
        if (level != nullptr) {
            const std::string why = words_of(p);
            out << "::" << level << " title=Handoff gate::"
                << annotation_text(p.at("name").get<std::string>() + " " + finding + ", slower by " +
                                   slowdown_text(p) + (why.empty() ? "" : ": " + why))
                << "\n";
        }
    }
    return out.str();
}

std::string gate_junit(const json& result) {
    std::size_t failures = 0;
    std::size_t errors = 0;
    std::size_t skipped = 0;
    std::ostringstream cases;
    for (const json& p : worst_first(result)) {
        const std::string finding = p.at("finding");
        const std::string name = p.at("name");
        const std::string words =
            finding + ", slower by " + slowdown_text(p) + (words_of(p).empty() ? "" : ": " + words_of(p));
        cases << "    <testcase classname=\"handoff.gate." << xml_text(p.at("family")) << "\" name=\""
              << xml_text(name) << "\" time=\"" << p.value("seconds", 0.0) << "\"";
        if (finding == "regressed" || finding == "failed" ||
            (finding == "missing" && result.at("rules").at("allow_missing") == false)) {
            ++failures;
            cases << "><failure type=\"" << finding << "\" message=\"" << xml_text(words)
                  << "\"/></testcase>\n";
        } else if (finding == "broken") {
            ++errors;
            cases << "><error type=\"broken\" message=\"" << xml_text(words) << "\"/></testcase>\n";
        } else if (finding == "inconclusive" || finding == "new" || finding == "missing") {
            ++skipped;
            cases << "><skipped message=\"" << xml_text(words) << "\"/></testcase>\n";
        } else {
            cases << "><system-out>" << xml_text(words) << "</system-out></testcase>\n";
        }
    }
    std::ostringstream out;
    out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"handoff gate\" "
           "tests=\""
        << result.at("points").size() << "\" failures=\"" << failures << "\" errors=\"" << errors
        << "\" skipped=\"" << skipped << "\" time=\"" << result.at("wall_seconds").get<double>()
        << "\" timestamp=\"" << result.at("date").get<std::string>().substr(0, 19) << "\">\n"
        << cases.str() << "  </testsuite>\n</testsuites>\n";
    return out.str();
}

}  // namespace handoff::harness
