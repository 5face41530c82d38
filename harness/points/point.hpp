// A point: one value per axis, and the name that it carries for ever.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scheduling.hpp"
#include "topology.hpp"

namespace handoff::harness {

/// A swept quantity. Everything that is said of it is said in the table of `axes()`: sweeps, point names,
/// result files
/// (`run.axes`), captions and docs take it from there.
struct axis {
    enum class kind {
        count,  ///< a whole number
        size,   ///< a whole number from 1, or the word `unbounded`
        word,   ///< one of the words that the implementations offer
    };
    std::string_view name;   ///< in flags, sweep files and JSON
    std::string_view label;  ///< in point names
    kind is;
    unsigned long least = 0;              ///< of counts and sizes
    unsigned long largest = 0;            ///< likewise
    std::string_view unit = {};           ///< `ns`, `bytes`, `%`, or empty
    std::string_view neutral = {};        ///< a value that point names leave out, so that older names stay true
    std::string_view absent = {};         ///< the value of implementations that have no such axis of their own
    std::string_view absent_phrase = {};  ///< how captions say that those stand beside the others
    std::string_view phrase;              ///< for captions: {} is the value, {s} an s unless it is 1
    std::string_view phrase_neutral = {};  ///< of the neutral value; often there is nothing to say
    std::string_view meaning;              ///< one line for docs and --help
};

/// `count`, `size` or `word`.
const char* word(axis::kind k);

/// All axes that exist, in the order in which names spell them. A workload sweeps some of them.
std::span<const axis> axes();

/// The axis of that name, or null.
const axis* find_axis(std::string_view name);

/// The table as Markdown, for people.
std::string axes_table();

/// One value per axis. Values are kept as they are written: `1024`, `spin`, `unbounded`.
struct point {
    std::string family;
    std::string workload;
    std::string impl;
    std::vector<std::pair<std::string, std::string>> values;  ///< axis name, value; in the order of `axes()`

    /// The value on an axis; empty where the workload does not have the axis.
    std::string_view value(std::string_view axis) const;
    /// The same as a number. Throws std::logic_error where it is none.
    unsigned long number(std::string_view axis) const;
    /// `queues/transfer/vyukov_ring/wait:spin/p:2/c:2/cap:1024/bytes:8`
    std::string name() const;

    bool operator==(const point&) const = default;
};

/// The placement that a point names; `spread` where it has no such axis.
placement placement_of(const point& p);

/// How a point's threads share their CPUs: by themselves and as they are, where it has no such axes.
scheduling scheduling_of(const point& p);

}  // namespace handoff::harness
