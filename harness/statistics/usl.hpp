// The Universal Scalability Law, X(n) = lambda n / (1 + sigma (n - 1) + kappa n (n - 1)), fitted to a sweep of
// thread counts. lambda is the rate of one thread, sigma the contention (a share that only one thread at a time
// can do), kappa the coherency (what each thread pays for every other). Sources: Gunther, "A Simple Capacity
// Model of Massively Parallel Transaction Systems", CMG 1993; "A General Theory of Computational Scalability
// Based on Rational Functions", arXiv:0808.1431, 2008; "Guerrilla Capacity Planning", 2007.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace handoff::harness {

/// One trial: so many threads did so many operations in a second.
struct scaled_rate {
    double threads;
    double rate;
};

struct usl_law {
    double lambda;
    double sigma;
    double kappa;

    double rate(double threads) const;
};

/// A value with the interval that covers the truth with the fit's confidence. `high` is infinite where the
/// measurements set no limit.
struct usl_estimate {
    double value;
    double low;
    double high;
};

/// The least squares of log(measured rate / the law's), over all trials, with sigma and kappa from 0 on: a
/// relative residual that takes twice and half alike.
///
/// Intervals are of profiles: what is asked about is held, all else fitted again, and values stay as long as
/// the squares grow by less than Student's t allows. The variance is that of the means by thread count about
/// the curve, with (thread counts - 3) degrees of freedom, and not that of the trials: repetitions make the
/// means certain, but not the law that passes them by.
class usl_fit {
public:
    /// Throws std::invalid_argument unless there are at least 4 thread counts, all from 1 on, and all rates are
    /// above 0.
    explicit usl_fit(const std::vector<scaled_rate>& sample, double confidence = 0.95);

    const usl_law& law() const { return law_; }
    double confidence() const { return confidence_; }
    /// Root mean square of (measured / the law's - 1) over all trials.
    double relative_rms() const { return relative_rms_; }
    std::size_t thread_counts() const { return rows_.size(); }
    std::size_t trials() const { return trials_; }

    usl_estimate lambda() const;
    usl_estimate sigma() const;
    usl_estimate kappa() const;
    /// What the law says of a number of threads, measured or not: an interval for the curve, not for the next
    /// trial.
    usl_estimate rate(double threads) const;
    /// The thread count with the highest rate, sqrt((1 - sigma) / kappa). Nothing where kappa's interval holds
    /// 0 (then there may be none), and where the rate falls from the first thread on.
    std::optional<usl_estimate> peak() const;

private:
    /// All trials of one thread count.
    struct row {
        double threads;
        double log_time;  ///< mean of log(threads / rate)
        double trials;
    };
    struct model;
    struct fitted;

    fitted fit(const model& asked) const;
    /// The interval of what `held` puts into a model, in steps of `step` at first, from `least` to `most`.
    template <class Held>
    usl_estimate interval(double value, double step, double least, double most, Held&& held) const;

    double confidence_;
    std::vector<row> rows_;
    std::size_t trials_;
    usl_law law_{};
    double least_squares_ = 0;
    double allowance_ = 0;  ///< by how much the squares may grow inside an interval
    double relative_rms_ = 0;
};

/// What can be said of a sweep.
struct scaling_judgement {
    enum class kind {
        fitted,      ///< `fit` describes it
        retrograde,  ///< every thread more than the fewest makes it slower: no law of scaling describes that
        refused,     ///< too few thread counts, or the law is too far from them
    };
    kind is;
    std::string reason;          ///< why it is not fitted; empty where it is
    std::optional<usl_fit> fit;  ///< also the one that is too far from its sample to be believed
};

/// The limits of a fit that is believed.
struct scaling_limits {
    static constexpr std::size_t least_thread_counts = 6;
    static constexpr double most_relative_rms = 0.1;
};

/// `sample`: the trials of points that are not oversubscribed; `oversubscribed`: how many thread counts were.
scaling_judgement judge_scaling(const std::vector<scaled_rate>& sample, std::size_t oversubscribed);

}  // namespace handoff::harness
