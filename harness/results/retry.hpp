// Which flagged trials of a run are run once more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "journal_lines.hpp"

namespace handoff::harness {

/// One more trial of a point, in place of a flagged one.
struct retry {
    std::size_t point;    ///< index into the header's points
    unsigned repetition;  ///< the point's next, from the planned number on
    unsigned of;          ///< the planned repetition that was flagged
    std::uint64_t seed;   ///< of what the trial draws by chance
};

/// What is left to repeat of a run. It knows the journal's header and finished trials and nothing else, so that
/// a resumed run goes on where the killed one was.
///
/// Repeated are trials that passed their check and carry a flag. Those that failed are not: a fault that shows
/// now and then has been shown. Nor are those in a rare machine state: they are sound measurements of another
/// machine, and which state is rare is not known before the end.
///
/// The flagged trial that is next is one of the point with the fewest trials without a flag; of such points, of
/// the one with the fewest retries; of these, of the one whose next retry has the least seed. No point has more
/// than `sweep.retry_contaminated` retries, and the run has no more than `sweep.retry_budget_percent` of its
/// planned trials.
class retries {
public:
    explicit retries(const run_header& header);

    /// One line of the journal, planned trial or retry.
    void enter(const trial_line& trial);

    /// What to run next, once all planned trials are done.
    std::optional<retry> next() const;
    /// How many more there may be, if all are flagged again.
    std::size_t outstanding() const;

    std::size_t budget() const noexcept { return budget_; }
    std::size_t made() const noexcept { return made_; }

private:
    struct record {
        std::set<unsigned> flagged;  ///< planned repetitions of which no trial is without a flag yet
        std::set<unsigned> taken;    ///< repetitions that are there
        std::size_t sound = 0;       ///< trials without a flag
        unsigned made = 0;           ///< retries
        unsigned first = 0;          ///< number of its first retry
    };

    const std::uint64_t seed_;
    const unsigned most_per_point_;
    const std::size_t budget_;
    std::size_t made_ = 0;
    std::vector<record> points_;
    std::map<std::string, std::size_t> places_;
};

}  // namespace handoff::harness
