#include "window_costs.hpp"

#include <algorithm>

#include "allocation_counter.hpp"

namespace handoff::harness {

window_costs::window_costs(const kernel_counters* hardware)
    : hardware_(hardware), knows_peak_(resident_memory::forget_peak()) {}

void window_costs::begin() {
    set_allocations_aside(true);
    before_.memory = resident_memory::read();
    before_.allocations = counted_allocations();
    if (hardware_ != nullptr) {
        before_.hardware = hardware_->read();
    }
    before_.usage = process_usage::now();
}

void window_costs::end() {
    after_.usage = process_usage::now();
    if (hardware_ != nullptr) {
        after_.hardware = hardware_->read();
    }
    after_.allocations = counted_allocations();
    after_.memory = resident_memory::read();
}

trial_costs window_costs::per_item(double items) const {
    const auto ns_per_item = [&](double process_usage::* seconds) {
        return (after_.usage.*seconds - before_.usage.*seconds) * 1e9 / items;
    };
    trial_costs costs;
    costs.cpu_user_ns = ns_per_item(&process_usage::user_seconds);
    costs.cpu_system_ns = ns_per_item(&process_usage::system_seconds);
    costs.minor_faults = after_.usage.minor_faults - before_.usage.minor_faults;
    costs.major_faults = after_.usage.major_faults - before_.usage.major_faults;
    if (before_.allocations && after_.allocations) {
        const allocation_count during = *after_.allocations - *before_.allocations;
        costs.allocations_per_item = static_cast<double>(during.calls) / items;
        costs.allocated_bytes_per_item = static_cast<double>(during.bytes) / items;
    }
    if (before_.memory && after_.memory) {
        costs.peak_memory_bytes = after_.memory->peak;
        if (knows_peak_) {
            costs.memory_growth_bytes =
                std::max(after_.memory->peak, before_.memory->now) - before_.memory->now;
        }
    }
    if (hardware_ != nullptr && hardware_->has_any()) {
        costs.counters.emplace();
        for (const auto& [name, count] : hardware_->between(before_.hardware, after_.hardware)) {
            (*costs.counters)[name] = count / items;
        }
    }
    return costs;
}

}  // namespace handoff::harness
