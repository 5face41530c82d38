#include "channels/traits.hpp"

#include <algorithm>
#include <bit>

namespace handoff::benchmarks {

using kind = harness::verdict::kind;

std::vector<std::string> channel_traits::wait_words() const {
    std::vector<std::string> words;
    for (const wait_traits& wait : waits) {
        words.emplace_back(wait.name);
    }
    return words;
}

std::vector<std::string> channel_traits::usual_capacities() const {
    std::vector<std::string> usual;
    if (capacities.rendezvous) {
        usual.emplace_back("0");
    }
    if (capacities.bounded) {
        usual.emplace_back(capacities.largest == 0 ? "64" : std::to_string(capacities.largest));
    }
    if (usual.empty()) {
        usual.emplace_back("unbounded");
    }
    return usual;
}

std::string channel_traits::capacity_words() const {
    std::string all = capacities.rendezvous ? "rendezvous" : "";
    const auto add = [&](bool takes, const char* word) {
        all += takes ? (all.empty() ? "" : ", ") + std::string(word) : "";
    };
    add(capacities.bounded, "bounded");
    add(capacities.unbounded, "unbounded");
    return all;
}

bool channel_traits::keeps_cpu(const harness::point& p) const {
    const auto found = std::ranges::find(waits, p.value("wait"), &wait_traits::name);
    return found != waits.end() && found->keeps_cpu;
}

harness::verdict channel_traits::judge_wait(std::string_view word) const {
    if (std::ranges::find(waits, word, &wait_traits::name) != waits.end()) {
        return {};
    }
    const std::string own(name);
    return {kind::not_offered,
            is_native ? own + " waits by its own means (native)" : own + " has no waiting of its own"};
}

harness::verdict channel_traits::judge_capacity(std::string_view text) const {
    const std::string own(name);
    if (text == "unbounded") {
        return capacities.unbounded ? harness::verdict{}
                                    : harness::verdict{kind::not_offered, own + " is bounded"};
    }
    const unsigned long capacity = std::stoul(std::string(text));
    if (capacity == 0) {
        return capacities.rendezvous ? harness::verdict{}
                                     : harness::verdict{kind::not_offered, own + " has no rendezvous"};
    }
    if (!capacities.bounded) {
        return {kind::not_offered, own + (capacities.unbounded ? " is unbounded" : " is a rendezvous")};
    }
    if (capacities.largest != 0 && capacity > capacities.largest) {
        return {kind::not_offered, own + " holds at most " + std::to_string(capacities.largest)};
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
