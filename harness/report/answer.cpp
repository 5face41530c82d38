#include "answer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <sstream>

#include "gate.hpp"
#include "history.hpp"
#include "ratio.hpp"
#include "reason.hpp"
#include "result.hpp"
#include "statistics.hpp"
#include "text.hpp"
#include "words.hpp"

namespace handoff::harness {

namespace {

// ------------------------------------------------------------------------------------------------------ words

std::string number(double value) {
    char text[40];
    std::snprintf(text, sizeof text, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.4g", value);
    return text;
}

/// `1.60x [1.40 .. 1.80]`; without the interval where the trials are too few for one.
std::string ratio_text(const pairwise_ratio& r) {
    std::string text = number(r.ratio) + "x";
    if (r.interval) {
        text += " [" + number(r.interval->low) + " .. " + number(r.interval->high) + "]";
    }
    return text;
}

/// `vyukov_ring (spin)`
std::string name_of(const standing& s, const contest& of) {
    const std::string& impl = s.of->listed().point.impl;
    return impl + (of.marked.contains(impl) ? " (!)" : "") + (s.choices.empty() ? "" : " (" + s.choices + ")");
}

/// `a, b and c`
std::string list_of(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
    }
    return text;
}

/// How many times the second's value the first's is.
std::string compared(const standing& first, const standing& second, const measure& by) {
    return ratio_text(by.is_rate() ? ratio_of_all_pairs(first.of->costs, second.of->costs)
                                   : ratio_of_all_pairs(second.of->costs, first.of->costs));
}

constexpr std::size_t least_trials = 5;  // of each, that places can tell apart

std::string sentence_of(const ranking_group& group, const contest& of) {
    const std::vector<standing>& ranked = group.ranked;
    if (ranked.empty()) {
        return "none has a number";
    }
    if (std::isinf(ranked.front().middle)) {
        return "all were offered more than they can carry";
    }
    const std::string first = name_of(ranked.front(), of);
    if (ranked.size() == 1) {
        return "only " + first + " has a number";
    }
    const std::string direction = of.by.is_rate() ? "" : "; lower is better";
    std::vector<std::string> tied;
    bool few = false;
    for (const standing& s : ranked) {
        if (s.place.best == 1) {
            tied.push_back(name_of(s, of));
            few = few || s.of->costs.size() < least_trials;
        }
    }
    const std::string next = compared(ranked[0], ranked[1], of.by) + " ";
    if (tied.size() == 1) {
        return first + " is " + next + "the next, " + name_of(ranked[1], of) + direction;
    }
    return "tie for first between " + list_of(tied) + ": " +
           (few ? "too few trials tell them apart (it takes " + std::to_string(least_trials) + " each)"
                : "their trials cannot tell them apart") +
           "; " + first + " is " + next + name_of(ranked[1], of) + direction;
}

// ----------------------------------------------------------------------------------------------------- layout

std::string cell(const std::string& text) {
    return text.empty() ? "" : markdown_text(text);
}

constexpr const char* headings[] = {"place",     "implementation", "choices",  "value",  "lowest .. highest",
                                    "cost/best", "of limit",       "CPU/item", "because"};

std::vector<std::string> cells_of(const answer_row& r) {
    return {r.place, r.impl, r.choices, r.value, r.spread, r.ratio, r.limit, r.cpu, r.reason};
}

/// Rows under the columns that hold anything, aligned; the last column as long as it is.
void put_plain(std::ostream& out, const std::vector<answer_row>& rows) {
    std::vector<std::vector<std::string>> lines{{std::begin(headings), std::end(headings)}};
    for (const answer_row& r : rows) {
        lines.push_back(cells_of(r));
        for (std::string& text : lines.back()) {
            text = printable(text);
        }
    }
    std::vector<std::size_t> widths(lines[0].size(), 0);
    for (std::size_t c = 0; c < widths.size(); ++c) {
        for (std::size_t i = 1; i < lines.size(); ++i) {
            widths[c] = std::max(widths[c], lines[i][c].size());
        }
        widths[c] = widths[c] == 0 ? 0 : std::max(widths[c], lines[0][c].size());
    }
    for (const auto& line : lines) {
        std::string text = "   ";
        for (std::size_t c = 0; c < widths.size(); ++c) {
            if (widths[c] > 0) {
                text += " " + line[c] + std::string(widths[c] + 1 - line[c].size(), ' ');
            }
        }
        out << text.substr(0, text.find_last_not_of(' ') + 1) << "\n";
    }
}

void put_markdown(std::ostream& out, const std::vector<answer_row>& rows) {
    std::vector<bool> used(std::size(headings), false);
    for (const answer_row& r : rows) {
        const auto cells = cells_of(r);
        for (std::size_t c = 0; c < cells.size(); ++c) {
            used[c] = used[c] || !cells[c].empty();
        }
    }
    const auto put = [&](const std::function<std::string(std::size_t)>& text) {
        out << "|";
        for (std::size_t c = 0; c < used.size(); ++c) {
            if (used[c]) {
                out << " " << text(c) << " |";
            }
        }
        out << "\n";
    };
    put([](std::size_t c) { return std::string(headings[c]); });
    put([](std::size_t) { return std::string("---"); });
    for (const answer_row& r : rows) {
        const auto cells = cells_of(r);
        put([&](std::size_t c) { return cell(cells[c]); });
    }
}

class summary_writer {
public:
    explicit summary_writer(text_format how) : markdown_(how == text_format::markdown) {}

    void file(const std::string& path, const std::string& what) {
        out_ << (out_.tellp() > 0 ? "\n" : "") << (markdown_ ? "## " : "") << shown(path)
             << (what.empty() ? "" : ": " + shown(what)) << "\n";
    }
    void table(const contest& of, const std::vector<answer>& answers) {
        const std::string title = of.family + ": " + of.title;
        out_ << "\n" << (markdown_ ? "### " : "") << shown(title) << ": " << shown(title_of(of.by)) << "\n";
        for (const answer& one : answers) {
            if (markdown_) {
                out_ << "\n" << shown(one.group) << ":\n**" << shown(one.sentence) << "**\n\n";
                put_markdown(out_, one.rows);
            } else {
                out_ << "  " << shown(one.group) << ": " << shown(one.sentence) << "\n";
                put_plain(out_, one.rows);
            }
        }
    }
    /// Lines that stand for themselves.
    void lines(const std::string& text) {
        if (!text.empty()) {
            out_ << "\n";
        }
        for (const std::string_view line : split(text, '\n')) {
            if (!line.empty()) {
                out_ << (markdown_ ? "- " : "") << shown(std::string(line)) << "\n";
            }
        }
    }
    void as_it_is(const std::string& text) { out_ << "\n" << text; }
    void block(const std::string& text) { as_it_is(markdown_ ? "```\n" + text + "```\n" : text); }
    bool markdown() const { return markdown_; }
    std::string made() const { return out_.str(); }

private:
    std::string shown(const std::string& text) const {
        return markdown_ ? markdown_text(text) : printable(text);
    }

    const bool markdown_;
    std::ostringstream out_;
};

// ------------------------------------------------------------------------------------------------------ files

std::string words_of_run(const result_file& results) {
    std::size_t counted = 0;
    for (const result_row& row : results.rows) {
        counted += row.counted ? 1 : 0;
    }
    const environment& at = results.context;
    return results.run.sweep.name + (results.run.complete ? "" : ", unfinished") + ", on " + at.host_name +
           " (" + std::to_string(at.num_cpus) + " CPUs), " + at.date + "; " + std::to_string(counted) + " of " +
           std::to_string(results.rows.size() + results.run.failed.size()) + " trials count";
}

void put(summary_writer& out, const result_source& source) {
    const standings who(source.results);
    for (const contest& c : who.contests()) {
        std::vector<answer> answers;
        for (const ranking_group& group : c.groups) {
            answers.push_back(answer_of(group, c));
        }
        out.table(c, answers);
    }
    std::string rest;
    if (who.points() > 0) {
        rest =
            "a value is a median over trials; each implementation stands under its best choice; 1-2: the "
            "trials "
            "cannot tell 1 from 2 (rank-sum test, 1%); [ .. ]: 98% interval from the ratios of all pairs of "
            "trials\n";
    }
    out.lines(rest + left_out_text(source.results, who));
}

void put(summary_writer& out, const gate_source& source) {
    if (out.markdown()) {
        out.as_it_is(gate_markdown(source.result));
    } else {
        out.as_it_is(gate_table(source.result) + gate_summary(source.result));
    }
}

void put(summary_writer& out, const history_source& source) {
    out.block(overview_of(source.view));
}

/// Nobody says which of its benchmarks are alternatives: they are listed, not ranked.
void put(summary_writer& out, const plain_source& source) {
    std::vector<std::string> names;
    std::map<std::string, std::pair<std::vector<double>, std::string>> points;  // times in ns, an error
    for (const foreign_row& row : source.file.rows) {
        if (row.aggregate) {
            continue;
        }
        const auto [found, is_new] = points.try_emplace(row.name);
        if (is_new) {
            names.push_back(row.name);
        }
        if (const auto ns = row.real_time_ns(); ns && row.error.empty()) {
            found->second.first.push_back(*ns);
        } else {
            found->second.second = row.error.empty() ? "no real_time that is a number" : row.error;
        }
    }
    contest all{"benchmarks",
                "not ranked: the file does not say which are alternatives",
                {"real_time", "real time, ns", "ns", false, 1, 2},
                {},
                {},
                {},
                {}};
    answer listed{"all", std::to_string(names.size()) + (names.size() == 1 ? " benchmark" : " benchmarks"), {}};
    for (const std::string& name : names) {
        const auto& [times, error] = points.at(name);
        answer_row row;
        row.impl = name;
        row.reason = error;
        if (!times.empty()) {
            row.value = number(median(times));
            row.spread = number(std::ranges::min(times)) + " .. " + number(std::ranges::max(times));
        }
        listed.rows.push_back(std::move(row));
    }
    out.table(all, {listed});
}

}  // namespace

answer answer_of(const ranking_group& group, const contest& of) {
    answer made{group.title, sentence_of(group, of), {}};
    for (const standing& s : group.ranked) {
        const contender& c = *s.of;
        const std::string& impl = c.listed().point.impl;
        answer_row row;
        row.place = place_text(s.place);
        row.impl = impl + (of.marked.contains(impl) ? " (!)" : "");
        row.choices = s.choices;
        row.value = value_text(of.by, s.middle);
        const auto [least, greatest] = std::ranges::minmax(c.costs);
        row.spread = value_text(of.by, of.by.is_rate() ? greatest : least) + " .. " +
                     value_text(of.by, of.by.is_rate() ? least : greatest);
        row.ratio = &s == &group.ranked.front()
                        ? "1"
                        : ratio_text(ratio_of_all_pairs(group.ranked.front().of->costs, c.costs));
        row.limit = c.shares.empty() ? "" : short_percent(median(c.shares));
        std::vector<double> cpu;
        for (const result_row* trial : c.rows) {
            if (std::isfinite(trial->measured().cpu_time_ns)) {
                cpu.push_back(trial->measured().cpu_time_ns);
            }
        }
        row.cpu = cpu.empty() ? "" : short_time(median(std::move(cpu)));
        row.reason = reason_of(*c.point, c.rows);
        made.rows.push_back(std::move(row));
    }
    for (const standing& s : group.caught) {
        answer_row row;
        row.place = "-";
        row.impl = s.of->listed().point.impl + " (!)";
        row.choices = s.choices;
        row.reason = reason_of(*s.of->point, {});
        made.rows.push_back(std::move(row));
    }
    return made;
}

std::string summary_text(const std::vector<named_source>& sources, text_format how) {
    summary_writer out(how);
    for (const named_source& one : sources) {
        const auto* result = std::get_if<result_source>(&one.source.is);
        out.file(one.path, result != nullptr ? words_of_run(result->results) : "");
        std::visit([&](const auto& source) { put(out, source); }, one.source.is);
    }
    return out.made();
}

}  // namespace handoff::harness
