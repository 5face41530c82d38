// Pairs of two programs of Google Benchmark's: each trial is one benchmark in a process of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gate.hpp"
#include "pair_source.hpp"

namespace handoff::harness {

/// The benchmarks of the programs that the options name. Throws usage_error for a program that cannot be asked
/// or does not obey.
std::unique_ptr<pair_source> pairs_of_programs(const gate_options& options);

/// The benchmarks among the lines that a program lists: those that it no longer lists if asked for none. The
/// others are what it prints whatever it is asked. Throws malformed: why they are none.
std::vector<std::string> listed_benchmarks(const std::string& all, const std::string& none);

/// A name as a regular expression of any kind that matches that name only.
std::string exactly(const std::string& name);

}  // namespace handoff::harness
