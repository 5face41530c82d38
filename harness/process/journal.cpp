#include "journal.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "json.hpp"
#include "text.hpp"
#include "trial_process.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

journal::journal(line_file file, run_header header) : file_(std::move(file)), header_(std::move(header)) {}

namespace {

constexpr int deepest = 64;  ///< brackets of a line; ours have a dozen levels

/// Whether brackets are nested so deeply that printing the value would end the stack.
bool is_too_deep(std::string_view text) {
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            i += c == '\\' ? 1 : 0;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            if (++depth > deepest) {
                return true;
            }
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return false;
}

bool is_damaged(std::string_view line) {
    return is_too_deep(line) || kind_of_line(line) == journal_line::unreadable;
}

/// What is wrong with the plan that a header states; empty where nothing is.
std::string fault_of(const run_header& header) {
    const sweep_settings& asked = header.sweep;
    if (header.points.empty()) {
        return "points: expected at least one";
    }
    if (asked.repetitions < 1 || asked.repetitions > 10000) {
        return "sweep: repetitions: expected 1 to 10000, found " + std::to_string(asked.repetitions);
    }
    std::size_t trials = 0;
    for (const listed_point& p : header.points) {
        trials += asked.repetitions + p.full_checks();
    }
    if (header.trials != trials) {
        return "trials: expected " + std::to_string(trials) +
               " (points x repetitions, and full checks), found " + std::to_string(header.trials);
    }
    for (const double seconds : {asked.min_time_seconds, asked.timeout_seconds}) {
        if (!(seconds > 0 && seconds <= 86400)) {
            return "sweep: a time that is no time, or longer than a day";
        }
    }
    if (asked.retry_contaminated > 1000 || asked.retry_budget_percent > 1000) {
        return "sweep: more retries than a sweep may ask for";
    }
    std::set<std::string> names;
    for (const listed_point& p : header.points) {
        if (!names.insert(p.name).second) {
            return "points: " + p.name + " is there twice";
        }
        if (!header.binaries.contains(p.binary)) {
            return "points: " + p.name + ": its binary has no fingerprint";
        }
    }
    for (const listed_point& p : header.points) {
        if (p.paced_by && !names.contains(p.paced_by->point)) {
            return "points: " + p.name + ": is paced by " + p.paced_by->point + ", which is none of them";
        }
    }
    for (const ratio_request& r : header.ratios) {
        if (!names.contains(r.numerator) || !names.contains(r.denominator)) {
            return "ratios: '" + r.label + "': its points are none of the run's";
        }
    }
    return "";
}

/// What a run's finished trials are held against.
class expected_trials {
public:
    explicit expected_trials(const run_header& header) : header_(header) {
        for (const listed_point& p : header.points) {
            points_[p.name].planned = header.sweep.repetitions + p.full_checks();
        }
    }

    /// What is wrong with the next trial of the journal; empty where nothing is.
    std::string fault_of(const trial_line& trial) {
        const auto point = points_.find(trial.point);
        if (point == points_.end()) {
            return "point " + (trial.point.empty() ? "''" : trial.point) + ": none of the run's";
        }
        const unsigned planned = point->second.planned;
        const std::string repetition = "repetition " + std::to_string(trial.repetition);
        const unsigned most = planned + (trial.retry_of ? header_.sweep.retry_contaminated : 0);
        if (trial.repetition >= most ||
            (trial.retry_of && (*trial.retry_of >= planned || trial.repetition < planned))) {
            return repetition + ": not in the run's plan";
        }
        if (!point->second.finished.insert(trial.repetition).second) {
            return repetition + " of " + trial.point + ": there already";
        }
        if (trial.status == trial_status::interrupted || trial.ok() != (trial.status == trial_status::ok)) {
            return std::string("status ") + word(trial.status) + ": does not go with its measurement";
        }
        if (!(trial.trial_wall_seconds >= 0)) {
            return "trial_wall_seconds: no time";
        }
        if (trial.ok()) {
            if (trial.measurement->listed.name != trial.point) {
                return "measurement: of another point: '" + trial.measurement->listed.name + "'";
            }
            return unsound_number(*trial.measurement).value_or("");
        }
        return "";
    }

private:
    struct progress {
        unsigned planned = 0;  ///< repetitions, and after them full checks
        std::set<unsigned> finished;
    };

    const run_header& header_;
    std::map<std::string, progress> points_;
};

run_header header_from(std::string_view line, const std::string& path) {
    if (kind_of_line(line) != journal_line::header) {
        throw usage_error(path + " (--resume): no journal of a run: its first line is not a header");
    }
    const int version = journal_version_of(line);
    if (version != journal_version) {
        throw usage_error(path + " (--resume): a journal of version " + std::to_string(version) +
                          ", which another version of handoff wrote; this one reads version " +
                          std::to_string(journal_version) + ": begin a new run");
    }
    return parse_record<run_header>(line);
}

}  // namespace

bool journal::has_begun(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string line;
    return std::getline(file, line) && !file.eof();
}

journal journal::create(const std::string& path, run_header header) {
    std::error_code none;
    const bool is_left_over = std::filesystem::exists(path, none) && !has_begun(path);
    journal made(is_left_over ? line_file::open(path, path + ": cannot be written") : line_file::create(path),
                 std::move(header));
    try {
        if (is_left_over) {
            std::filesystem::resize_file(path, 0);
        }
        made.file_.append(line_of(made.header_));
    } catch (...) {
        std::filesystem::remove(path, none);
        throw;
    }
    return made;
}

journal journal::resume(const std::string& path) {
    journal result(line_file::open(path, "cannot open " + path +
                                             " (--resume): name the folder of a run that was interrupted"),
                   {});
    std::ifstream file(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const std::size_t whole = text.rfind('\n') + 1;  // npos + 1 is 0
    if (whole == 0) {
        throw usage_error(path +
                          " (--resume): no run has begun here: not even the first line was written to its end; "
                          "begin one with --out");
    }
    std::vector<std::string_view> lines = split(std::string_view(text).substr(0, whole - 1), '\n');
    const auto refuse = [&](std::size_t i, const std::string& why) {
        throw usage_error(path + " (--resume): line " + std::to_string(i + 1) + ": " + why);
    };
    std::optional<expected_trials> expected;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        try {
            if (i == 0) {
                if (is_damaged(lines[0])) {
                    throw usage_error(path +
                                      " (--resume): no journal of a run: its first line is not a header");
                }
                result.header_ = header_from(lines[i], path);
                if (const std::string why = harness::fault_of(result.header_); !why.empty()) {
                    refuse(i, why);
                }
                expected.emplace(result.header_);
            } else if (is_damaged(lines[i])) {
                result.damage_.push_back("line " + std::to_string(i + 1) +
                                         (lines[i].empty() ? " is empty" : " is damaged: no JSON of ours"));
            } else if (kind_of_line(lines[i]) == journal_line::calibration) {
                result.calibrations_.push_back(parse_record<calibration_line>(lines[i]));
            } else {
                trial_line trial = parse_record<trial_line>(lines[i]);
                if (const std::string why = expected->fault_of(trial); !why.empty()) {
                    refuse(i, why);
                }
                result.trials_.push_back(std::move(trial));
            }
        } catch (const malformed& e) {
            refuse(i, e.what());
        }
    }
    if (whole < text.size()) {
        std::filesystem::resize_file(path, whole);
    }
    return result;
}

void journal::find_binaries_in(const std::filesystem::path& folder) {
    const auto here = [&](const std::string& then) {
        return (folder / std::filesystem::path(then).filename()).string();
    };
    std::map<std::string, std::string> binaries;
    for (const auto& [then, print] : header_.binaries) {
        binaries.emplace(here(then), print);
    }
    header_.binaries = std::move(binaries);
    for (listed_point& p : header_.points) {
        p.binary = here(p.binary);
    }
    if (header_.limits && !header_.limits->binary.empty()) {
        header_.limits->binary = here(header_.limits->binary);
    }
}

void journal::append(trial_line trial) {
    file_.append(line_of(trial));
    trials_.push_back(std::move(trial));
}

void journal::append_calibration(calibration_line line) {
    file_.append(line_of(line));
    calibrations_.push_back(std::move(line));
}

}  // namespace handoff::harness
