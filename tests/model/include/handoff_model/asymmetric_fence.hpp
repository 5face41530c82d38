// The model's membarrier (impls/detail/asymmetric_fence.hpp).
#pragma once

#include "engine.hpp"

namespace handoff::impls::detail {

inline bool asymmetric_fences_available() noexcept {
    return model::membarrier_is_granted();
}

inline void light_fence(bool cheap, model::where place = model::where::current()) {
    if (cheap) {
        model::light_fence(place);
    } else {
        model::fence(std::memory_order_seq_cst, place);
    }
}

inline void heavy_fence(model::where place = model::where::current()) {
    model::heavy_fence(place);
}

}  // namespace handoff::impls::detail
