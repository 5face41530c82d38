#include "usl.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <stdexcept>

#include "statistics.hpp"

namespace handoff::harness {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double unlimited = 40;  ///< a logarithm that far from an estimate: no limit

/// The solution of a 3 by 3 system by elimination with pivoting; nothing where it has none.
std::optional<std::array<double, 3>> solve(std::array<std::array<double, 4>, 3> m) {
    for (std::size_t column = 0; column < 3; ++column) {
        std::size_t pivot = column;
        for (std::size_t r = column + 1; r < 3; ++r) {
            pivot = std::abs(m[r][column]) > std::abs(m[pivot][column]) ? r : pivot;
        }
        std::swap(m[column], m[pivot]);
        if (std::abs(m[column][column]) < 1e-12) {
            return std::nullopt;
        }
        for (std::size_t r = 0; r < 3; ++r) {
            const double factor = r == column ? 0 : m[r][column] / m[column][column];
            for (std::size_t c = column; c < 4; ++c) {
                m[r][c] -= factor * m[column][c];
            }
        }
    }
    return std::array{m[0][3] / m[0][0], m[1][3] / m[1][1], m[2][3] / m[2][2]};
}

/// The value between `inside` (within the interval: `excess` below 0) and `outside` where `excess` is 0, by
/// regula falsi in the variant that halves the weight of a side that stays (Dowell and Jarratt, 1971:
/// "Illinois").
template <class Excess>
double crossing(double inside, double outside, double at_inside, double at_outside, Excess&& excess) {
    int stayed = 0;
    for (int step = 0; step < 60 && std::abs(outside - inside) > 1e-9 * (std::abs(inside) + std::abs(outside));
         ++step) {
        const double next = inside + (outside - inside) * at_inside / (at_inside - at_outside);
        const double at_next = excess(next);
        if (std::abs(at_next) < 1e-9) {
            return next;
        }
        if (at_next < 0) {
            inside = next;
            at_inside = at_next;
            at_outside *= stayed == 1 ? 0.5 : 1;
            stayed = 1;
        } else {
            outside = next;
            at_outside = at_next;
            at_inside *= stayed == -1 ? 0.5 : 1;
            stayed = -1;
        }
    }
    return (inside + outside) / 2;
}

/// The end of an interval around `value` in steps that double from `step` (below 0: the lower end); `last`
/// where the interval reaches it. `excess` is below 0 inside.
template <class Excess>
double end_of(double value, double step, double last, Excess&& excess) {
    double inside = value;
    double at_inside = -1;
    for (int doubling = 0; doubling < 60; ++doubling, step *= 2) {
        const bool at_last = step > 0 ? value + step >= last : value + step <= last;
        const double next = at_last ? last : value + step;
        if (std::isinf(next)) {
            return last;
        }
        const double at_next = excess(next);
        if (at_next >= 0) {
            return crossing(inside, next, at_inside, at_next, excess);
        }
        if (at_last) {
            return last;
        }
        inside = next;
        at_inside = at_next;
    }
    return last;
}

std::string rounded(double value, int digits) {
    char text[40];
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    return text;
}

}  // namespace

double usl_law::rate(double threads) const {
    return lambda * threads / (1 + sigma * (threads - 1) + kappa * threads * (threads - 1));
}

/// The law with some of it held: the denominator is base + p[0] first + p[1] second at every row, 0 <= p[j] <=
/// most[j]. lambda is what fits best, or what makes log(threads / rate) at one more row, the last, a given
/// value.
struct usl_fit::model {
    std::vector<std::array<double, 3>> terms;  ///< base, first, second
    std::size_t free;                          ///< how many of the p there are
    std::array<double, 2> p;                   ///< where to start
    std::array<double, 2> most{infinity, infinity};
    std::optional<double> held =
        std::nullopt;  ///< log(threads / rate) of the last of `terms`, which is no row then

    double denominator(std::size_t at, const std::array<double, 2>& with) const {
        return terms[at][0] + with[0] * terms[at][1] + with[1] * terms[at][2];
    }
};

struct usl_fit::fitted {
    double squares;
    std::array<double, 2> p;
    double level;  ///< -log(lambda)
};

/// The least squares that the model can have. Levenberg's and Marquardt's steps, cut off where a parameter
/// would leave its range; one that stands at an end of its range and wants to go beyond stays there.
/// log(lambda) is linear in the residuals and eliminated (Golub and Pereyra's variable projection, 1973).
usl_fit::fitted usl_fit::fit(const model& asked) const {
    using pair = std::array<double, 2>;
    const std::size_t rows = rows_.size();
    std::vector<double> residual(rows);
    std::vector<pair> slope(rows);
    double weights = 0;
    for (const row& r : rows_) {
        weights += r.trials;
    }
    double level = 0;
    const auto evaluate = [&](const pair& p) {
        level = 0;
        for (std::size_t i = 0; i < rows; ++i) {
            residual[i] = rows_[i].log_time - std::log(asked.denominator(i, p));
            level += rows_[i].trials * residual[i] / weights;
        }
        if (asked.held) {
            level = *asked.held - std::log(asked.denominator(rows, p));
        }
        double sum = 0;
        for (std::size_t i = 0; i < rows; ++i) {
            residual[i] -= level;
            sum += rows_[i].trials * residual[i] * residual[i];
        }
        return sum;
    };
    const auto differentiate = [&](const pair& p) {
        pair of_level{};
        for (std::size_t i = 0; i < rows; ++i) {
            for (std::size_t j = 0; j < 2; ++j) {
                slope[i][j] = -asked.terms[i][j + 1] / asked.denominator(i, p);
                of_level[j] += rows_[i].trials * slope[i][j] / weights;
            }
        }
        if (asked.held) {
            for (std::size_t j = 0; j < 2; ++j) {
                of_level[j] = -asked.terms[rows][j + 1] / asked.denominator(rows, p);
            }
        }
        for (pair& s : slope) {
            s = {s[0] - of_level[0], s[1] - of_level[1]};
        }
    };

    pair p = asked.p;
    double sum = evaluate(p);
    double damping = 1e-4;
    for (int step = 0; step < 200; ++step) {
        differentiate(p);
        pair gradient{};
        std::array<pair, 2> m{};
        for (std::size_t i = 0; i < rows; ++i) {
            for (std::size_t j = 0; j < asked.free; ++j) {
                gradient[j] += rows_[i].trials * slope[i][j] * residual[i];
                for (std::size_t k = 0; k < asked.free; ++k) {
                    m[j][k] += rows_[i].trials * slope[i][j] * slope[i][k];
                }
            }
        }
        std::array<bool, 2> moves{};
        for (std::size_t j = 0; j < asked.free; ++j) {
            const bool leaves = (p[j] <= 0 && gradient[j] >= 0) || (p[j] >= asked.most[j] && gradient[j] <= 0);
            moves[j] = m[j][j] > 0 && !leaves;
        }
        if (!moves[0] && !moves[1]) {
            break;
        }
        pair next = p;
        double better = infinity;
        for (; damping < 1e12; damping *= 10) {
            pair by{};
            if (moves[0] && moves[1]) {
                const double first = m[0][0] * (1 + damping);
                const double second = m[1][1] * (1 + damping);
                const double determinant = first * second - m[0][1] * m[0][1];
                by = {(m[0][1] * gradient[1] - second * gradient[0]) / determinant,
                      (m[0][1] * gradient[0] - first * gradient[1]) / determinant};
            } else {
                const std::size_t j = moves[0] ? 0 : 1;
                by[j] = -gradient[j] / (m[j][j] * (1 + damping));
            }
            for (std::size_t j = 0; j < 2; ++j) {
                next[j] = moves[j] ? std::clamp(p[j] + by[j], 0.0, asked.most[j]) : p[j];
            }
            better = evaluate(next);
            if (better < sum) {
                break;
            }
        }
        if (!(better < sum)) {
            break;
        }
        const bool done = sum - better <= 1e-14 * sum;
        p = next;
        sum = better;
        damping = std::max(damping / 10, 1e-12);
        if (done) {
            break;
        }
    }
    sum = evaluate(p);
    return {sum, p, level};
}

usl_fit::usl_fit(const std::vector<scaled_rate>& sample, double confidence)
    : confidence_(confidence), trials_(sample.size()) {
    std::map<double, row> by_count;
    for (const scaled_rate& one : sample) {
        if (!(one.threads >= 1) || !(one.rate > 0) || std::isinf(one.rate)) {
            throw std::invalid_argument("a rate of " + rounded(one.rate, 6) + " with " +
                                        rounded(one.threads, 6) + " threads cannot be fitted");
        }
        row& r = by_count.try_emplace(one.threads, row{one.threads, 0, 0}).first->second;
        r.log_time += std::log(one.threads / one.rate);
        r.trials += 1;
    }
    if (by_count.size() < 4) {
        throw std::invalid_argument("three parameters need at least 4 thread counts");
    }
    for (auto& [threads, r] : by_count) {
        r.log_time /= r.trials;
        rows_.push_back(r);
    }

    // Where to start: n / X is linear in 1 / lambda, sigma / lambda and kappa / lambda.
    const double most_threads = rows_.back().threads;
    std::array<std::array<double, 4>, 3> normal{};
    for (const row& r : rows_) {
        const double time = std::exp(r.log_time - rows_.front().log_time);
        const std::array<double, 4> terms{1 / time, (r.threads - 1) / most_threads / time,
                                          r.threads * (r.threads - 1) / (most_threads * most_threads) / time,
                                          1};
        for (std::size_t i = 0; i < 3; ++i) {
            for (std::size_t j = 0; j < 4; ++j) {
                normal[i][j] += r.trials * terms[i] * terms[j];
            }
        }
    }
    model free{{}, 2, {0.1, 0.001}};
    if (const auto q = solve(normal); q && (*q)[0] > 0) {
        free.p = {std::max(0.0, (*q)[1] / (*q)[0] / most_threads),
                  std::max(0.0, (*q)[2] / (*q)[0] / (most_threads * most_threads))};
    }
    for (const row& r : rows_) {
        free.terms.push_back({1, r.threads - 1, r.threads * (r.threads - 1)});
    }
    const fitted best = fit(free);
    law_ = {std::exp(-best.level), best.p[0], best.p[1]};
    least_squares_ = best.squares;

    // What rounding leaves of the squares of a perfect sample is no variance.
    const double freedom = static_cast<double>(rows_.size() - 3);
    const double variance = std::max(best.squares / freedom, 1e-18 * static_cast<double>(trials_));
    const double limit = student_t_limit(confidence, static_cast<unsigned>(rows_.size() - 3));
    allowance_ = limit * limit * variance;

    double squares = 0;
    for (const scaled_rate& one : sample) {
        const double off = one.rate / law_.rate(one.threads) - 1;
        squares += off * off;
    }
    relative_rms_ = std::sqrt(squares / static_cast<double>(sample.size()));
}

template <class Held>
usl_estimate usl_fit::interval(double value, double step, double least, double most, Held&& held) const {
    // The root makes it nearly linear in what is held.
    const auto excess = [&](double at) {
        return std::sqrt(std::max(0.0, fit(held(at)).squares - least_squares_) / allowance_) - 1;
    };
    return {value, end_of(value, -step, least, excess), end_of(value, step, most, excess)};
}

usl_estimate usl_fit::sigma() const {
    return interval(law_.sigma, 0.01 + law_.sigma / 10, 0, infinity, [&](double sigma) {
        model m{{}, 1, {law_.kappa, 0}};
        for (const row& r : rows_) {
            m.terms.push_back({1 + sigma * (r.threads - 1), r.threads * (r.threads - 1), 0});
        }
        return m;
    });
}

usl_estimate usl_fit::kappa() const {
    const double most_threads = rows_.back().threads;
    return interval(law_.kappa, 0.01 / (most_threads * most_threads) + law_.kappa / 10, 0, infinity,
                    [&](double kappa) {
                        model m{{}, 1, {law_.sigma, 0}};
                        for (const row& r : rows_) {
                            m.terms.push_back({1 + kappa * r.threads * (r.threads - 1), r.threads - 1, 0});
                        }
                        return m;
                    });
}

usl_estimate usl_fit::rate(double threads) const {
    const double log_time = std::log(threads / law_.rate(threads));
    const auto [value, low, high] =
        interval(log_time, 0.02, log_time - unlimited, log_time + unlimited, [&](double held) {
            model m{{}, 2, {law_.sigma, law_.kappa}};
            for (const row& r : rows_) {
                m.terms.push_back({1, r.threads - 1, r.threads * (r.threads - 1)});
            }
            m.terms.push_back({1, threads - 1, threads * (threads - 1)});
            m.held = held;
            return m;
        });
    return {law_.rate(threads), high >= log_time + unlimited ? 0 : threads / std::exp(high),
            low <= log_time - unlimited ? infinity : threads / std::exp(low)};
}

usl_estimate usl_fit::lambda() const {
    return rate(1);
}

std::optional<usl_estimate> usl_fit::peak() const {
    if (law_.sigma >= 1 || !(kappa().low > 0)) {
        return std::nullopt;
    }
    const double at = std::sqrt((1 - law_.sigma) / law_.kappa);
    if (at <= 1) {
        return std::nullopt;
    }
    const auto [value, low, high] =
        interval(std::log(at), 0.02, std::log(at) - unlimited, std::log(at) + unlimited, [&](double log_at) {
            // kappa follows from sigma, which is at most 1
            const double square = std::exp(2 * log_at);
            model m{{}, 1, {std::min(law_.sigma, 1.0), 0}, {1, infinity}};
            for (const row& r : rows_) {
                const double pairs = r.threads * (r.threads - 1) / square;
                m.terms.push_back({1 + pairs, r.threads - 1 - pairs, 0});
            }
            return m;
        });
    return usl_estimate{at, std::exp(low), high >= value + unlimited ? infinity : std::exp(high)};
}

scaling_judgement judge_scaling(const std::vector<scaled_rate>& sample, std::size_t oversubscribed) {
    using kind = scaling_judgement::kind;
    std::map<double, std::vector<double>> rates;
    for (const scaled_rate& one : sample) {
        rates[one.threads].push_back(one.rate);
    }
    if (rates.size() >= 3) {
        const auto& [fewest, first] = *rates.begin();
        double most = 0;
        for (auto later = std::next(rates.begin()); later != rates.end(); ++later) {
            most = std::max(most, median(later->second));
        }
        if (most < *std::ranges::min_element(first)) {
            return {kind::retrograde,
                    "with " + rounded(fewest, 6) + (fewest == 1 ? " thread " : " threads ") +
                        rounded(median(first) / 1e6, 3) + " million per second, with more never above " +
                        rounded(most / 1e6, 3),
                    std::nullopt};
        }
    }
    if (rates.size() < scaling_limits::least_thread_counts) {
        return {
            kind::refused,
            std::to_string(rates.size()) +
                (rates.size() == 1
                     ? " thread count with counted trials and a CPU for each thread; a law takes "
                     : " thread counts with counted trials and a CPU for each thread; a law takes ") +
                std::to_string(scaling_limits::least_thread_counts) +
                (oversubscribed == 0 ? "" : " (oversubscribed: " + std::to_string(oversubscribed) + " more)"),
            std::nullopt};
    }
    usl_fit fit(sample);
    if (!(fit.relative_rms() < scaling_limits::most_relative_rms)) {
        return {kind::refused,
                "relative RMS of " + rounded(100 * scaling_limits::most_relative_rms, 3) +
                    "% or more: the law does not describe it",
                std::move(fit)};
    }
    return {kind::fitted, "", std::move(fit)};
}

}  // namespace handoff::harness
