// A control: std::deque under a mutex.
//
// Progress: blocking.
// Order:    the owner's end LIFO, the thieves' FIFO.
// Capacity: unbounded; allocates and frees as std::deque does, some 500 bytes at a time.
// Cost:     one lock and one unlock per operation, the owner's too; and on Linux no system call without
//           contention.
#pragma once

#include <deque>
#include <mutex>
#include <string_view>

#include "../concepts/deques.hpp"
#include "../detail/mutex.hpp"

namespace handoff::impls {

template <class T>
class mutex_deque {
public:
    using value_type = T;
    static constexpr std::string_view name = "mutex_deque";
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr std::string_view control_for = "lock_freedom";

    void push(T value) {
        const std::lock_guard guard(mutex_);
        items_.push_back(value);
    }

    bool try_pop(T& out) {
        const std::lock_guard guard(mutex_);
        if (items_.empty()) {
            return false;
        }
        out = items_.back();
        items_.pop_back();
        return true;
    }

    steal_result try_steal(T& out) {
        const std::lock_guard guard(mutex_);
        if (items_.empty()) {
            return steal_result::empty;
        }
        out = items_.front();
        items_.pop_front();
        return steal_result::stolen;
    }

    /// How many items thieves could take just now; a guess.
    std::size_t stealable() {
        const std::lock_guard guard(mutex_);
        return items_.size();
    }

private:
    mutex mutex_;
    std::deque<T> items_;
};

}  // namespace handoff::impls
