// How duels of neighbours make a ranking. No processes, no clock: outcomes in, places out.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace handoff::harness {

/// What became of a comparison of two members, of which the first has the lower number.
enum class outcome {
    open,  ///< more pairs are wanted
    first_faster,
    second_faster,
    tie,
    undecided,
    first_failed,
    second_failed,
};

/// How a member stands to another that is placed above it.
enum class relation { slower, tie, undecided };

/// A member's place.
struct place {
    std::size_t member = 0;
    std::size_t rank = 1;                  ///< one more than there are above all that share it
    std::optional<std::size_t> above;      ///< the neighbour; none: it is the first
    relation to_above = relation::slower;  ///< of all but the first
    /// The first of the rank above, where a tie with the neighbour alone does not give the rank; none: it does.
    std::optional<std::size_t> leader;
    relation to_leader = relation::tie;

    /// Whether the rank follows from what was decided.
    bool is_decided() const {
        return !above || (to_above != relation::undecided && (!leader || to_leader != relation::undecided));
    }
};

/// The ranking of some members at one point. It is a sort whose comparisons take time and may come out as
/// ties, so nothing is concluded from two comparisons about a third:
///
/// - An order is guessed. Neighbours are compared, and swapped where the lower one is faster; new neighbours
///   are compared in turn. In the end each member was compared with the one above it.
/// - A rank is shared by a member and those below it that tie with *it*, not only with their neighbours: else a
///   row of ties could give one rank to two members of which one is much slower. Where a member ties with its
///   neighbour, it is therefore also compared with the first of that rank, and begins a rank of its own if it
///   is slower. If it is faster, which only ties in between can hide, it is moved above.
///
/// No pair is swapped or moved twice in one direction, so that it ends, also where A beats B, B beats C and C
/// beats A: then each neighbour is decided, and the two ends were never compared.
class rank_order {
public:
    /// `guessed`: members, fastest first.
    explicit rank_order(std::vector<std::size_t> guessed) : order_(std::move(guessed)) {}

    /// `of(a, b)`, a < b, tells what became of a comparison so far.
    void update(const std::function<outcome(std::size_t, std::size_t)>& of);

    /// Fastest first, without those that failed.
    const std::vector<place>& places() const { return places_; }
    /// Of which pairs more is wanted; a < b.
    const std::set<std::pair<std::size_t, std::size_t>>& wanted() const { return wanted_; }

private:
    using compare = std::function<outcome(std::size_t, std::size_t)>;

    void drop_failed(const compare& of);
    void swap_neighbours(const compare& of);
    /// False: a member was moved, and all begins again.
    bool give_places(const compare& of);

    std::vector<std::size_t> order_;
    std::set<std::pair<std::size_t, std::size_t>> moved_;  ///< who was moved above whom
    std::vector<place> places_;
    std::set<std::pair<std::size_t, std::size_t>> wanted_;
};

}  // namespace handoff::harness
