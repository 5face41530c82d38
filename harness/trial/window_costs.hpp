// What the measured window of a trial cost its process, beyond time.
#pragma once

#include <optional>
#include <vector>

#include "allocations.hpp"
#include "kernel_counters.hpp"
#include "measured_trial.hpp"
#include "usage.hpp"

namespace handoff::harness {

/// Reads at both ends of a window, none of it inside the time that its threads measure.
class window_costs {
public:
    /// Before the trial makes what it measures: from here on its peak of memory counts. `hardware` may be null.
    explicit window_costs(const kernel_counters* hardware);

    /// Just before the window opens. What the calling thread allocates is set aside from now on.
    void begin();
    /// Just after it has closed.
    void end();

    /// What was found, times and allocations per item; what could not be found is absent.
    trial_costs per_item(double items) const;

private:
    struct readings {
        std::optional<resident_memory> memory;
        std::optional<allocation_count> allocations;
        std::vector<kernel_counters::reading> hardware;
        process_usage usage;
    };

    const kernel_counters* hardware_;
    bool knows_peak_;
    readings before_;
    readings after_;
};

}  // namespace handoff::harness
