#include "point.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace handoff::harness {

std::span<const axis> axes() {
    static constexpr std::array all{
        axis{"wait", "wait", axis::kind::word, 0, 0, ""},
        axis{"producers", "p", axis::kind::count, 1, 1024, ""},
        axis{"consumers", "c", axis::kind::count, 1, 1024, ""},
        axis{"threads", "threads", axis::kind::count, 1, 1024, ""},
        axis{"capacity", "cap", axis::kind::size, 1, 1UL << 26, ""},
        axis{"bytes", "bytes", axis::kind::count, 1, 4096, ""},
        axis{"spin_budget", "budget", axis::kind::word, 0, 0,
             "own"},                                            // percent of a futex wake, before sleeping
        axis{"reads", "reads", axis::kind::count, 0, 100, ""},  // percent of all operations
        axis{"work_ns", "work", axis::kind::count, 0, 1000UL * 1000, ""},    // between two operations
        axis{"hold_ns", "hold", axis::kind::count, 0, 1000UL * 1000, ""},    // inside a critical section
        axis{"think_ns", "think", axis::kind::count, 0, 1000UL * 1000, ""},  // between two critical sections
        axis{"submitters", "s", axis::kind::count, 1, 1024, ""},
        axis{"workers", "workers", axis::kind::count, 1, 1024, ""},
        axis{"thieves", "thieves", axis::kind::count, 0, 1024, ""},
        axis{"steal", "steal", axis::kind::word, 0, 0, ""},        // whom an idle worker robs, and of how much
        axis{"policy", "policy", axis::kind::word, 0, 0, "none"},  // of a full pool
        axis{"result", "result", axis::kind::word, 0, 0, "none"},  // what a submission returns
        axis{"pool", "pool", axis::kind::word, 0, 0, ""},          // what it does when a task comes
        axis{"lengths", "lengths", axis::kind::word, 0, 0, ""},    // distribution of the lengths of tasks
        axis{"task_ns", "task", axis::kind::count, 0, 1000UL * 1000, ""},  // length of a task, or the mean
        axis{"arrivals", "arrivals", axis::kind::word, 0, 0, ""},    // when items come that have a schedule
        axis{"load", "load", axis::kind::count, 1, 1000, ""},        // offered, percent of what could be done
        axis{"wait_ratio", "ratio", axis::kind::count, 0, 100, ""},  // time blocked per time computing
        axis{"fan", "fan", axis::kind::count, 1, 1UL << 20, ""},     // tasks that one waits for together
        axis{"depth", "depth", axis::kind::count, 1, 8, "1"},  // tasks that wait for tasks, so many levels
        axis{"tree", "tree", axis::kind::word, 0, 0, ""},
        axis{"size", "n", axis::kind::count, 1, 1UL << 30, ""},       // of a program's problem
        axis{"grain", "grain", axis::kind::count, 1, 1UL << 30, ""},  // the largest piece that is not forked
        axis{"peer", "peer", axis::kind::word, 0, 0, "spinning"},     // what it does when an item comes
        axis{"placement", "place", axis::kind::word, 0, 0, "spread"},
    };
    return all;
}

const axis* find_axis(std::string_view name) {
    const auto found = std::ranges::find(axes(), name, &axis::name);
    return found == axes().end() ? nullptr : &*found;
}

std::string_view point::value(std::string_view axis) const {
    const auto found = std::ranges::find(values, axis, &std::pair<std::string, std::string>::first);
    return found == values.end() ? std::string_view() : std::string_view(found->second);
}

unsigned long point::number(std::string_view axis) const {
    const std::string_view text = value(axis);
    unsigned long result = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
    if (error != std::errc() || end != text.data() + text.size()) {
        throw std::logic_error(name() + ": axis " + std::string(axis) + " is no number");
    }
    return result;
}

std::string point::name() const {
    std::string result = family + "/" + workload + "/" + impl;
    for (const auto& [axis_name, text] : values) {
        const axis* a = find_axis(axis_name);
        if (text != a->left_unnamed) {
            result += "/" + std::string(a->label) + ":" + text;
        }
    }
    return result;
}

placement placement_of(const point& p) {
    return parse_placement(p.value("placement")).value_or(placement::spread);
}

}  // namespace handoff::harness
