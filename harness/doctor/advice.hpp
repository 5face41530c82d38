// What to change about a machine before anybody measures on it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "facts.hpp"

namespace handoff::harness {

/// From what was found alone. `noise` is that of a calibration, if there is one.
std::vector<advice> advise(const machine_facts& facts, const machine_watch& watched,
                           const std::optional<noise_seen>& noise);

}  // namespace handoff::harness
