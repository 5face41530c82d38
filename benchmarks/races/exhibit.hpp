// What an exhibit is: a small scene for some threads, in a broken and a repaired twin, played for many rounds.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace handoff::races {

/// What rounds came to.
struct counts {
    std::uint64_t rounds = 0;
    std::uint64_t failures = 0;
    std::map<std::string, std::uint64_t> totals;   ///< what else was counted, summed over the rounds
    std::map<std::string, std::uint64_t> longest;  ///< what else was measured, its largest value
};

/// Takes the outcome of each round, and passes it on before the process may end.
class tally {
public:
    explicit tally(int descriptor) : descriptor_(descriptor) {}

    void round(bool failed);
    void count(const std::string& what, std::uint64_t how_many = 1) { seen_.totals[what] += how_many; }
    void longest(const std::string& what, std::uint64_t value);
    /// The round at hand will never end. Says so and ends the process.
    [[noreturn]] void hung();
    /// Writes what there is.
    void pass_on();

    const counts& seen() const { return seen_; }

private:
    int descriptor_;  ///< -1: nobody reads
    counts seen_;
    std::uint64_t passed_on_ns_ = 0;
};

/// What a twin is asked to play.
struct order {
    std::uint64_t rounds;
    std::uint64_t seed;  ///< of the delays; each thread derives its own from it
};

enum class role { broken, repaired };

struct twin {
    std::string_view name;
    role is;
    std::string_view how;          ///< what this twin does
    std::string_view seen_failed;  ///< what is seen in a failed round
    std::string_view seen_none;    ///< what is to be said when no round failed
    void (*play)(const order&, tally&);
};

struct exhibit {
    std::string_view name;
    std::string_view title;  ///< what the threads do
    std::string_view kind;   ///< of failure: wrong_result, hung, no_progress, starved
    std::string_view fails;  ///< when a round counts as failed
    unsigned threads;
    unsigned window_ns;    ///< windows are widened by up to this, in all twins alike
    std::uint64_t rounds;  ///< of each twin, unless asked otherwise
    std::vector<twin> twins;
};

/// All exhibits, in the order in which they are shown.
const std::vector<exhibit>& all_exhibits();

}  // namespace handoff::races
