#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <optional>

#include "comparison.hpp"
#include "gate_record.hpp"
#include "history.hpp"
#include "json.hpp"
#include "statistics.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

namespace {

constexpr std::size_t least_kept =
    3;  // repetitions of either side, or pairs: below, one disturbed trial is the ratio

/// FNV-1a, 64 bits: tells results apart, not forgers.
std::string digest_of(const std::string& text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
    char digits[20];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
    return digits;
}

std::string stated(const stated_context& context, const char* key) {
    const std::string* text = context.stated(key);
    return text == nullptr ? "?" : *text;
}

std::string machine_of(const stated_context& result) {
    return stated(result, "cpu_model") + ", " + stated(result, "cpus_allowed") + " of " +
           stated(result, "num_cpus") + " CPUs, SMT " + stated(result, "smt") + ", governor " +
           stated(result, "governor") + ", " + stated(result, "virtualization");
}

void need_a_ratio(const history_add& add, const std::string& what) {
    if (add.ratios.empty()) {
        throw usage_error(what + ": " + (add.left_out.empty() ? "it has no point" : add.left_out.front()));
    }
}

/// What may differ between a result and its reference: the builds do, and that is why there is a ratio.
bool is_of_the_build(const std::string& difference) {
    return std::ranges::any_of(
        std::array{"compiler ", "flags ", "build_type ", "library ", "library_build_type "},
        [&](const char* key) { return difference.starts_with(key); });
}

std::string commit_of(const stated_build& build) {
    return build.git_commit.value_or("?") + (build.git_dirty.value_or(false) ? " (dirty)" : "");
}

/// d of a pair that counts. Infinite where one side was saturated, which its file cannot say.
std::optional<double> log_ratio(const gate_pair& pair) {
    if (!pair.replaced.empty()) {
        return std::nullopt;
    }
    if (pair.d || pair.base.value.has_value() == pair.candidate.value.has_value()) {
        return pair.d;
    }
    constexpr double infinite = std::numeric_limits<double>::infinity();
    return pair.base.value ? infinite : -infinite;
}

/// The ratios of a gate's pairs: of all that count, not of those alone that a verdict rests on.
void add_pairs(history_add& add, const gate_result& gate) {
    std::map<std::string, std::vector<double>> logs;
    for (const gate_pair& pair : gate.pairs) {
        if (const auto d = log_ratio(pair)) {
            logs[pair.point].push_back(*d);
        }
    }
    for (const gate_point& point : gate.points) {
        const std::string& name = point.name;
        const std::vector<double>& ds = logs[name];
        if (point.found == finding::failed || point.found == finding::broken ||
            point.found == finding::missing || point.found == finding::added) {
            add.left_out.push_back(name + ": " + word(point.found) +
                                   (point.reason.empty() ? "" : ": " + point.reason));
        } else if (ds.size() < least_kept) {
            add.left_out.push_back(name + ": fewer than " + std::to_string(least_kept) + " pairs that count");
        } else if (std::isinf(median(ds))) {
            add.left_out.push_back(name + ": one side was saturated in most of its pairs: there is no ratio");
        } else {
            history_ratio one{name, std::exp(median(ds)), {}, {}, ds.size(), ds.size()};
            const auto interval = interval_of_median(ds, 0.95);
            if (interval && std::isfinite(interval->low) && std::isfinite(interval->high)) {
                one.low = std::exp(interval->low);
                one.high = std::exp(interval->high);
            }
            add.ratios.push_back(one);
        }
    }
}

}  // namespace

history_add make_add(const whole_file& result_file, const whole_file& reference_file,
                     const std::string& reference_commit, bool same_machine) {
    if (result_file.text == reference_file.text) {
        throw usage_error(result_file.path + ": the same result as " + reference_file.path +
                          " (--reference): its ratios to itself say nothing");
    }
    const measured_file result = measured_file_of(result_file);
    const measured_file reference = measured_file_of(reference_file);
    for (const measured_file* file : {&result, &reference}) {
        if (!file->handoff) {
            throw usage_error(file->path +
                              ": a plain Google Benchmark file, whose repetitions share a process: a history "
                              "keeps ratios of results of `handoff run`");
        }
        if (!file->complete) {
            throw usage_error(file->path + ": an interrupted run; finish it with handoff run --resume");
        }
    }
    for (const std::string& difference : differences(reference, result, same_machine)) {
        if (!is_of_the_build(difference)) {
            throw usage_error(result.path + ": not measured as its reference was (" + reference.path +
                              "): " + difference + "; run the reference build again, here and now");
        }
    }
    history_add add;
    add.digest = digest_of(result_file.text);
    add.id = result.id;
    add.commit = result.commit;
    add.date = result.date;
    add.machine = machine_of(result);
    add.environment = line_of<stated_context>(result);
    add.reference = (reference_commit.empty() ? reference.commit : reference_commit) + "; " +
                    stated(reference, "compiler") + "; " + stated(reference, "flags");
    const file_comparison compared = compare_files(reference, result, same_machine);
    for (const point_comparison& p : compared.points) {
        if (!p.ratio || std::min(p.base.values.size(), p.candidate.values.size()) < least_kept) {
            add.left_out.push_back(
                p.name + ": " +
                (p.ratio ? "fewer than " + std::to_string(least_kept) + " repetitions that count" : p.why_not));
            continue;
        }
        history_ratio one{p.name, *p.ratio, {}, {}, p.base.values.size(), p.candidate.values.size()};
        if (p.interval) {
            one.low = p.interval->low;
            one.high = p.interval->high;
        }
        add.ratios.push_back(one);
    }
    for (const std::string& name : compared.only_in_base) {
        add.left_out.push_back(name + ": only in the reference");
    }
    for (const std::string& name : compared.only_in_candidate) {
        add.left_out.push_back(name + ": not in the reference");
    }
    for (const measured_file* file : {&result, &reference}) {
        for (const std::string& note : file->notes) {
            add.notes.push_back(file->path + ": " + note);
        }
    }
    need_a_ratio(add, result.path + ": no point has a ratio to " + reference.path + " (--reference)");
    return add;
}

bool is_gate_result(const whole_file& file) {
    try {
        return is_gate_file(file.text);
    } catch (const no_json& e) {
        throw usage_error(file.path + ": " + e.what());
    }
}

history_add make_add_of_gate(const whole_file& file, const std::string& reference_commit,
                             const std::string& commit) {
    const std::string& path = file.path;
    gate_file gate;
    try {
        gate = read_gate_file(file.text);
    } catch (const no_json& e) {
        throw usage_error(path + ": " + e.what());
    } catch (const malformed& e) {
        throw usage_error(path + ": breaks results/gate.schema.json: " + e.what());
    }
    const gate_setup& setup = gate.result.setup;
    if (!gate.result.complete) {
        throw usage_error(path + ": an interrupted gate; run it to its end");
    }
    std::string unnamed = setup.base.build || !reference_commit.empty() ? "" : "--reference-commit TEXT";
    if (!setup.candidate.build && commit.empty()) {
        unnamed += (unnamed.empty() ? "" : " and ") + std::string("--commit TEXT");
    }
    if (!unnamed.empty()) {
        throw usage_error(path +
                          ": programs, commands and old Handoffs do not say what they were built from: name it "
                          "with " +
                          unnamed);
    }
    history_add add;
    add.digest = digest_of(file.text);
    add.notes = gate.notes;
    add.date = setup.date;
    add.id = "gate " + setup.sweep_name + " " + add.date;
    add.commit = commit.empty() ? commit_of(*setup.candidate.build) : commit;
    add.machine = machine_of(gate.context);
    add.environment = line_of(gate.context);
    add_pairs(add, gate.result);
    need_a_ratio(add, path + ": no point has a ratio");
    if (setup.base.build) {
        const stated_build& reference = *setup.base.build;
        add.reference = (reference_commit.empty() ? commit_of(reference) : reference_commit) + "; " +
                        reference.compiler.value_or("?") + "; " + reference.flags.value_or("?");
    } else {
        // Points of a program are called alike whatever is measured of them.
        const gate_point& any = gate.result.points.front();
        add.reference = reference_commit + "; " + any.measure + " in " + any.unit;
    }
    return add;
}

}  // namespace handoff::harness
