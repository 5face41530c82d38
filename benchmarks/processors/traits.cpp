#include "processors/traits.hpp"

#include <algorithm>
#include <bit>

namespace handoff::benchmarks {

using kind = harness::verdict::kind;

std::vector<std::string> processor_traits::wait_words() const {
    std::vector<std::string> words;
    for (const wait_traits& wait : waits) {
        words.emplace_back(wait.name);
    }
    return words;
}

std::vector<std::string> processor_traits::usual_capacities() const {
    std::vector<std::string> usual;
    if (capacities.bounded) {
        usual.emplace_back("1024");
    }
    if (capacities.unbounded) {
        usual.emplace_back("unbounded");
    }
    return usual;
}

std::string processor_traits::capacity_words() const {
    return capacities.bounded && capacities.unbounded ? "bounded, unbounded"
           : capacities.bounded                       ? "bounded"
                                                      : "unbounded";
}

std::vector<std::string> processor_traits::usual_workers() const {
    return {keeps_submission_order() ? "1" : "2"};
}

harness::verdict processor_traits::judge_wait(std::string_view word) const {
    if (std::ranges::find(waits, word, &wait_traits::name) != waits.end()) {
        return {};
    }
    const std::string own(name);
    return {kind::not_offered,
            is_native ? own + " waits by its own means (native)" : own + " has no waiting of its own"};
}

harness::verdict processor_traits::judge_capacity(std::string_view text) const {
    const std::string own(name);
    if (text == "unbounded") {
        return capacities.unbounded ? harness::verdict{}
                                    : harness::verdict{kind::not_offered, own + " is bounded"};
    }
    const unsigned long capacity = std::stoul(std::string(text));
    if (!capacities.bounded) {
        return {kind::not_offered, own + " is unbounded"};
    }
    if (capacity == 0) {
        return {kind::not_offered, own + " has no rendezvous"};
    }
    if (capacities.rule == impls::capacity_rule::power_of_two && capacity == 1) {
        return {kind::not_offered, own + " holds at least 2"};
    }
    if (capacities.rule == impls::capacity_rule::power_of_two && !std::has_single_bit(capacity)) {
        return {kind::senseless,
                own + " needs a power of two from 2 (" + std::to_string(std::bit_ceil(capacity)) + "?)"};
    }
    return {};
}

}  // namespace handoff::benchmarks
