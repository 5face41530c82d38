// What to change about a machine before anybody measures on it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "facts.hpp"

namespace handoff::harness {

struct advice {
    std::string finding;
    std::string why;      ///< it matters
    std::string command;  ///< that helps, or shows what to do
};

/// From what was found alone. `noise` is that of a calibration, or null.
std::vector<advice> advise(const machine_facts& facts, const machine_watch& watched,
                           const nlohmann::json& noise);

}  // namespace handoff::harness
