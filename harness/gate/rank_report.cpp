// What `handoff rank` says of implementations.
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <map>
#include <sstream>

#include "rank.hpp"
#include "text.hpp"

namespace handoff::harness {

namespace {

std::string padded(const std::string& text, std::size_t width, bool to_the_right = false) {
    const std::size_t missing = width - std::min(width, text.size());
    return to_the_right ? std::string(missing, ' ') + text : text + std::string(missing, ' ');
}

/// Three digits.
std::string cost_text(const std::optional<double>& cost) {
    char text[32] = "-";
    if (cost) {
        const int digits = *cost < 9.995 ? 2 : *cost < 99.95 ? 1 : 0;
        std::snprintf(text, sizeof text, "%.*f", *cost > 0 && *cost < 0.1 ? 4 : digits, *cost);
    }
    return text;
}

/// "A is 1.31x [1.27 .. 1.36] as fast"; of what is no time "A takes 0.76x [0.74 .. 0.79] of the idle_cpu"
std::string ratio_words(const std::string& who, const rank_standing& s, const std::string& measure) {
    if (!s.median) {
        return s.pairs == 0 ? "" : "no finite ratio";
    }
    const gate_slowdown ratio{s.median, s.low, s.high, std::nullopt, std::nullopt};
    return is_speed(measure) ? who + " is " + times_text(ratio, false) + " as fast"
                             : who + " takes " + times_text(ratio, true) + " of the " + measure;
}

std::string standing_text(const rank_standing& s, const ranked_point& p) {
    const std::string ratio = ratio_words(s.verdict == "slower" ? s.impl : "it", s, p.measure);
    char limit[32];
    std::snprintf(limit, sizeof limit, "%.3g%%", 100 * (p.tie - 1));
    std::string text = s.verdict == "slower" ? (s.median ? ratio : s.impl + " is better, by no finite number")
                       : s.verdict == "tie"
                           ? "tie with " + s.impl + ": within " + limit + (ratio.empty() ? "" : "; " + ratio)
                           : "not decided against " + s.impl + (ratio.empty() ? "" : ": " + ratio) +
                                 (s.reason.empty() ? "" : "; " + s.reason);
    return text + " (" + counted(s.pairs, "pair") + ")";
}

std::string rank_text(const ranked_impl& one) {
    return std::to_string(one.rank) + (one.decided ? " " : "?");
}

/// The ranks of all points side by side, the implementation with the best mean rank first. Those that are
/// missing at a point come after those that are not.
std::string side_by_side(const rank_result& result) {
    struct row {
        std::map<std::size_t, std::string> ranks;  ///< point -> as it is shown
        double sum = 0;
    };
    std::map<std::string, row> rows;
    std::size_t width = 0;
    for (std::size_t at = 0; at < result.points.size(); ++at) {
        for (const ranked_impl& one : result.points[at].places) {
            row& r = rows[one.impl];
            r.ranks[at] = rank_text(one);
            r.sum += static_cast<double>(one.rank);
            width = std::max(width, printable(one.impl).size());
        }
    }
    std::vector<std::pair<std::string, row>> sorted(rows.begin(), rows.end());
    std::ranges::stable_sort(sorted, {}, [&](const auto& named) {
        const row& r = named.second;
        return std::pair(result.points.size() - r.ranks.size(), r.sum / static_cast<double>(r.ranks.size()));
    });
    std::ostringstream out;
    out << "ranks at the " << result.points.size() << " points above, in their order\n";
    for (const auto& [impl, r] : sorted) {
        std::string line = "  " + padded(printable(impl), width);
        for (std::size_t at = 0; at < result.points.size(); ++at) {
            const auto rank = r.ranks.find(at);
            line += padded(rank == r.ranks.end() ? "- " : rank->second, 5, true);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out << line << "\n";
    }
    return out.str();
}

std::string ours_text(const rank_result& result) {
    const ours_against_others& a = *result.against;
    const std::string measure = result.points.empty() ? "" : result.points.front().measure;
    const auto words = [&](const std::optional<double>& median, const std::optional<double>& low,
                           const std::optional<double>& high) {
        return median ? ratio_words("the best of ours", {"", "", "", median, low, high, 1}, measure)
                      : "no number: not enough pairs, or no finite ratio";
    };
    std::ostringstream out;
    out << "the best of ours (" << printable(joined(a.ours)) << ") against the best of the others\n";
    for (const best_of_ours& p : a.points) {
        out << "  " << printable(p.point) << ": " << printable(p.ours) << " against " << printable(p.other)
            << ": " << words(p.median, p.low, p.high) << "\n";
    }
    const bool is_whole = a.geometric_mean && a.low && a.high;
    out << "  geometric mean of " << counted(a.points.size(), "point") << ": "
        << (is_whole ? words(a.geometric_mean, a.low, a.high) : std::string("none: a point has no interval"))
        << "\n";
    return out.str();
}

}  // namespace

std::string rank_table(const rank_result& result) {
    std::ostringstream out;
    for (const ranked_point& p : result.points) {
        out << printable(p.name) << (p.unit.empty() ? ", " + p.measure : ", " + p.unit) << "\n";
        std::size_t width = 0;
        for (const ranked_impl& one : p.places) {
            width = std::max(width, printable(one.impl).size());
        }
        for (const failed_impl& one : p.failed) {
            width = std::max(width, printable(one.impl).size());
        }
        for (const ranked_impl& one : p.places) {
            std::string more = one.to_above ? standing_text(*one.to_above, p) : "";
            if (one.to_leader) {
                more += "; " + standing_text(*one.to_leader, p);
            }
            std::string line = padded(rank_text(one), 6, true) + " " + padded(printable(one.impl), width) +
                               padded(cost_text(one.cost), 9, true) + "  " + printable(more);
            line.erase(line.find_last_not_of(' ') + 1);
            out << line << "\n";
        }
        for (const failed_impl& one : p.failed) {
            out << "    -  " << padded(printable(one.impl), width) << "  failed: " << printable(one.reason)
                << "\n"
                << "       again: " << printable(one.command) << "\n";
        }
    }
    if (result.points.size() > 1) {
        out << side_by_side(result);
    }
    if (result.against) {
        out << ours_text(result);
    }
    return out.str();
}

std::string rank_summary(const rank_result& result) {
    std::size_t neighbours = 0;
    std::size_t slower = 0;
    std::size_t ties = 0;
    std::size_t failed = 0;
    std::size_t open = 0;
    for (const ranked_point& p : result.points) {
        failed += p.failed.size();
        for (const ranked_impl& one : p.places) {
            if (!one.to_above) {
                continue;
            }
            ++neighbours;
            ++(!one.decided ? open : one.to_above->verdict == "slower" ? slower : ties);
        }
    }
    char tail[80];
    std::snprintf(tail, sizeof tail, "; %zu %s in %.1f s", result.pairs.size(),
                  result.pairs.size() == 1 ? "pair" : "pairs", result.wall_seconds);
    return counted(result.points.size(), "point") + ", " + counted(neighbours, "neighbour") + ": " +
           std::to_string(slower) + " slower than the one above, " + counted(ties, "tie") + ", " +
           std::to_string(open) + " not decided" +
           (failed > 0 ? ", " + counted(failed, "implementation") + " failed" : "") +
           (result.complete ? "" : " (interrupted)") + tail;
}

}  // namespace handoff::harness
