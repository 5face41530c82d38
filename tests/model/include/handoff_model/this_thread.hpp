// The model's yield and sleep (impls/detail/this_thread.hpp).
#pragma once

#include "engine.hpp"

namespace handoff::impls::this_thread {

inline void yield(model::where place = model::where::current()) {
    model::relax(place);
}

template <class Duration>
void sleep_for(const Duration&, model::where place = model::where::current()) {
    model::relax(place);
}

}  // namespace handoff::impls::this_thread
