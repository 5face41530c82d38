// The rate that a paced point is offered: a share of what another point reached in the same run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "journal_lines.hpp"

namespace handoff::harness {

struct pace {
    std::uint64_t rate = 0;  ///< items per second; 0: there is none
    std::string why_none;
};

/// `listed`: a paced point as its benchmark binary listed it; `trials`: the lines of the journal so far. The
/// rate is the median of the reference's trials that are ok, times the share: of those without a flag where
/// there are any. What was offered to an earlier trial of the point is offered to all others.
pace pace_of(const listed_point& listed, const std::vector<trial_line>& trials);

}  // namespace handoff::harness
