#include "queues/channel.hpp"

namespace handoff::benchmarks {

std::string settle(any_channel& channel, const received_items& received,
                   const std::vector<std::uint64_t>& pushed, bool rescued) {
    const std::uint64_t left = channel.drain();
    std::string failure = received.audit_with(pushed, left);
    if (failure.empty() && rescued) {
        failure = "stuck: threads waited for each other though nothing was lost";
    }
    return failure;
}

}  // namespace handoff::benchmarks
