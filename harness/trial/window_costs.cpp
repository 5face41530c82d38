#include "window_costs.hpp"

#include <algorithm>

#include "allocation_counter.hpp"

namespace handoff::harness {

using nlohmann::json;

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

void window_costs::add_to(json& measurement, double items) const {
    const auto ns_per_item = [&](double process_usage::* seconds) {
        return (after_.usage.*seconds - before_.usage.*seconds) * 1e9 / items;
    };
    measurement["cpu_user_ns"] = ns_per_item(&process_usage::user_seconds);
    measurement["cpu_system_ns"] = ns_per_item(&process_usage::system_seconds);
    measurement["minor_faults"] = after_.usage.minor_faults - before_.usage.minor_faults;
    measurement["major_faults"] = after_.usage.major_faults - before_.usage.major_faults;
    if (before_.allocations && after_.allocations) {
        const allocation_count during = *after_.allocations - *before_.allocations;
        measurement["allocations_per_item"] = static_cast<double>(during.calls) / items;
        measurement["allocated_bytes_per_item"] = static_cast<double>(during.bytes) / items;
    }
    if (before_.memory && after_.memory) {
        measurement["peak_memory_bytes"] = after_.memory->peak;
        if (knows_peak_) {
            measurement["memory_growth_bytes"] =
                std::max(after_.memory->peak, before_.memory->now) - before_.memory->now;
        }
    }
    if (hardware_ != nullptr && hardware_->has_any()) {
        json counters = json::object();
        for (const auto& [name, count] : hardware_->between(before_.hardware, after_.hardware)) {
            counters[name] = count / items;
        }
        measurement["counters"] = counters;
    }
}

}  // namespace handoff::harness
