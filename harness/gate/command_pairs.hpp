// Pairs of two commands: how long each takes, or a number that it prints.
#pragma once

#include <memory>
#include <string>

#include "gate.hpp"
#include "pair_source.hpp"

namespace handoff::harness {

/// One point: the commands that the options name. Throws usage_error.
std::unique_ptr<pair_source> pairs_of_commands(const gate_options& options);

/// The number in what a command printed: what the regular expression's first group matches (or all of it, where
/// it has none) in the last line in which it matches. Throws malformed: there is none, or it is no number.
double printed_number(const std::string& output, const std::string& regex);

}  // namespace handoff::harness
