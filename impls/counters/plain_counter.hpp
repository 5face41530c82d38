// The lost update, on purpose: what `++count` does when several threads run it.
//
// Progress: wait-free.   Reading: racy.   Cost: a load and a store.
#pragma once

#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/counters.hpp"
#include "../detail/cache_line.hpp"

namespace handoff::impls {

/// Stands for `std::uint64_t count; ++count;`. The load and the store are atomic one by one, so that the
/// program has a meaning; on their way from one to the other threads overwrite each other's increments, as
/// those of a plain variable do.
class plain_counter {
public:
    static constexpr std::string_view name = "plain_counter";
    static constexpr read_promise reading = read_promise::racy;
    static constexpr progress_guarantee progress = progress_guarantee::wait_free;

    void add(std::uint64_t n) noexcept {
        // relaxed: what a plain variable would do, without its undefined behaviour
        count_.store(count_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    std::uint64_t read() const noexcept { return count_.load(std::memory_order_relaxed); }  // relaxed: as above

private:
    alignas(detail::cache_line) atomic<std::uint64_t> count_{0};
};

}  // namespace handoff::impls
