// What can be asked of any point instead of its own measure.
#pragma once

namespace handoff::harness {

/// What its process used per item; less is better.
inline constexpr const char* costs_of_any_point[] = {"cpu_time_per_item", "system_calls_per_item",
                                                     "allocations_per_item"};

}  // namespace handoff::harness
