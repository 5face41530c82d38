// Numbers that may be infinite, in JSON. For the .cpp files of this room only.
#pragma once

#include <cmath>
#include <limits>

#include "fields.hpp"

namespace handoff::harness {

/// An infinite upper limit is null: JSON has no infinity.
struct upper_limit {
    double value;
};

template <>
struct fields::codec<upper_limit> {
    static json write(const upper_limit& limit) {
        return std::isfinite(limit.value) ? json(limit.value) : json(nullptr);
    }
    static upper_limit read(const json& value) {
        return {value.is_null() ? std::numeric_limits<double>::infinity() : fields::read<double>(value)};
    }
};

}  // namespace handoff::harness
