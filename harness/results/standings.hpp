// Who stands where: which points are compared with each other, and in what order their implementations come
// out.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "measures.hpp"
#include "places.hpp"
#include "result_file.hpp"

namespace handoff::harness {

/// One point with what its counted trials cost, by what it is ranked by. A saturated trial cost infinitely
/// much.
struct contender {
    const result_point* point;
    std::vector<const result_row*> rows;  ///< of those trials that have a cost
    std::vector<double> costs;            ///< none: the point was caught
    std::vector<double> shares;           ///< of the limit, of those trials that have one
    std::set<std::string> levels;         ///< that its trials ran at
    std::size_t starved = 0;              ///< trials in which some thread never got into its critical section

    const listed_point& listed() const { return point->listed; }
};

/// An implementation in a ranking group, under the best of its choices.
struct standing {
    const contender* of;
    std::string choices;  ///< wait strategy and, where there is one to choose, steal policy
    double middle = 0;
    place_range place{};
};

/// Implementations with the same promises.
struct ranking_group {
    std::string title;
    std::vector<standing> ranked;  ///< best first
    std::vector<standing> caught;  ///< a trial of the point showed a fault: there is no number
    bool have_steals = false;
};

/// Points that differ in their implementations and these implementations' own choices only.
struct contest {
    std::string family;
    std::string title;  ///< workload and axes, as point names spell them
    measure by;
    std::vector<ranking_group> groups;
    std::string fixed;                 ///< the choices of `alike`; empty: nobody has a choice
    std::vector<ranking_group> alike;  ///< the same under one choice for all that have several
    std::set<std::string> marked;      ///< implementations that were caught somewhere in the run
};

/// The contests of a run that a short ranking shows: of each workload the shape, and of its bounded queues the
/// capacity, that most implementations have.
class standings {
public:
    /// The result stays as long as this does.
    explicit standings(const result_file& results);
    standings(const standings&) = delete;
    standings& operator=(const standings&) = delete;

    const std::vector<contest>& contests() const { return contests_; }
    std::size_t points() const { return all_.size(); }          ///< that can be ranked, or were caught
    std::size_t points_shown() const { return points_shown_; }  ///< of these, in the contests
    std::size_t without() const { return without_; }            ///< points without a trial that counts

private:
    std::size_t without_ = 0;  // counted while all_ is made
    std::vector<contender> all_;
    std::vector<contest> contests_;
    std::size_t points_shown_ = 0;
};

/// `12.34`; a saturated trial has no number.
std::string value_text(const measure& by, double cost);

/// `2.`, or `2-4.` where the trials cannot tell.
std::string place_text(const place_range& place);

/// `12.34  [11.20 .. 13.00]  n=7`, two modes, and what the numbers leave out.
std::string numbers_text(const contender& c);

/// What a table of the measure is headed by: its title, and its direction where it is not the usual one.
std::string title_of(const measure& by);

/// The lines that say what no table of the run has: caught implementations, other shapes, points without a
/// trial that counts.
std::string left_out_text(const result_file& results, const standings& who);

}  // namespace handoff::harness
