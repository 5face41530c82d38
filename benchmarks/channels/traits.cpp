#include "channels/traits.hpp"

#include "shared/waits.hpp"

namespace handoff::benchmarks {

std::vector<std::string> channel_traits::wait_words() const {
    return words_of(waits);
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
    const wait_traits* const wait = find_wait(waits, p.value("wait"));
    return wait != nullptr && wait->keeps_cpu;
}

harness::verdict channel_traits::judge_wait(std::string_view word) const {
    return benchmarks::judge_wait(name, is_native, waits, word);
}

harness::verdict channel_traits::judge_capacity(std::string_view text) const {
    return benchmarks::judge_capacity(name, capacities, text);
}

}  // namespace handoff::benchmarks
