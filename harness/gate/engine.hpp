// What the gate asks for next and what it concludes. No processes, no clock: pairs in, verdicts out.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "boundary.hpp"
#include "gate_record.hpp"

namespace handoff::harness {

/// What is said of a suspect that fresh pairs speak against.
inline constexpr const char* unconfirmed = "suspected, and not confirmed by fresh pairs";

struct gate_rules {
    /// Family-wise error of `regressed` over all points of a run, and once more of `improved`.
    double change_error = 0.005;
    /// Error of `unchanged`, for each point by itself.
    double proof_error = 0.05;
    std::size_t least_screening = 8;  ///< pairs of every point, before anything is said
    std::size_t most_screening = 30;
    std::size_t most_confirming = 60;
    std::size_t most_pairs = 200;  ///< of a point, all in all
    bool prove = false;            ///< go on until each point has regressed, improved or proven to be unchanged
    /// `unchanged` also means: not faster by max_slowdown either.
    bool prove_both = false;
    /// Somebody will call `stop`: what is nearest to a decision comes first, and no point is given up before.
    bool short_of_time = false;
    /// Otherwise: how long all pauses together may be that wait for others to leave the machine.
    double patience_seconds = 60;
    /// Pauses grow from pair to pair, from the first to the longest.
    static constexpr double first_pause_seconds = 0.1;
    static constexpr double longest_pause_seconds = 2;
    /// The share of (max_slowdown - 1) that a change must exceed to be reported: 3% where 5% is allowed.
    static constexpr double reported_share = 0.6;
    /// A point that could have seen nothing smaller than so many times (max_slowdown - 1) is inconclusive.
    static constexpr double blind_factor = 4;
};

/// Where a point stands. `d` is ln(candidate / base) throughout; ratios are exp(d).
struct standing_of_point {
    finding found = finding::inconclusive;
    std::string reason;                           ///< why, in words; empty for what the word says by itself
    std::vector<double> screening;                ///< d, in the order of measurement
    std::vector<double> confirming;               ///< fresh pairs of a suspect
    std::vector<double> proving;                  ///< of what was neither, when proof was asked for
    std::map<std::string, std::size_t> replaced;  ///< reason, pairs
    bool suspect = false;
    std::optional<double> median;  ///< of all pairs, as a ratio; of the fresh ones where it was confirmed
    std::optional<double> low;     ///< distribution-free 95% interval around it, as ratios
    std::optional<double> high;
    std::optional<double> at_most;    ///< upper 95% bound of the median of all pairs, as a ratio
    std::optional<double> p;          ///< of the fresh pairs' sign test; the look's own, not the sequence's
    std::optional<double> could_see;  ///< the smallest slowdown that it would have found 4 times in 5, a ratio
};

/// The rules, in order:
///
/// *Screening*, all points: Wald's sequential test ("Sequential Tests of Statistical Hypotheses", 1945) on
/// whether a pair exceeds half the reported change, once for slower and once for faster. It errs in both
/// directions at will: its only purpose is that unchanged points cost little.
///
/// *Confirming*, suspects: fresh pairs, which the screening has not seen, so that whatever the screening did,
/// their signs are those of a fair coin where nothing changed. Their sign test may be looked at after every
/// pair (sign_boundary). Holm's procedure ("A Simple Sequentially Rejective Multiple Test Procedure", 1979)
/// over the suspects bounds the chance that any verdict of the run is a false one; that is the family-wise
/// rate, since one false alarm is enough to stop a merge. A suspect must also have a median above the reported
/// change.
///
/// *Proving*: a second sequence of looks at all pairs of a point, for "the median lies below max_slowdown".
class gate_engine {
public:
    /// `max_slowdown` of each point, above 1. Throws std::invalid_argument.
    gate_engine(const gate_rules& rules, const std::vector<double>& max_slowdown);

    /// The point that another pair is wanted of; nothing when all is said.
    std::optional<std::size_t> next();
    /// A pair was measured; d may be infinite, not NaN.
    void add_pair(std::size_t point, double d);
    /// A pair does not count. `by_others`: other programs or machines used the processors meanwhile; pairs in a
    /// row that they spoil are spread over more and more time (`pause_seconds`).
    ///
    /// As many may be replaced as count, and never fewer than `least_screening`. A point of which more were is
    /// put off until nothing else is left to decide, where there is a budget. Where there is none, it is
    /// inconclusive; if others are to blame, only when the patience is spent.
    void add_replaced(std::size_t point, const std::string& reason, bool by_others);
    /// How long to leave the machine alone before the next pair.
    double pause_seconds() const { return pause_seconds_; }
    /// No more of this point: `failed` or `broken`, in words. It has no number then.
    void give_up(std::size_t point, finding as, const std::string& reason);
    /// No more of any.
    void stop(const std::string& reason);
    /// Whether `next` may ask for pairs of a point; at first all are wanted. One that is not wanted keeps its
    /// pairs, and counts as a possible suspect until it is over: who wants points by what others came to keeps
    /// the error rate.
    void want(std::size_t point, bool is_wanted) { points_.at(point).wanted = is_wanted; }

    /// Whether a suspect's fresh pairs are being measured.
    bool is_confirming(std::size_t point) const { return points_.at(point).at == stage::confirming; }
    std::size_t points() const { return points_.size(); }
    /// Whether no more pairs of a point are needed.
    bool is_over(std::size_t point) const { return points_.at(point).at == stage::over; }
    std::size_t undecided() const;  ///< points of which more is wanted
    standing_of_point standing(std::size_t point) const;

private:
    enum class stage { screening, confirming, proving, over };
    enum class direction { slower, faster };
    struct screen {
        double evidence = 0;  ///< log likelihood ratio
        bool open = true;
    };
    struct tested_point {
        double limit;     ///< ln max_slowdown
        double reported;  ///< d of a change that is reported
        stage at = stage::screening;
        bool wanted = true;
        direction side = direction::slower;
        bool suspect = false;
        bool confirmed = false;
        bool proven_not_slower = false;
        bool proven_not_faster = false;
        bool proven = false;  ///< what was asked for of the two
        std::optional<finding> ended;
        std::string reason;
        screen slower;
        screen faster;
        double fresh_evidence = 0;
        std::vector<double> screening, confirming, proving;
        std::size_t below_limit = 0;
        std::size_t above_limit = 0;  ///< not faster by the limit
        std::size_t pairs = 0;
        std::map<std::string, std::size_t> replaced;
        std::size_t replaced_count = 0;
    };

    void screen_pair(tested_point& p, double d);
    void settle_suspects();
    bool crossed(const tested_point& p, double level) const;
    const sign_boundary& boundary_at(double level) const;
    void dismiss(tested_point& p, const std::string& reason);
    bool is_put_off(const tested_point& p) const;
    std::size_t pairs_to_proof(const tested_point& p) const;
    std::size_t pairs_to_confirmation(const tested_point& p) const;
    double could_see(const tested_point& p) const;

    gate_rules rules_;
    std::vector<tested_point> points_;
    bool confirming_begun_ = false;
    bool proof_is_next_ = false;  ///< points that are put off and proofs take turns
    unsigned spoilt_in_a_row_ = 0;
    double pause_seconds_ = 0;
    double paused_seconds_ = 0;  ///< all pauses so far
    const sign_boundary& proof_;
    double sure_chance_;  ///< of a pair being slower, from which a suspect is confirmed 4 times in 5
};

}  // namespace handoff::harness
