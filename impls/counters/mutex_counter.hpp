// A number behind a std::mutex: the textbook repair of the lost update.
//
// Progress: blocking.   Reading: linearizable.   Cost: one lock and one unlock, of adders and readers alike.
#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>

#include "../concepts/counters.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/mutex.hpp"

namespace handoff::impls {

class mutex_counter {
public:
    static constexpr std::string_view name = "mutex_counter";
    static constexpr read_promise reading = read_promise::linearizable;
    static constexpr progress_guarantee progress = progress_guarantee::blocking;

    void add(std::uint64_t n) noexcept {
        const std::lock_guard lock(mutex_);
        count_ += n;
    }
    std::uint64_t read() const noexcept {
        const std::lock_guard lock(mutex_);
        return count_;
    }

private:
    alignas(detail::cache_line) mutable mutex mutex_;
    std::uint64_t count_ = 0;
};

}  // namespace handoff::impls
