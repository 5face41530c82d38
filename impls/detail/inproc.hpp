// Addresses inside the process, for libraries that connect sockets by name.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace handoff::impls::detail {

/// One that nobody in this process has had.
inline std::string new_inproc_address() {
    static std::atomic<std::uint64_t> next{0};
    // relaxed: numbers are different, and that is all
    return "inproc://handoff/" + std::to_string(next.fetch_add(1, std::memory_order_relaxed));
}

}  // namespace handoff::impls::detail
