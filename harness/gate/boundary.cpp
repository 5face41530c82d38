#include "boundary.hpp"

#include <cmath>

namespace handoff::harness {

namespace {

/// The chance that a walk of `needed.size() - 1` observations ever has the needed successes.
double chance_of_crossing(const std::vector<std::size_t>& needed, double chance) {
    std::vector<double> at(needed.size() + 1, 0);  // chance of so many successes without a crossing so far
    at[0] = 1;
    double crossed = 0;
    for (std::size_t n = 1; n < needed.size(); ++n) {
        for (std::size_t k = n + 1; k-- > 0;) {
            at[k] = at[k] * (1 - chance) + (k > 0 ? at[k - 1] * chance : 0);
            if (k >= needed[n]) {
                crossed += at[k];
                at[k] = 0;
            }
        }
    }
    return crossed;
}

}  // namespace

sign_boundary::sign_boundary(double level, std::size_t most, double shape, std::size_t first) {
    std::vector<std::vector<double>> tails(most + 1);  // [n][k] = P(X >= k)
    for (std::size_t n = 0; n <= most; ++n) {
        tails[n].resize(n + 1);
        double tail = 0;
        double term = std::exp2(-static_cast<double>(n));  // P(X = k), from k = n down
        for (std::size_t k = n + 1; k-- > 0;) {
            tail += term;
            tails[n][k] = tail;
            term *= static_cast<double>(k) / static_cast<double>(n - k + 1);
        }
    }
    const auto boundary = [&](double c) {
        std::vector<std::size_t> needed(most + 1);
        for (std::size_t n = 0; n <= most; ++n) {
            const double allowed = c * std::pow(static_cast<double>(n) / static_cast<double>(most), shape);
            needed[n] = n + 1;
            while (n >= first && needed[n] > 0 && tails[n][needed[n] - 1] <= allowed) {
                --needed[n];
            }
        }
        return needed;
    };
    // What the last look alone allows is the most that c can be.
    double low = 0;
    double high = level;
    needed_ = boundary(high);
    if (chance_of_crossing(needed_, 0.5) <= level) {
        return;
    }
    for (int step = 0; step < 40; ++step) {
        const double middle = (low + high) / 2;
        (chance_of_crossing(boundary(middle), 0.5) <= level ? low : high) = middle;
    }
    needed_ = boundary(low);
}

double sign_boundary::power(double chance) const {
    return chance_of_crossing(needed_, chance);
}

}  // namespace handoff::harness
