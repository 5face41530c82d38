#include "retry.hpp"

#include <algorithm>
#include <tuple>

#include "result.hpp"

namespace handoff::harness {

namespace {

using nlohmann::json;

/// Of the n-th retry of a point, the same in every run with this seed: the last step of SplitMix64 (Steele,
/// Lea, Flood, 2014). 53 bits: every JSON reader keeps them.
std::uint64_t seed_of(std::uint64_t run, std::size_t point, unsigned n) {
    std::uint64_t z = run + 0x9e3779b97f4a7c15 * ((std::uint64_t{point} << 20) + n + 1);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (z ^ (z >> 31)) >> 11;
}

std::size_t budget_of(const json& header) {
    const json& sweep = header.at("sweep");
    if (sweep.value("retry_contaminated", 0U) == 0) {
        return 0;
    }
    const std::size_t percent = sweep.value("retry_budget_percent", std::size_t{0});
    return (header.at("trials").get<std::size_t>() * percent + 99) / 100;
}

}  // namespace

retries::retries(const json& header)
    : repetitions_(header.at("sweep").at("repetitions")),
      seed_(header.at("seed")),
      most_per_point_(header.at("sweep").value("retry_contaminated", 0U)),
      budget_(budget_of(header)) {
    for (const json& p : header.at("points")) {
        places_.emplace(p.at("name"), points_.size());
        points_.emplace_back();
    }
}

void retries::enter(const json& trial) {
    record& own = points_[places_.at(trial.at("point"))];
    const bool is_retry = trial.contains("retry_of");
    own.made += is_retry ? 1 : 0;
    made_ += is_retry ? 1 : 0;
    if (trial.at("status") != "ok") {
        return;
    }
    const unsigned planned = trial.at(is_retry ? "retry_of" : "repetition");
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
        const std::uint64_t seed = seed_of(seed_, i, own.made);
        const std::tuple need{own.made, own.sound, seed};
        if (!chosen || need < least) {
            least = need;
            chosen = retry{i, repetitions_ + own.made, *own.flagged.begin(), seed};
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
