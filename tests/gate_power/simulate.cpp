// What the gate's rules do to pairs of known distributions: no processes, no clock. Prints JSON lines, one per
// scenario and rule: the gate's own (gate_engine) and, to be measured against, the fixed rule that it replaced.
// With --links: what the place of code does to the gate, with and without fresh links.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "statistics.hpp"
#include "suite.hpp"

namespace {

using namespace handoff::harness;
using namespace handoff::gate_power;
using nlohmann::json;

/// Draws d of one pair without any change.
using noise = std::function<double(std::mt19937_64&)>;

noise normal(double sigma) {
    return [sigma](std::mt19937_64& random) { return std::normal_distribution<double>(0, sigma)(random); };
}

/// Each side is in one of two states, a factor apart; as a spinning queue whose ring runs full or empty.
noise two_modes(double sigma, double factor, double share) {
    return [=](std::mt19937_64& random) {
        std::bernoulli_distribution other(share);
        const double base = other(random) ? std::log(factor) : 0;
        const double candidate = other(random) ? std::log(factor) : 0;
        return candidate - base + std::normal_distribution<double>(0, sigma)(random);
    };
}

/// One pair in `every` is off by up to a factor, to either side.
noise outliers(double sigma, double factor, double share) {
    return [=](std::mt19937_64& random) {
        double d = std::normal_distribution<double>(0, sigma)(random);
        if (std::bernoulli_distribution(share)(random)) {
            d += std::log(factor) * std::uniform_real_distribution<double>(-1, 1)(random);
        }
        return d;
    };
}

/// A suite in which each of the first `changed` points is slower by `slowdown`.
outcome by_engine(const noise& draw, std::size_t points, std::size_t changed, double slowdown,
                  std::mt19937_64& random) {
    return suite(std::vector<double>(points, 1.05),
                 [&](std::size_t point) { return draw(random) + (point < changed ? std::log(slowdown) : 0); });
}

/// 10 pairs; fewer than 6 to one side: nothing. Otherwise 30: suspect if the sign test has p < 0.05 and the
/// median exceeds 3%. Then the same again with 30 fresh pairs.
outcome by_fixed_rule(const noise& draw, std::size_t points, std::size_t changed, double slowdown,
                      std::mt19937_64& random) {
    outcome result;
    for (std::size_t point = 0; point < points; ++point) {
        const double shift = point < changed ? std::log(slowdown) : 0;
        const auto more = [&](std::vector<double>& into, std::size_t until) {
            while (into.size() < until) {
                into.push_back(draw(random) + shift);
                ++result.pairs;
            }
        };
        const auto verdict = [&](const std::vector<double>& d) {
            const sign_test signs = signs_of(d);
            const bool certain = 2 * std::min(signs.p_above, signs.p_below) < 0.05;
            const double middle = median(d);
            return !certain ? 0 : middle > std::log(1.03) ? 1 : middle < -std::log(1.03) ? -1 : 0;
        };
        std::vector<double> first;
        more(first, 10);
        if (const sign_test signs = signs_of(first); std::max(signs.above, signs.below) < 6) {
            continue;
        }
        more(first, 30);
        const int suspected = verdict(first);
        if (suspected == 0) {
            continue;
        }
        std::vector<double> fresh;
        more(fresh, 30);
        if (verdict(fresh) == suspected) {
            ++(suspected > 0 ? result.regressed : result.improved);
        }
    }
    return result;
}

/// Where the linker put the code makes each point of a build slower or faster, for good: by `place`, a standard
/// deviation. Pairs of fresh links draw that anew.
int simulate_links(std::size_t suites, std::uint64_t seed) {
    constexpr std::size_t points = 40;
    for (const double place : {0.01, 0.02, 0.04}) {
        for (const double slowdown : {1.0, 1.10}) {
            for (const bool has_fresh_links : {false, true}) {
                std::seed_seq mixed{seed, static_cast<std::uint64_t>(place * 1000),
                                    static_cast<std::uint64_t>(slowdown * 1000),
                                    static_cast<std::uint64_t>(has_fresh_links)};
                std::mt19937_64 random(mixed);
                std::normal_distribution<double> moved(0, std::sqrt(2) * place);  // both sides are
                std::normal_distribution<double> noise(0, 0.02);
                std::size_t failing = 0;
                std::size_t found = 0;
                for (std::size_t i = 0; i < suites; ++i) {
                    std::vector<double> built(points);
                    std::ranges::generate(built, [&] { return moved(random); });
                    const outcome o =
                        suite(std::vector<double>(points, 1.05), [&](std::size_t point, bool is_fresh) {
                            return (is_fresh && has_fresh_links ? moved(random) : built[point]) +
                                   noise(random) + (point == 0 ? std::log(slowdown) : 0);
                        });
                    const bool first = o.findings[0] == finding::regressed;
                    found += first ? 1 : 0;
                    failing += o.regressed > (first ? 1U : 0U) || (first && slowdown == 1.0) ? 1 : 0;
                }
                json line{{"place", place},   {"fresh_links", has_fresh_links},
                          {"suites", suites}, {"points", points},
                          {"seed", seed},     {"suites_failed", interval_json(failing, suites)}};
                if (slowdown > 1) {
                    line["slowdown"] = slowdown;
                    line["power"] = interval_json(found, suites);
                }
                std::cout << line.dump() << std::endl;
            }
        }
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t suites = 2000;
    std::uint64_t seed = 1;
    const bool asks_for_links = argc > 1 && std::string_view(argv[argc - 1]) == "--links";
    argc -= asks_for_links ? 1 : 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string flag = argv[i];
        if (flag == "--suites") {
            suites = std::stoul(argv[i + 1]);
        } else if (flag == "--seed") {
            seed = std::stoull(argv[i + 1]);
        } else {
            std::cerr << "gate_simulate: unknown flag " << flag
                      << ": legal: --suites N, --seed N, and --links at the end\n";
            return 2;
        }
    }
    if (argc % 2 == 0) {
        std::cerr << "gate_simulate: " << argv[argc - 1] << ": needs a value\n";
        return 2;
    }
    if (asks_for_links) {
        return simulate_links(suites, seed);
    }
    constexpr std::size_t points = 40;
    const std::vector<std::pair<std::string, noise>> noises{
        {"normal 1%", normal(0.01)},
        {"normal 2%", normal(0.02)},
        {"normal 3%", normal(0.03)},
        {"normal 5%", normal(0.05)},
        {"normal 10%", normal(0.10)},
        {"normal 3%, one pair in 10 off by up to a factor of 2", outliers(0.03, 2, 0.1)},
        {"normal 3%, each side in a state 4 times slower for 1 trial in 5", two_modes(0.03, 4, 0.2)},
    };
    struct scenario {
        std::size_t changed;
        double slowdown;
    };
    for (const auto& [name, draw] : noises) {
        for (const scenario& s : {scenario{0, 1.0}, {1, 1.03}, {1, 1.05}, {1, 1.10}, {1, 1.20}, {20, 1.05}}) {
            for (const bool ours : {true, false}) {
                // each with a stream of its own, whatever the others draw
                std::seed_seq mixed{
                    seed, static_cast<std::uint64_t>(s.changed), static_cast<std::uint64_t>(s.slowdown * 1000),
                    static_cast<std::uint64_t>(ours), static_cast<std::uint64_t>(&draw - &noises[0].second)};
                std::mt19937_64 random(mixed);
                std::size_t failing =
                    0;  // suites in which a point that has not changed is said to have regressed
                std::size_t improving = 0;
                std::size_t found = 0;
                std::size_t pairs = 0;
                std::size_t proven = 0;
                std::size_t undecided = 0;
                for (std::size_t suite = 0; suite < suites; ++suite) {
                    const auto run = ours ? by_engine : by_fixed_rule;
                    const outcome o = run(draw, points, s.changed, s.slowdown, random);
                    pairs += o.pairs;
                    proven += o.unchanged;
                    undecided += o.inconclusive;
                    improving += o.improved > 0 ? 1 : 0;
                    if (s.changed == 0) {
                        failing += o.regressed > 0 ? 1 : 0;
                    } else {
                        found += std::min(o.regressed, s.changed);
                    }
                }
                json line{
                    {"noise", name},
                    {"rule", ours ? "gate" : "fixed"},
                    {"changed_points", s.changed},
                    {"slowdown", s.slowdown},
                    {"suites", suites},
                    {"points", points},
                    {"seed", seed},
                    {"pairs_per_point", static_cast<double>(pairs) / static_cast<double>(suites * points)},
                    {"suites_with_an_improvement", interval_json(improving, suites)}};
                if (s.changed == 0) {
                    line["suites_failed"] = interval_json(failing, suites);
                } else {
                    line["power"] = interval_json(found, suites * s.changed);
                }
                if (ours) {
                    line["proven_share"] = static_cast<double>(proven) / static_cast<double>(suites * points);
                    line["inconclusive_share"] =
                        static_cast<double>(undecided) / static_cast<double>(suites * points);
                }
                std::cout << line.dump() << std::endl;
            }
        }
    }
}
