// The parts of a result file whose JSON is compiled in units of their own: one unit for all of it would take
// more memory than a compiler should. For the .cpp files of this room only.
#pragma once

#include "fields.hpp"
#include "result_file.hpp"

namespace handoff::harness::fields {

template <>
struct codec<limits_seen> : part<limits_seen> {};
template <>
struct codec<result_point> : part<result_point> {};
template <>
struct codec<result_row> : part<result_row> {};
template <>
struct codec<scaling_series> : part<scaling_series> {};
template <>
struct codec<run_record> : part<run_record> {};

/// The tables that a result file carries: written only.
template <>
struct codec<axis> {
    static json write(const axis& value);
};
template <>
struct codec<measure> {
    static json write(const measure& value);
};

}  // namespace handoff::harness::fields
