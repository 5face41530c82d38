// A number behind a test-and-test-and-set lock.
//
// Progress: blocking.   Reading: linearizable.   Cost: 1 RMW and one store, of adders and readers alike.
#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>

#include "../concepts/counters.hpp"
#include "../detail/cache_line.hpp"
#include "../locks/ttas_lock.hpp"

namespace handoff::impls {

class spinlock_counter {
public:
    static constexpr std::string_view name = "spinlock_counter";
    static constexpr read_promise reading = read_promise::linearizable;
    static constexpr progress_guarantee progress = progress_guarantee::blocking;

    void add(std::uint64_t n) noexcept {
        const std::lock_guard lock(lock_);
        count_ += n;
    }
    std::uint64_t read() const noexcept {
        const std::lock_guard lock(lock_);
        return count_;
    }

private:
    alignas(detail::cache_line) mutable ttas_lock lock_;
    std::uint64_t count_ = 0;
};

}  // namespace handoff::impls
