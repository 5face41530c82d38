#include "plan.hpp"

#include <utility>

namespace handoff::harness {

namespace {

/// A generator whose sequence is ours to promise: the standard's shuffles and distributions differ between
/// libraries, and a recorded seed must give the same order everywhere. SplitMix64 (Steele, Lea, Flood, 2014).
class split_mix {
public:
    explicit split_mix(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() noexcept {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    /// Uniform in [0, bound), without bias: draws that fall into the incomplete last stretch are drawn again.
    std::uint64_t below(std::uint64_t bound) noexcept {
        const std::uint64_t whole = ~std::uint64_t{0} - ~std::uint64_t{0} % bound;
        std::uint64_t draw;
        do {
            draw = next();
        } while (draw >= whole);
        return draw % bound;
    }

private:
    std::uint64_t state_;
};

}  // namespace

std::size_t planned_trials(const std::vector<listed_point>& points, unsigned repetitions) {
    std::size_t trials = 0;
    for (const listed_point& p : points) {
        trials += repetitions + p.full_checks();
    }
    return trials;
}

double expected_seconds(const std::vector<listed_point>& points, const std::vector<planned_trial>& trials,
                        double min_time_seconds) {
    // A process takes some 30 ms beside its window, and as many windows again to find its length and warm up.
    // What has a schedule has its length, and warms up for a tenth.
    double seconds = 0;
    for (const planned_trial& trial : trials) {
        const listed_point& p = points[trial.point];
        seconds += 0.03 + (p.is_paced() ? 1.1 : 2) * p.window_seconds(min_time_seconds);
    }
    return seconds;
}

plan make_plan(std::vector<listed_point> points, unsigned repetitions, std::uint64_t seed) {
    plan result;
    split_mix random(seed);
    unsigned round = 0;
    for (const bool paced : {false, true}) {
        std::vector<std::size_t> stage;
        for (std::size_t i = 0; i < points.size(); ++i) {
            if (points[i].is_paced() == paced) {
                stage.push_back(i);
            }
        }
        for (unsigned repetition = 0; repetition < repetitions; ++repetition) {
            std::vector<planned_trial> order;
            for (const std::size_t i : stage) {
                const auto kind = points[i].light_check ? std::optional(check_kind::light) : std::nullopt;
                order.push_back({.point = i, .repetition = repetition, .round = round, .check = kind});
            }
            for (const std::size_t i : stage) {
                for (unsigned n = 0; repetition == 0 && n < points[i].full_checks(); ++n) {
                    order.push_back(
                        {.point = i, .repetition = repetitions + n, .round = round, .check = check_kind::full});
                }
            }
            for (std::size_t left = order.size(); left > 1; --left) {  // Fisher and Yates
                std::swap(order[left - 1], order[random.below(left)]);
            }
            for (planned_trial& trial : order) {
                trial.seed = random.next() >> 11;  // 53 bits: every JSON reader keeps them
                result.trials.push_back(trial);
            }
            round += stage.empty() ? 0 : 1;
        }
    }
    result.points = std::move(points);
    return result;
}

}  // namespace handoff::harness
