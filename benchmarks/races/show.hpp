// Plays a twin in child processes: what hangs or crashes there is an observation here.
#pragma once

#include <cstdint>
#include <string>

#include "exhibit.hpp"

namespace handoff::races {

/// What was seen of a twin.
struct observation {
    counts seen;
    std::uint64_t children = 0;
    std::uint64_t crashed =
        0;  ///< children that ended by a signal, a sanitizer or an exception: a failed round each
    std::uint64_t timed_out = 0;  ///< children that had to be ended: a failed round each
    std::string why_stopped;      ///< before all rounds were played; empty: it was not
    bool interrupted = false;
};

/// Plays `rounds` rounds, and starts another child where one ended before its time. Throws std::runtime_error
/// where no child can be made.
observation show(const exhibit& e, const twin& t, std::uint64_t rounds, std::uint64_t seed);

/// The child's side: `--child=EXHIBIT/TWIN` with its rounds and seed. Reports to descriptor 3.
int be_child(const twin& t, const order& asked);

}  // namespace handoff::races
