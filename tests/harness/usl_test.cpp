#include "usl.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <stdexcept>

namespace handoff::harness {
namespace {

constexpr usl_law truth{5e6, 0.04, 0.0009};
const std::vector<double> counts{1, 2, 3, 4, 6, 8, 12, 16, 24, 32};

/// `repetitions` trials at each count, off the law by a log-normal factor each, and by one for each count that
/// all its trials share.
std::vector<scaled_rate> trials_of(const usl_law& law, int repetitions, double noise, double misfit,
                                   unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    std::vector<scaled_rate> sample;
    for (const double n : counts) {
        const double shared = misfit * normal(random);
        for (int i = 0; i < repetitions; ++i) {
            sample.push_back({n, law.rate(n) * std::exp(shared + noise * normal(random))});
        }
    }
    return sample;
}

bool covers(const usl_estimate& e, double value) {
    return e.low <= value && value <= e.high;
}

/// Shares of simulated sweeps whose intervals hold what they should.
struct coverage {
    int lambda = 0;
    int sigma = 0;
    int kappa = 0;
    int between = 0;
    int beyond = 0;
    int peak = 0;
    int peaks = 0;
};

coverage simulate(const usl_law& law, double noise, double misfit, int sweeps) {
    coverage seen;
    for (int i = 0; i < sweeps; ++i) {
        const usl_fit fit(trials_of(law, 3, noise, misfit, 1000 + i));
        seen.lambda += covers(fit.lambda(), law.lambda);
        seen.sigma += covers(fit.sigma(), law.sigma);
        seen.kappa += covers(fit.kappa(), law.kappa);
        seen.between += covers(fit.rate(10), law.rate(10));
        seen.beyond += covers(fit.rate(64), law.rate(64));
        if (const auto peak = fit.peak()) {
            ++seen.peaks;
            seen.peak += covers(*peak, std::sqrt((1 - law.sigma) / law.kappa));
        }
    }
    return seen;
}

/// 95% of so many, within 4 standard errors of a binomial count.
void expect_stated(int covered, int sweeps, const char* what) {
    const double expected = 0.95 * sweeps;
    EXPECT_NEAR(covered, expected, 4 * std::sqrt(expected * 0.05)) << what;
}

TEST(UniversalScalabilityLaw, IsFoundAgainInASampleWithoutNoise) {
    const usl_fit fit(trials_of(truth, 1, 0, 0, 1));
    EXPECT_NEAR(fit.law().lambda / truth.lambda, 1, 1e-6);
    EXPECT_NEAR(fit.law().sigma / truth.sigma, 1, 1e-5);
    EXPECT_NEAR(fit.law().kappa / truth.kappa, 1, 1e-5);
    EXPECT_LT(fit.relative_rms(), 1e-6);
    ASSERT_TRUE(fit.peak());
    EXPECT_NEAR(fit.peak()->value, std::sqrt(0.96 / 0.0009), 0.01);
}

TEST(UniversalScalabilityLaw, IntervalsCoverTheTruthAsOftenAsTheySay) {
    constexpr int sweeps = 400;
    // Trials that scatter about the law; and a machine that departs from it at each count, where repetitions
    // agree with each other far better than with the law.
    for (const auto& [noise, misfit] : {std::pair(0.03, 0.0), std::pair(0.005, 0.03)}) {
        const coverage seen = simulate(truth, noise, misfit, sweeps);
        expect_stated(seen.lambda, sweeps, "lambda");
        expect_stated(seen.sigma, sweeps, "sigma");
        expect_stated(seen.kappa, sweeps, "kappa");
        expect_stated(seen.between, sweeps, "a rate between the measured ones");
        expect_stated(seen.beyond, sweeps, "a predicted rate");
        EXPECT_GT(seen.peaks, sweeps * 9 / 10);
        expect_stated(seen.peak, seen.peaks, "the peak");
    }
}

TEST(UniversalScalabilityLaw, PredictsNoPeakWhereThereMayBeNone) {
    // Without coherency an interval that excludes 0 is wrong, and stands for 2.5% of all sweeps: only one side
    // is left.
    constexpr int sweeps = 400;
    const coverage seen = simulate({5e6, 0.04, 0}, 0.03, 0, sweeps);
    EXPECT_LE(seen.peaks, 0.025 * sweeps + 4 * std::sqrt(0.025 * sweeps));
    EXPECT_EQ(seen.kappa, sweeps - seen.peaks);
}

TEST(UniversalScalabilityLaw, KeepsContentionAndCoherencyFromZeroOn) {
    // more than linear: the closest law is the linear one
    std::vector<scaled_rate> sample;
    for (const double n : counts) {
        sample.push_back({n, 1e6 * std::pow(n, 1.02)});
    }
    const usl_fit fit(sample);
    EXPECT_DOUBLE_EQ(fit.law().sigma, 0);
    EXPECT_DOUBLE_EQ(fit.law().kappa, 0);
    EXPECT_DOUBLE_EQ(fit.sigma().low, 0);
    EXPECT_FALSE(fit.peak());
}

TEST(UniversalScalabilityLaw, RefusesWhatNoLawCanBeFittedTo) {
    EXPECT_THROW(usl_fit({{1, 1}, {2, 2}, {3, 3}, {3, 3.1}}), std::invalid_argument);
    EXPECT_THROW(usl_fit({{1, 1}, {2, 2}, {3, 3}, {4, 0}}), std::invalid_argument);
    EXPECT_THROW(usl_fit({{0, 1}, {2, 2}, {3, 3}, {4, 4}}), std::invalid_argument);
    EXPECT_THROW(usl_fit({{1, 1}, {2, 2}, {3, 3}, {4, std::nan("")}}), std::invalid_argument);
}

scaling_judgement judge(const std::vector<double>& threads, const std::function<double(double)>& rate,
                        std::size_t oversubscribed = 0) {
    std::vector<scaled_rate> sample;
    for (const double n : threads) {
        for (const double off : {0.99, 1.0, 1.01}) {
            sample.push_back({n, off * rate(n)});
        }
    }
    return judge_scaling(sample, oversubscribed);
}

TEST(Scaling, IsFittedFromSixThreadCountsOn) {
    const auto law = [](double n) { return truth.rate(n); };
    const auto five = judge({1, 2, 3, 4, 6}, law, 2);
    EXPECT_EQ(five.is, scaling_judgement::kind::refused);
    EXPECT_EQ(five.reason,
              "5 thread counts with counted trials and a CPU for each thread; a law takes 6 (oversubscribed: "
              "2 more)");
    const auto six = judge({1, 2, 3, 4, 6, 8}, law);
    EXPECT_EQ(six.is, scaling_judgement::kind::fitted);
    EXPECT_EQ(six.reason, "");
    EXPECT_EQ(judge({}, law, 3).is, scaling_judgement::kind::refused);
}

TEST(Scaling, IsRefusedWhereTheLawIsFarOff) {
    // a step at 12 threads, as where a second socket begins
    const auto step = [](double n) { return n < 12 ? 1e6 * n : 3e5 * n; };
    const auto far = judge(counts, step);
    EXPECT_EQ(far.is, scaling_judgement::kind::refused);
    EXPECT_EQ(far.reason, "relative RMS of 10% or more: the law does not describe it");
    ASSERT_TRUE(far.fit);
    EXPECT_GT(far.fit->relative_rms(), 0.1);
}

TEST(Scaling, OfOneSharedLineIsRetrograde) {
    const auto line = [](double n) { return n == 1 ? 5e8 : 1e8 / (1 + 0.01 * n); };
    for (const std::vector<double>& threads : {std::vector<double>{1, 2, 4}, counts}) {
        const auto falls = judge(threads, line);
        EXPECT_EQ(falls.is, scaling_judgement::kind::retrograde);
        EXPECT_EQ(falls.reason, "with 1 thread 500 million per second, with more never above 98");
    }
    // two counts are no course, and a rate that recovers is no fall
    EXPECT_EQ(judge({1, 2}, line).is, scaling_judgement::kind::refused);
    EXPECT_NE(judge(counts, [](double n) { return n == 2 ? 4e6 : truth.rate(n); }).is,
              scaling_judgement::kind::retrograde);
    // a rate that stays is a law with a contention of 1
    const auto flat = judge(counts, [](double) { return 1e6; });
    EXPECT_EQ(flat.is, scaling_judgement::kind::fitted);
    EXPECT_NEAR(flat.fit->law().sigma, 1, 1e-4);
}

}  // namespace
}  // namespace handoff::harness
