// Reads samples as JSON lines, answers with what harness/compare/statistics, boundary and usl make of them: for
// tests/cli/test_statistics.py and test_scaling.py, which know the truth from scipy. Infinities are the words
// "inf" and "-inf".
#include <cmath>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "boundary.hpp"
#include "statistics.hpp"
#include "usl.hpp"

using namespace handoff::harness;
using nlohmann::json;

namespace {

double number(const json& j) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (j.is_string()) {
        return j == "inf" ? infinity : j == "-inf" ? -infinity : std::nan("");
    }
    return j.get<double>();
}

json word(double value) {
    return std::isnan(value) ? json("nan") : std::isinf(value) ? json(value > 0 ? "inf" : "-inf") : json(value);
}

json estimate(const usl_estimate& e) {
    return {word(e.value), word(e.low), word(e.high)};
}

json law_of(const json& asked) {
    std::vector<scaled_rate> sample;
    for (const json& one : asked.at("sample")) {
        sample.push_back({one.at(0), one.at(1)});
    }
    const scaling_judgement judged = judge_scaling(sample, 0);
    json result{{"verdict", judged.is == scaling_judgement::kind::fitted       ? "fitted"
                            : judged.is == scaling_judgement::kind::retrograde ? "retrograde"
                                                                               : "refused"},
                {"reason", judged.reason}};
    const usl_fit fit(sample, asked.value("confidence", 0.95));
    result.update({{"lambda", estimate(fit.lambda())},
                   {"sigma", estimate(fit.sigma())},
                   {"kappa", estimate(fit.kappa())},
                   {"relative_rms", fit.relative_rms()},
                   {"rates", json::array()},
                   {"peak", nullptr}});
    for (const json& threads : asked.value("at", json::array())) {
        result["rates"].push_back(estimate(fit.rate(threads)));
    }
    if (const auto peak = fit.peak()) {
        result["peak"] = estimate(*peak);
    }
    return result;
}

json answer(const json& asked) {
    const std::string what = asked.at("what");
    if (what == "student_t") {
        return student_t_limit(asked.at("confidence"), asked.at("degrees_of_freedom"));
    }
    if (what == "usl") {
        return law_of(asked);
    }
    if (what == "tail") {
        return binomial_upper_tail(asked.at("successes"), asked.at("trials"), asked.at("chance"));
    }
    if (what == "clopper_pearson") {
        const chance_interval i =
            clopper_pearson(asked.at("successes"), asked.at("trials"), asked.at("confidence"));
        return {i.low, i.high};
    }
    if (what == "boundary") {
        const sign_boundary b(asked.at("level"), asked.at("most"), asked.at("shape"), asked.at("first"));
        json needed = json::array();
        for (std::size_t n = 0; n <= b.most(); ++n) {
            needed.push_back(b.needed(n));
        }
        return {{"needed", needed}, {"power", b.power(asked.at("chance"))}};
    }
    std::vector<double> sample;
    for (const json& j : asked.at("sample")) {
        sample.push_back(number(j));
    }
    if (what == "signs") {
        const sign_test s = signs_of(sample);
        return {{"above", s.above},
                {"below", s.below},
                {"ties", s.ties},
                {"p_above", s.p_above},
                {"p_below", s.p_below}};
    }
    if (what == "quantile") {
        return word(quantile(sample, asked.at("share")));
    }
    if (what == "interval") {
        const auto i = interval_of_median(sample, asked.at("confidence"));
        return i ? json{word(i->low), word(i->high), i->confidence} : json();
    }
    if (what == "upper_bound") {
        const auto bound = upper_bound_of_median(sample, asked.at("confidence"));
        return bound ? word(*bound) : json();
    }
    throw std::runtime_error("asked for " + what);
}

}  // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        try {
            std::cout << json{{"answer", answer(json::parse(line))}}.dump() << "\n";
        } catch (const std::invalid_argument& e) {
            std::cout << json{{"refused", e.what()}}.dump() << "\n";
        }
    }
}
