#include "retry.hpp"

#include <algorithm>
#include <tuple>

#include "flags.hpp"

namespace handoff::harness {

namespace {

/// Of the n-th retry of a point, the same in every run with this seed: the last step of SplitMix64 (Steele,
/// Lea, Flood, 2014). 53 bits: every JSON reader keeps them.
std::uint64_t seed_of(std::uint64_t run, std::size_t point, unsigned n) {
    std::uint64_t z = run + 0x9e3779b97f4a7c15 * ((std::uint64_t{point} << 20) + n + 1);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (z ^ (z >> 31)) >> 11;
}

std::size_t budget_of(const run_header& header) {
    return header.sweep.retry_contaminated == 0
               ? 0
               : (header.trials * header.sweep.retry_budget_percent + 99) / 100;
}

}  // namespace

retries::retries(const run_header& header)
    : seed_(header.seed), most_per_point_(header.sweep.retry_contaminated), budget_(budget_of(header)) {
    for (const listed_point& p : header.points) {
        places_.emplace(p.name, points_.size());
        points_.emplace_back().first = header.sweep.repetitions + p.full_checks();
    }
}

void retries::enter(const trial_line& trial) {
    record& own = points_[places_.at(trial.point)];
    if (trial.vouches()) {
        return;  // its check counts, not its number
    }
    own.made += trial.retry_of ? 1 : 0;
    own.taken.insert(trial.repetition);
    made_ += trial.retry_of ? 1 : 0;
    if (!trial.ok()) {
        return;
    }
    const unsigned planned = trial.retry_of.value_or(trial.repetition);
    const bool sound = flags_of_trial(trial).empty();
    own.sound += sound ? 1 : 0;
    if (sound) {
        own.flagged.erase(planned);
    } else {
        own.flagged.insert(planned);
    }
}

std::optional<retry> retries::next() const {
    std::optional<retry> chosen;
    if (made_ >= budget_) {
        return chosen;
    }
    std::tuple<unsigned, std::size_t, std::uint64_t> least;
    for (std::size_t i = 0; i < points_.size(); ++i) {
        const record& own = points_[i];
        if (own.flagged.empty() || own.made >= most_per_point_) {
            continue;
        }
        // The first that is free: a damaged line of the journal may have taken one out of the middle.
        unsigned repetition = own.first;
        while (own.taken.contains(repetition)) {
            ++repetition;
        }
        const std::uint64_t seed = seed_of(seed_, i, repetition - own.first);
        const std::tuple need{own.made, own.sound, seed};
        if (!chosen || need < least) {
            least = need;
            chosen = retry{i, repetition, *own.flagged.begin(), seed};
        }
    }
    return chosen;
}

std::size_t retries::outstanding() const {
    std::size_t wanted = 0;
    for (const record& own : points_) {
        wanted += own.flagged.empty() || own.made >= most_per_point_ ? 0 : most_per_point_ - own.made;
    }
    return std::min(wanted, budget_ - std::min(made_, budget_));
}

}  // namespace handoff::harness
