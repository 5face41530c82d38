#include "pace.hpp"

#include "flags.hpp"
#include "paced_rate.hpp"
#include "statistics.hpp"

namespace handoff::harness {

pace pace_of(const listed_point& listed, const std::vector<trial_line>& trials) {
    std::vector<double> all;
    std::vector<double> unflagged;
    for (const trial_line& trial : trials) {
        if (trial.point == listed.name && trial.rate) {
            return {*trial.rate, ""};
        }
        if (trial.point == listed.paced_by->point && trial.ok() && !trial.vouches()) {
            all.push_back(1e9 / trial.measurement->real_time_ns);
            if (flags_of(*trial.measurement).empty()) {
                unflagged.push_back(all.back());
            }
        }
    }
    if (all.empty()) {
        return {0, "no rate: " + listed.paced_by->point + ", which decides it, has no trial that is ok"};
    }
    const double reached = median(unflagged.empty() ? all : unflagged);
    return {paced_rate(reached, listed.paced_by->share), ""};
}

}  // namespace handoff::harness
