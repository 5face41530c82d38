// The wait strategy that a channel's options name.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "../../wait/chosen_wait.hpp"

namespace handoff::impls::detail {

/// Makes of a type that may be several strategies the one of that name. Before anybody waits.
template <class Wait>
void choose_wait(Wait& wait, std::string_view name) {
    if constexpr (is_chosen<Wait>) {
        if (!name.empty() && !wait.choose(name)) {
            throw std::invalid_argument("wait " + std::string(name) + ": this channel has no such strategy");
        }
    }
}

}  // namespace handoff::impls::detail
