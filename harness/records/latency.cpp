#include "latency.hpp"

#include "histogram.hpp"

namespace handoff::harness {

double stored_samples::ns(std::uint32_t index) const {
    return scale * static_cast<double>(histogram::middle(index));
}

}  // namespace handoff::harness
