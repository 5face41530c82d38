// What the gate's rules do to pairs that a machine has given: A/A pairs, recorded point by point in their
// order, are replayed from random places on, so that what hangs together in a point's time stays together.
// Points enter their records at places of their own: what disturbs all of them at once is spread out. Prints
// JSON lines.
#include <cmath>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "suite.hpp"

namespace {

using namespace handoff::gate_power;
using handoff::harness::finding;
using nlohmann::json;

constexpr std::size_t least_record = 200;  // what the gate takes of a point at most

struct recorded_point {
    double max_slowdown;
    std::vector<double> pairs;
    bool quiet;  ///< its pairs scatter by less than 5%
};

/// What a standard deviation would be if the pairs were normal, from their median absolute deviation.
double scatter_of(const std::vector<double>& pairs) {
    const double middle = handoff::harness::median(pairs);
    std::vector<double> distances;
    for (const double d : pairs) {
        distances.push_back(std::abs(d - middle));
    }
    return 1.4826 * handoff::harness::median(distances);
}

/// A suite that begins at a random place of each point's record; `changed` is slower by `slowdown`.
outcome replayed(const std::vector<recorded_point>& points, std::size_t changed, double slowdown,
                 std::mt19937_64& random) {
    std::vector<double> allowed;
    std::vector<std::size_t> at;
    for (const recorded_point& p : points) {
        allowed.push_back(p.max_slowdown);
        at.push_back(std::uniform_int_distribution<std::size_t>(0, p.pairs.size() - 1)(random));
    }
    return suite(allowed, [&](std::size_t point) {
        const std::vector<double>& pairs = points[point].pairs;
        return pairs[at[point]++ % pairs.size()] + (point == changed ? std::log(slowdown) : 0);
    });
}

}  // namespace

/// gate_replay FILE SUITES SEED; FILE: [{"max_slowdown": 1.05, "pairs": [d, ...]}, ...]
int main(int argc, char** argv) {
    if (argc != 4) {
        std::cerr << "gate_replay: usage: gate_replay FILE SUITES SEED\n";
        return 2;
    }
    std::vector<recorded_point> points;
    std::size_t recorded = 0;
    try {
        for (const json& p : json::parse(std::ifstream(argv[1]))) {
            std::vector<double> pairs = p.at("pairs");
            if (pairs.size() < least_record) {
                std::cerr << "gate_replay: " << argv[1] << ": a record of " << pairs.size()
                          << " pairs: legal: " << least_record
                          << " or more, so that no pair comes twice in a suite\n";
                return 2;
            }
            recorded += pairs.size();
            const bool quiet = scatter_of(pairs) < 0.05;
            points.push_back({p.at("max_slowdown"), std::move(pairs), quiet});
        }
    } catch (const json::exception& e) {
        std::cerr << "gate_replay: " << argv[1] << ": " << e.what() << "\n";
        return 2;
    }
    if (points.empty()) {
        std::cerr << "gate_replay: " << argv[1] << ": no point\n";
        return 2;
    }
    const std::size_t suites = std::stoul(argv[2]);
    const std::uint64_t seed = std::stoull(argv[3]);
    for (const double slowdown : {1.0, 1.05, 1.10}) {
        std::seed_seq mixed{seed, static_cast<std::uint64_t>(slowdown * 1000)};
        std::mt19937_64 random(mixed);
        std::size_t failing = 0;
        std::size_t improving = 0;
        std::size_t pairs = 0;
        std::size_t quiet_changed = 0;
        std::size_t quiet_found = 0;
        std::size_t found = 0;
        for (std::size_t i = 0; i < suites; ++i) {
            const std::size_t changed = slowdown == 1.0 ? points.size() : i % points.size();
            const outcome o = replayed(points, changed, slowdown, random);
            pairs += o.pairs;
            failing += o.regressed > 0 ? 1 : 0;
            improving += o.improved > 0 ? 1 : 0;
            if (changed < points.size()) {
                const bool seen = o.findings[changed] == finding::regressed;
                found += seen ? 1 : 0;
                quiet_changed += points[changed].quiet ? 1 : 0;
                quiet_found += seen && points[changed].quiet ? 1 : 0;
            }
        }
        json line{{"slowdown", slowdown},
                  {"suites", suites},
                  {"points", points.size()},
                  {"recorded_pairs", recorded},
                  {"seed", seed},
                  {"pairs_per_point", static_cast<double>(pairs) / static_cast<double>(suites * points.size())},
                  {"suites_with_an_improvement", interval_json(improving, suites)}};
        if (slowdown == 1.0) {
            line["suites_failed"] = interval_json(failing, suites);
        } else {
            line["power"] = interval_json(found, suites);
            if (quiet_changed > 0) {
                line["power_where_pair_noise_is_below_5_percent"] = interval_json(quiet_found, quiet_changed);
            }
        }
        std::cout << line.dump() << std::endl;
    }
}
