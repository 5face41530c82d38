// What `handoff doctor` found.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "calibration.hpp"
#include "environment.hpp"
#include "result_file.hpp"
#include "topology.hpp"

namespace handoff::harness {

/// What a while of watching has shown.
struct machine_watch {
    double seconds = 0;
    std::vector<double> transfers_ns;    ///< line-transfer probes, in the order of time; none on one CPU
    std::size_t interrupted_probes = 0;  ///< not among them: one of their threads had no CPU
    double foreign_cpus = 0;             ///< processors that others kept busy, on average
    double stolen_cpus = 0;              ///< that the hypervisor gave to others
};

struct advice {
    std::string finding;
    std::string why;      ///< it matters
    std::string command;  ///< that helps, or shows what to do
};

struct doctor_report {
    environment context;
    std::vector<processor> topology;
    calibration_line limits;
    machine_watch watch;
    std::vector<machine_state> states;  ///< of the watch
    std::vector<harness::advice> advice;
};

}  // namespace handoff::harness
