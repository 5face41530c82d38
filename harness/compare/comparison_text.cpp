// What `handoff compare` says, for the terminal and for Markdown.
#include <algorithm>
#include <cstdio>
#include <map>
#include <sstream>

#include "comparison.hpp"
#include "text.hpp"

namespace handoff::harness {

namespace {

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, (value >= 1000 && value < 1e15) || value == 0 ? "%.0f" : "%.4g", value);
    return text;
}

/// Three decimals, as long as they say something.
std::string ratio_number(double ratio) {
    char text[32];
    std::snprintf(text, sizeof text, ratio < 1e6 && ratio >= 0.001 ? "%.3f" : "%.3g", ratio);
    return text;
}

std::string ratio_text(const point_comparison& p) {
    return p.ratio ? ratio_number(*p.ratio) : "-";
}

std::string interval_text(const point_comparison& p) {
    return p.interval ? ratio_number(p.interval->low) + " .. " + ratio_number(p.interval->high) : "-";
}

std::string median_text(const std::optional<double>& value, const point_comparison& p) {
    return value ? number(*value) + (p.unit.empty() ? "" : " " + p.unit) : "-";
}

std::string measure_text(const point_comparison& p) {
    return p.measure == "latency" ? "latency p50" : p.measure;
}

std::size_t count(const file_comparison& c, std::initializer_list<const char*> verdicts) {
    return static_cast<std::size_t>(std::ranges::count_if(c.points, [&](const point_comparison& p) {
        return std::ranges::find(verdicts, p.verdict) != verdicts.end();
    }));
}

/// The sentences that both outputs end with.
std::vector<std::string> closing(const file_comparison& c) {
    std::vector<std::string> lines;
    const std::size_t judged = c.points.size() - count(c, {"no verdict"});
    lines.push_back(std::to_string(c.points.size()) + (c.points.size() == 1 ? " point" : " points") +
                    " in both files: " + std::to_string(count(c, {"slower", "worse"})) + " slower or worse, " +
                    std::to_string(count(c, {"faster", "better"})) + " faster or better, " +
                    std::to_string(count(c, {"no difference seen"})) + " no difference seen, " +
                    std::to_string(count(c, {"no verdict"})) + " no verdict");
    if (judged > 0) {
        char text[200];
        std::snprintf(
            text, sizeof text,
            "Each interval misses the true ratio in at most %.0f%% of cases, each for itself: of %zu point%s "
            "%.2g may differ by chance. No difference seen is no proof of equality.",
            100 * (1 - file_comparison::confidence), judged, judged == 1 ? "" : "s",
            (1 - file_comparison::confidence) * static_cast<double>(judged));
        lines.emplace_back(text);
    }
    lines.emplace_back(
        "Two files are two days in the machine's life: a difference may be the machine's. `handoff gate` "
        "measures both sides in turns; this is no gate, and its exit code says nothing of speed.");
    return lines;
}

std::string side_text(const compared_side& file) {
    std::string text = file.path + (file.handoff ? "" : " (plain Google Benchmark)");
    text += file.commit.empty() ? "" : ", commit " + file.commit;
    return text + (file.date.empty() ? "" : ", " + file.date);
}

void list(std::ostringstream& out, const std::string& head, const std::vector<std::string>& items) {
    if (!items.empty()) {
        out << head << "\n";
        for (const std::string& item : items) {
            out << "  " << printable(item) << "\n";
        }
    }
}

/// A job summary on GitHub has at most 1 MiB, and is dropped as a whole when it is longer. So many of each
/// list, so long at most, are far below it.
constexpr std::size_t most_rows = 200;
constexpr std::size_t most_items = 50;
constexpr std::size_t longest_cell = 300;

/// As code: names may hold anything.
std::string code(const std::string& text) {
    return markdown_code(beginning_of(text, longest_cell));
}
std::string words(const std::string& text) {
    return markdown_text(beginning_of(text, longest_cell));
}

enum class shown_as { code, words };
void list_markdown(std::ostringstream& out, const std::string& head, const std::vector<std::string>& items,
                   shown_as how) {
    if (items.empty()) {
        return;
    }
    out << "\n" << head << "\n\n";
    for (std::size_t i = 0; i < std::min(items.size(), most_items); ++i) {
        out << "- " << (how == shown_as::code ? code(items[i]) : words(items[i])) << "\n";
    }
    if (items.size() > most_items) {
        out << "- and " << items.size() - most_items << " more\n";
    }
}

/// What failed, alike ones counted.
std::vector<std::string> errors_of(const file_comparison& c) {
    std::vector<std::string> lines;
    std::map<std::string, std::size_t> times;
    for (const compared_side* file : {&c.base, &c.candidate}) {
        for (const auto& [name, error] : file->errors) {
            const std::string line = file->path + ": " + name + ": " + error;
            if (++times[line] == 1) {
                lines.push_back(line);
            }
        }
    }
    for (std::string& line : lines) {
        if (times[line] > 1) {
            line = std::to_string(times[line]) + "x " + line;
        }
    }
    return lines;
}

}  // namespace

std::string text_of(const file_comparison& c) {
    std::ostringstream out;
    out << "base       " << printable(side_text(c.base)) << "\ncandidate  " << printable(side_text(c.candidate))
        << "\n";
    list(out, "no verdict, on no point:", c.refusals);
    char line[200];
    std::snprintf(line, sizeof line, "%-18s %8s  %-18s %14s %14s  %-9s  %s\n", "verdict", "ratio",
                  "95% interval", "base", "candidate", "n", "point");
    out << line;
    for (const point_comparison& p : c.points) {
        const std::string n =
            std::to_string(p.base.values.size()) + ", " + std::to_string(p.candidate.values.size());
        std::snprintf(line, sizeof line, "%-18s %8s  %-18s %14s %14s  %-9s  ", p.verdict.c_str(),
                      ratio_text(p).c_str(), interval_text(p).c_str(), median_text(p.base.median, p).c_str(),
                      median_text(p.candidate.median, p).c_str(), n.c_str());
        out << line << printable(p.name)
            << (p.measure == "real_time" ? "" : " (" + printable(measure_text(p)) + ")")
            << (p.why_not.empty() ? "" : ": " + printable(p.why_not)) << "\n";
    }
    list(out, "only in base:", c.only_in_base);
    list(out, "only in candidate:", c.only_in_candidate);
    list(out, "failed, without a number:", errors_of(c));
    for (const std::string& remark : c.remarks) {
        out << printable(remark) << "\n";
    }
    for (const std::string& sentence : closing(c)) {
        out << sentence << "\n";
    }
    return out.str();
}

std::string markdown_of(const file_comparison& c) {
    std::ostringstream out;
    out << "### handoff compare\n\nbase: " << code(side_text(c.base))
        << "  \ncandidate: " << code(side_text(c.candidate)) << "\n";
    list_markdown(out, "**No verdict**, on no point:", c.refusals, shown_as::words);
    out << "\n| verdict | ratio | 95% interval | base | candidate | n | point "
           "|\n|---|--:|---|--:|--:|---|---|\n";
    for (std::size_t i = 0; i < std::min(c.points.size(), most_rows); ++i) {
        const point_comparison& p = c.points[i];
        out << "| " << p.verdict << " | " << ratio_text(p) << " | " << interval_text(p) << " | "
            << median_text(p.base.median, p) << " | " << median_text(p.candidate.median, p) << " | "
            << p.base.values.size() << ", " << p.candidate.values.size() << " | " << code(p.name)
            << (p.measure == "real_time" ? "" : " (" + words(measure_text(p)) + ")")
            << (p.why_not.empty() ? "" : ": " + words(p.why_not)) << " |\n";
    }
    if (c.points.size() > most_rows) {
        out << "\nThe " << most_rows << " with the largest ratios; " << c.points.size() - most_rows
            << " more are in the output for the terminal and in `--json`.\n";
    }
    list_markdown(out, "Only in base:", c.only_in_base, shown_as::code);
    list_markdown(out, "Only in candidate:", c.only_in_candidate, shown_as::code);
    list_markdown(out, "Failed, without a number:", errors_of(c), shown_as::code);
    list_markdown(out, "Remarks:", c.remarks, shown_as::words);
    out << "\n";
    for (const std::string& sentence : closing(c)) {
        out << sentence << "\n";
    }
    return out.str();
}

}  // namespace handoff::harness
