// How a long trial went: the same numbers of each part of its time.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace handoff::harness {

/// One of the parts of equal length into which a trial's schedule falls. What nothing was seen of is absent.
struct course_part {
    double from_seconds = 0;  ///< since the schedule began
    double to_seconds = 0;
    std::optional<double> load;  ///< offered in it, in percent, where that changes
    std::uint64_t count = 0;     ///< latencies of items that were due in it
    std::optional<double> p50;   ///< of these latencies, ns, as the next
    std::optional<double> p99;
    std::optional<double> max;
    std::optional<double> memory_bytes;  ///< of the process in RAM, at the part's end
    std::optional<double>
        cpu_ns_per_item;  ///< CPU time of the process in the part, per item that was due in it

    bool operator==(const course_part&) const = default;
};

using course = std::vector<course_part>;

}  // namespace handoff::harness
