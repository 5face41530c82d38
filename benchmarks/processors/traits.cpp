#include "processors/traits.hpp"

#include "shared/waits.hpp"

namespace handoff::benchmarks {

std::vector<std::string> processor_traits::wait_words() const {
    return words_of(waits);
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
    return benchmarks::judge_wait(name, is_native, waits, word);
}

harness::verdict processor_traits::judge_capacity(std::string_view text) const {
    return benchmarks::judge_capacity(
        name, {.bounded = capacities.bounded, .rule = capacities.rule, .unbounded = capacities.unbounded},
        text);
}

}  // namespace handoff::benchmarks
