#include "engine.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "statistics.hpp"

namespace handoff::harness {

namespace {

// The screening's two hypotheses, as chances that a pair exceeds half the reported change. With pairs that
// scatter by 5% around 0 and around 5%, they are 0.38 and 0.76.
constexpr double chance_unchanged = 0.40;
constexpr double chance_changed = 0.72;
constexpr double missed = 0.05;   // of what has changed
constexpr double alarmed = 0.10;  // of what has not; the confirmation is there for these
const double if_beyond = std::log(chance_changed / chance_unchanged);
const double if_not = std::log((1 - chance_changed) / (1 - chance_unchanged));
const double clears = std::log(missed / (1 - alarmed));
const double alarms = std::log((1 - missed) / alarmed);

// Looks at fresh pairs: early ones ask for a little more than late ones. Proof: all ask for the same, since
// quiet points, which need few pairs, are many.
constexpr double confirming_shape = 1;
constexpr double proving_shape = 0;

/// 95%: of the intervals that are shown. Verdicts do not rest on them.
constexpr double shown_confidence = 0.95;

/// Boundaries follow from three numbers and take milliseconds to find: each is found once.
const sign_boundary& boundary_of(double level, std::size_t most, double shape) {
    static std::map<std::tuple<double, std::size_t, double>, sign_boundary> found;
    const std::tuple key(level, most, shape);
    const auto it = found.find(key);
    return it != found.end() ? it->second : found.emplace(key, sign_boundary(level, most, shape)).first->second;
}

double chance_for_power(const sign_boundary& boundary, double power) {
    static std::map<std::pair<const sign_boundary*, double>, double> found;
    const auto [it, is_new] = found.try_emplace({&boundary, power}, 1);
    if (is_new) {
        double low = 0.5;
        for (int step = 0; step < 30; ++step) {
            const double middle = (low + it->second) / 2;
            (boundary.power(middle) < power ? low : it->second) = middle;
        }
    }
    return it->second;
}

/// "9 disturbed, 2 machine state"
std::string reasons_of(const std::map<std::string, std::size_t>& replaced) {
    std::string reasons;
    for (const auto& [why, count] : replaced) {
        reasons += (reasons.empty() ? "" : ", ") + std::to_string(count) + " " + why;
    }
    return reasons;
}

std::string percent(double ratio) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f%%", 100 * (ratio - 1));
    return text;
}

}  // namespace

gate_engine::gate_engine(const gate_rules& rules, const std::vector<double>& max_slowdown)
    : rules_(rules), proof_(boundary_of(rules.proof_error, rules.most_pairs, proving_shape)) {
    for (const double most : max_slowdown) {
        if (!(most > 1) || std::isinf(most)) {
            throw std::invalid_argument("max_slowdown " + std::to_string(most) + ": must be above 1");
        }
        tested_point p;
        p.limit = std::log(most);
        p.reported = std::log1p(gate_rules::reported_share * (most - 1));
        points_.push_back(std::move(p));
    }
    sure_chance_ = chance_for_power(boundary_at(rules_.change_error), 0.8);
}

const sign_boundary& gate_engine::boundary_at(double level) const {
    return boundary_of(level, rules_.most_confirming, confirming_shape);
}

// --------------------------------------------------------------------------------------------- what comes in

void gate_engine::add_pair(std::size_t point, double d) {
    if (std::isnan(d)) {
        throw std::invalid_argument("a pair's logarithm is NaN");
    }
    spoilt_in_a_row_ = 0;
    pause_seconds_ = 0;
    tested_point& p = points_.at(point);
    ++p.pairs;
    p.below_limit += d < p.limit ? 1 : 0;
    p.above_limit += d > -p.limit ? 1 : 0;
    p.proven_not_slower =
        p.proven_not_slower || (p.pairs <= proof_.most() && p.below_limit >= proof_.needed(p.pairs));
    p.proven_not_faster =
        p.proven_not_faster || (p.pairs <= proof_.most() && p.above_limit >= proof_.needed(p.pairs));
    p.proven = p.proven_not_slower && (!rules_.prove_both || p.proven_not_faster);
    switch (p.at) {
        case stage::screening:
            screen_pair(p, d);
            break;
        case stage::confirming: {
            p.confirming.push_back(d);
            const double change = p.side == direction::slower ? d : -d;
            p.fresh_evidence += change > p.reported / 2 ? if_beyond : if_not;
            settle_suspects();
            break;
        }
        case stage::proving:
            p.proving.push_back(d);
            break;
        case stage::over:
            throw std::logic_error("a pair of a point that is decided");
    }
    if (p.at == stage::proving && (p.proven || p.pairs >= rules_.most_pairs)) {
        p.at = stage::over;
    }
}

void gate_engine::add_replaced(std::size_t point, const std::string& reason, bool by_others) {
    tested_point& p = points_.at(point);
    ++p.replaced[reason];
    ++p.replaced_count;
    spoilt_in_a_row_ = by_others ? spoilt_in_a_row_ + 1 : 0;
    const bool is_patient = rules_.short_of_time || paused_seconds_ < rules_.patience_seconds;
    // A single spoilt pair is an incident, and costs no pause.
    pause_seconds_ =
        !is_patient || spoilt_in_a_row_ < 2
            ? 0
            : std::min(gate_rules::longest_pause_seconds,
                       gate_rules::first_pause_seconds * std::exp2(static_cast<double>(spoilt_in_a_row_) - 2));
    paused_seconds_ += pause_seconds_;
    if (is_put_off(p) && !rules_.short_of_time && !(by_others && is_patient)) {
        give_up(point, finding::inconclusive, "too many pairs had to be replaced: " + reasons_of(p.replaced));
    }
}

bool gate_engine::is_put_off(const tested_point& p) const {
    return p.replaced_count > std::max(rules_.least_screening, p.pairs);
}

void gate_engine::give_up(std::size_t point, finding as, const std::string& reason) {
    tested_point& p = points_.at(point);
    p.at = stage::over;
    p.ended = as;
    p.reason = reason;
}

void gate_engine::stop(const std::string& reason) {
    for (tested_point& p : points_) {
        if (p.at == stage::screening || p.at == stage::confirming) {
            p.ended = finding::inconclusive;
            p.reason = reason + (is_put_off(p) ? ", and more pairs had to be replaced than count: " +
                                                     reasons_of(p.replaced)
                                               : "");
        } else if (p.at == stage::proving && p.reason.empty()) {
            p.reason = reason;
        }
        p.at = stage::over;
    }
}

// --------------------------------------------------------------------------------------------- the decisions

void gate_engine::screen_pair(tested_point& p, double d) {
    p.screening.push_back(d);
    const std::size_t n = p.screening.size();
    const bool last = n >= rules_.most_screening;
    for (screen* one : {&p.slower, &p.faster}) {
        const double change = one == &p.slower ? d : -d;
        one->evidence += change > p.reported / 2 ? if_beyond : if_not;
        one->open = one->open && one->evidence > clears;
        if (one->open && n >= rules_.least_screening &&
            (one->evidence >= alarms || (last && one->evidence > 0))) {
            p.suspect = true;
            p.side = one == &p.slower ? direction::slower : direction::faster;
            p.at = stage::confirming;
            return;
        }
    }
    if (last || (n >= rules_.least_screening && !p.slower.open && !p.faster.open)) {
        dismiss(p, "");
    }
}

void gate_engine::dismiss(tested_point& p, const std::string& reason) {
    p.reason = reason;
    const bool more = (rules_.prove || rules_.short_of_time) && !p.proven && p.pairs < rules_.most_pairs;
    p.at = more ? stage::proving : stage::over;
}

bool gate_engine::crossed(const tested_point& p, double level) const {
    const sign_boundary& boundary = boundary_at(level);
    std::size_t successes = 0;
    for (std::size_t n = 1; n <= std::min(p.confirming.size(), boundary.most()); ++n) {
        const double change = p.side == direction::slower ? p.confirming[n - 1] : -p.confirming[n - 1];
        successes += change > 0 ? 1 : 0;
        if (successes >= boundary.needed(n)) {
            return true;
        }
    }
    return false;
}

/// Holm's steps over the suspects of each side. While points are still being screened, each of them may become
/// one and counts as one.
void gate_engine::settle_suspects() {
    for (const direction side : {direction::slower, direction::faster}) {
        std::size_t family = 0;
        for (const tested_point& p : points_) {
            const bool was_suspect = p.suspect && p.side == side;
            family += was_suspect || (p.at == stage::screening && !p.ended) ? 1 : 0;
        }
        std::vector<tested_point*> rejected;
        for (bool moved = true; moved;) {
            moved = false;
            const double level =
                rules_.change_error / static_cast<double>(std::max<std::size_t>(1, family - rejected.size()));
            for (tested_point& p : points_) {
                if (p.suspect && p.side == side && std::ranges::find(rejected, &p) == rejected.end() &&
                    crossed(p, level)) {
                    rejected.push_back(&p);
                    moved = true;
                }
            }
        }
        for (tested_point& p : points_) {
            if (!p.suspect || p.side != side || p.confirming.empty() || p.confirmed || p.ended) {
                continue;
            }
            const double middle = median(p.confirming);
            const bool is_rejected = std::ranges::find(rejected, &p) != rejected.end();
            if (is_rejected && (side == direction::slower ? middle : -middle) > p.reported) {
                p.confirmed = true;  // also late, when others' rejections have raised its level
                p.reason.clear();
                p.at = stage::over;
            } else if (p.at == stage::confirming && p.fresh_evidence <= clears) {
                dismiss(p, unconfirmed);
            } else if (p.at == stage::confirming && p.confirming.size() >= rules_.most_confirming) {
                dismiss(
                    p, is_rejected ? "a change smaller than what is reported" : "suspected, and not confirmed");
            }
        }
    }
}

std::optional<std::size_t> gate_engine::next() {
    constexpr auto never = std::numeric_limits<std::size_t>::max();
    const auto least = [&](stage at, auto&& cost) {
        std::optional<std::size_t> best;
        std::size_t lowest = never;  // what costs that much is not meant
        for (std::size_t i = 0; i < points_.size(); ++i) {
            if (points_[i].at == at && points_[i].wanted) {
                if (const std::size_t now = cost(points_[i]); now < lowest) {
                    best = i;
                    lowest = now;
                }
            }
        }
        return best;
    };
    const auto asked = [](const tested_point& p) { return p.pairs + p.replaced_count; };
    if (!rules_.short_of_time) {
        // Round after round: what disturbs the machine for a while meets all points alike.
        if (const auto fewest = least(stage::screening, asked)) {
            return fewest;
        }
        if (!std::exchange(confirming_begun_, true)) {
            settle_suspects();
        }
        if (const auto suspect = least(stage::confirming, asked)) {
            return suspect;
        }
        return least(stage::proving, asked);
    }
    const auto if_hopeful = [&](auto&& cost) {
        return [&, cost](const tested_point& p) { return is_put_off(p) ? never : cost(p); };
    };
    if (const auto first = least(stage::screening, if_hopeful([&](const tested_point& p) {
                                     return p.pairs < rules_.least_screening ? asked(p) : never;
                                 }))) {
        return first;
    }
    if (const auto suspect = least(
            stage::confirming, if_hopeful([&](const tested_point& p) { return pairs_to_confirmation(p); }))) {
        return suspect;
    }
    if (const auto undecided = least(
            stage::screening, if_hopeful([](const tested_point& p) {
                const auto steps = [](const screen& s) {
                    return !s.open
                               ? 0
                               : static_cast<std::size_t>(
                                     100 * std::max(0.0, std::min(s.evidence - clears, alarms - s.evidence)));
                };
                return std::max(steps(p.slower), steps(p.faster));
            }))) {
        return undecided;
    }
    const auto proof = least(stage::proving, [&](const tested_point& p) {
        return pairs_to_proof(p) + (is_put_off(p) ? 2 * proof_.most() + asked(p) : 0);
    });
    auto put_off = least(stage::confirming, asked);
    if (const auto other = least(stage::screening, asked);
        other && (!put_off || asked(points_[*other]) < asked(points_[*put_off]))) {
        put_off = other;
    }
    if (put_off && proof) {
        proof_is_next_ = !proof_is_next_;
        return proof_is_next_ ? put_off : proof;
    }
    return put_off ? put_off : proof;
}

std::size_t gate_engine::undecided() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(points_, [](const tested_point& p) { return p.wanted && p.at != stage::over; }));
}

/// Pairs that are missing when they go on as they did so far, one more of either kind assumed.
std::size_t gate_engine::pairs_to_proof(const tested_point& p) const {
    const std::size_t inside = rules_.prove_both ? std::min(p.below_limit, p.above_limit) : p.below_limit;
    const double share = (static_cast<double>(inside) + 1) / (static_cast<double>(p.pairs) + 2);
    for (std::size_t n = p.pairs; n <= proof_.most(); ++n) {
        if (static_cast<double>(inside) + share * static_cast<double>(n - p.pairs) >=
            static_cast<double>(proof_.needed(n))) {
            return n - p.pairs;
        }
    }
    return proof_.most() + proof_.most() - inside;  // after all others, the more hopeful first
}

std::size_t gate_engine::pairs_to_confirmation(const tested_point& p) const {
    const sign_boundary& boundary = boundary_at(rules_.change_error);
    std::size_t beyond = 0;
    for (const double d : p.confirming) {
        beyond += (p.side == direction::slower ? d : -d) > 0 ? 1 : 0;
    }
    const std::size_t have = p.confirming.size();
    const double share = (static_cast<double>(beyond) + 1) / (static_cast<double>(have) + 2);
    for (std::size_t n = have; n <= boundary.most(); ++n) {
        if (static_cast<double>(beyond) + share * static_cast<double>(n - have) >=
            static_cast<double>(boundary.needed(n))) {
            return n - have;
        }
    }
    return 2 * boundary.most() - beyond;
}

// -------------------------------------------------------------------------------------------- what comes out

/// A slowdown moves all pairs by its logarithm. It is found 4 times in 5 when so many pairs are slower that the
/// boundary is crossed 4 times in 5, and when the median of the fresh pairs, which scatters, exceeds what is
/// reported. The scatter is that of the pairs at hand around their own median.
double gate_engine::could_see(const tested_point& p) const {
    std::vector<double> all = p.screening;
    all.insert(all.end(), p.confirming.begin(), p.confirming.end());
    all.insert(all.end(), p.proving.begin(), p.proving.end());
    const double middle = median(all);
    const double by_signs = middle - quantile(all, 1 - sure_chance_);
    // as many values above as a median of most_confirming / 2 pairs may be wrong by, 4 times in 5
    const double n = static_cast<double>(rules_.most_confirming) / 2;
    const double by_size = p.reported + middle - quantile(all, 0.5 - 0.84 / (2 * std::sqrt(n)));
    return std::max(by_signs, by_size);
}

standing_of_point gate_engine::standing(std::size_t point) const {
    const tested_point& p = points_.at(point);
    standing_of_point s;
    s.screening = p.screening;
    s.confirming = p.confirming;
    s.proving = p.proving;
    s.replaced = p.replaced;
    s.suspect = p.suspect;
    s.reason = p.reason;
    if (p.ended && (*p.ended == finding::failed || *p.ended == finding::broken)) {
        s.found = *p.ended;  // and no number: what has failed once is no measurement, however it went before
        return s;
    }
    std::vector<double> all = p.screening;
    all.insert(all.end(), p.confirming.begin(), p.confirming.end());
    all.insert(all.end(), p.proving.begin(), p.proving.end());
    if (!all.empty()) {
        // What was selected for looking slow looks slower than it is: a confirmed change is stated from the
        // pairs that were not there when it was selected.
        const std::vector<double>& stated = p.confirmed ? p.confirming : all;
        s.median = std::exp(median(stated));
        if (const auto interval = interval_of_median(stated, shown_confidence)) {
            s.low = std::exp(interval->low);
            s.high = std::exp(interval->high);
        }
        if (const auto bound = upper_bound_of_median(all, shown_confidence)) {
            s.at_most = std::exp(*bound);
        }
        if (all.size() >= rules_.least_screening) {
            if (const double smallest = could_see(p); std::isfinite(smallest)) {
                s.could_see = std::exp(smallest);
            }
        }
    }
    if (!p.confirming.empty()) {
        const sign_test signs = signs_of(p.confirming);
        s.p = p.side == direction::slower ? signs.p_above : signs.p_below;
    }
    if (p.confirmed) {
        s.found = p.side == direction::slower ? finding::regressed : finding::improved;
    } else if (p.proven) {
        s.found = finding::unchanged;
        s.reason.clear();
    } else if (p.ended) {
        s.found = *p.ended;
    } else if (p.suspect || p.at == stage::screening) {
        s.found = finding::inconclusive;
        if (s.reason.empty()) {
            s.reason = "not finished";
        }
    } else if (rules_.prove) {
        s.found = finding::inconclusive;
        s.reason = "not proven by " + std::to_string(p.pairs) + " pairs";
    } else {
        const double blind = 1 + gate_rules::blind_factor * (std::exp(p.limit) - 1);
        s.found = s.could_see && *s.could_see <= blind ? finding::no_evidence : finding::inconclusive;
        if (s.found == finding::inconclusive) {
            s.reason = s.could_see
                           ? "its pairs scatter too much: it would have missed a slowdown of " + percent(blind)
                           : "its pairs scatter without bound";
        }
    }
    return s;
}

}  // namespace handoff::harness
