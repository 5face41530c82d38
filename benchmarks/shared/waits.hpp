// What families whose implementations meet wait strategies and take capacities say of them.
#pragma once

#include <algorithm>
#include <bit>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "concepts/channels.hpp"
#include "queues/traits.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

inline std::vector<std::string> words_of(std::span<const wait_traits> waits) {
    std::vector<std::string> words;
    for (const wait_traits& wait : waits) {
        words.emplace_back(wait.name);
    }
    return words;
}

/// Null where the word names none of the strategies.
inline const wait_traits* find_wait(std::span<const wait_traits> waits, std::string_view word) noexcept {
    const auto found = std::ranges::find(waits, word, &wait_traits::name);
    return found == waits.end() ? nullptr : &*found;
}

/// `owner`: the implementation's name.
inline harness::verdict judge_wait(std::string_view owner, bool is_native, std::span<const wait_traits> waits,
                                   std::string_view word) {
    if (find_wait(waits, word) != nullptr) {
        return {};
    }
    return {
        harness::verdict::kind::not_offered,
        std::string(owner) + (is_native ? " waits by its own means (native)" : " has no waiting of its own")};
}

inline harness::verdict judge_capacity(std::string_view owner, const impls::channel_capacities& takes,
                                       std::string_view text) {
    using kind = harness::verdict::kind;
    const std::string own(owner);
    if (text == "unbounded") {
        return takes.unbounded ? harness::verdict{} : harness::verdict{kind::not_offered, own + " is bounded"};
    }
    const unsigned long capacity = std::stoul(std::string(text));
    if (capacity == 0) {
        return takes.rendezvous ? harness::verdict{}
                                : harness::verdict{kind::not_offered, own + " has no rendezvous"};
    }
    if (!takes.bounded) {
        return {kind::not_offered, own + (takes.unbounded ? " is unbounded" : " is a rendezvous")};
    }
    if (takes.largest != 0 && capacity > takes.largest) {
        return {kind::not_offered, own + " holds at most " + std::to_string(takes.largest)};
    }
    if (takes.rule == impls::capacity_rule::power_of_two && capacity == 1) {
        return {kind::not_offered, own + " holds at least 2"};
    }
    if (takes.rule == impls::capacity_rule::power_of_two && !std::has_single_bit(capacity)) {
        return {kind::senseless,
                own + " needs a power of two from 2 (" + std::to_string(std::bit_ceil(capacity)) + "?)"};
    }
    return {};
}

}  // namespace handoff::benchmarks
