// What all event processors have in common: a call of the handler whose exceptions go no further, and the wait
// strategy that the options name.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "../../wait/chosen_wait.hpp"

namespace handoff::impls::detail {

/// Calls the handler. How many exceptions it threw: 0 or 1.
template <class Handler, class Event, class Context>
[[gnu::always_inline]] inline std::uint64_t call_handler(Handler& handler, Event& event, Context& context) {
    try {
        handler(event, context);
    } catch (...) {
        return 1;
    }
    return 0;
}

/// Makes of a type that may be several strategies the one of that name. Before anybody waits.
template <class Wait>
void choose_wait_of_processor(Wait& wait, std::string_view name) {
    if constexpr (is_chosen<Wait>) {
        if (!name.empty() && !wait.choose(name)) {
            throw std::invalid_argument("wait " + std::string(name) + ": this processor has no such strategy");
        }
    }
}

/// Which of `count` places a key belongs to. Multiplication spreads keys that follow one another; the high half
/// of a second one reduces without a division. Source: Lemire, "Fast Random Integer Generation in an Interval",
/// ACM TOMACS 2019.
inline std::size_t place_of_key(std::uint64_t key, std::size_t count) noexcept {
    const std::uint64_t mixed = key * 0x9e3779b97f4a7c15 >> 32;
    return static_cast<std::size_t>(mixed * static_cast<std::uint64_t>(count) >> 32);
}

}  // namespace handoff::impls::detail
