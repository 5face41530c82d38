// A point: one value per axis, and the name that it carries for ever.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "topology.hpp"

namespace handoff::harness {

/// A swept quantity. `name` stands in flags, sweep files and JSON; `label` in point names.
struct axis {
    enum class kind {
        count,  ///< a whole number
        size,   ///< a whole number from 1, or the word `unbounded`
        word,   ///< one of the words that the implementations offer
    };
    std::string_view name;
    std::string_view label;
    kind is;
    unsigned long least;            ///< of counts and sizes
    unsigned long largest;          ///< likewise
    std::string_view left_unnamed;  ///< a value that point names leave out, so that older names stay true
};

/// All axes that exist, in the order in which names spell them. A workload sweeps some of them.
std::span<const axis> axes();

/// The axis of that name, or null.
const axis* find_axis(std::string_view name);

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

}  // namespace handoff::harness
