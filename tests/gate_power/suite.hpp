// A suite of the gate without processes: pairs from anywhere, verdicts from its engine.
#pragma once

#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine.hpp"
#include "statistics.hpp"

namespace handoff::gate_power {

struct outcome {
    std::size_t regressed = 0;
    std::size_t improved = 0;
    std::size_t unchanged = 0;
    std::size_t inconclusive = 0;
    std::size_t pairs = 0;
    std::vector<harness::finding> findings;  ///< of each point
};

/// `draw(point)` gives the d of a point's next pair; `draw(point, is_fresh)` knows whether it is a suspect's.
template <class Draw>
outcome suite(std::vector<double> max_slowdowns, Draw&& draw) {
    const std::size_t points = max_slowdowns.size();
    harness::gate_engine engine({}, std::move(max_slowdowns));
    outcome result;
    while (const auto point = engine.next()) {
        if constexpr (std::is_invocable_v<Draw, std::size_t, bool>) {
            engine.add_pair(*point, draw(*point, engine.is_confirming(*point)));
        } else {
            engine.add_pair(*point, draw(*point));
        }
        ++result.pairs;
    }
    for (std::size_t i = 0; i < points; ++i) {
        const harness::finding found = engine.standing(i).found;
        result.findings.push_back(found);
        result.regressed += found == harness::finding::regressed ? 1 : 0;
        result.improved += found == harness::finding::improved ? 1 : 0;
        result.unchanged += found == harness::finding::unchanged ? 1 : 0;
        result.inconclusive += found == harness::finding::inconclusive ? 1 : 0;
    }
    return result;
}

inline nlohmann::json interval_json(std::size_t successes, std::size_t trials) {
    const harness::chance_interval i = harness::clopper_pearson(successes, trials, 0.95);
    return {{"count", successes},
            {"of", trials},
            {"share", static_cast<double>(successes) / static_cast<double>(trials)},
            {"low", i.low},
            {"high", i.high}};
}

}  // namespace handoff::gate_power
