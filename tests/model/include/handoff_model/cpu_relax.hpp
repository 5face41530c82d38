// The model's pause (impls/detail/cpu_relax.hpp).
#pragma once

#include "engine.hpp"

namespace handoff::impls::detail {

inline void cpu_relax(model::where place = model::where::current()) {
    model::relax(place);
}

}  // namespace handoff::impls::detail
