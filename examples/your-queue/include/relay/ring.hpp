// A bounded queue for any number of threads, with the interface of boost::lockfree::queue: push and pop say
// whether they did it.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace relay {

template <class T>
class Ring {
public:
    explicit Ring(std::size_t size) : slots_(size) {}

    bool push(T&& value) {
        const std::lock_guard guard(mutex_);
        if (count_ == slots_.size()) {
            return false;
        }
        slots_[(first_ + count_) % slots_.size()].emplace(std::move(value));
        ++count_;
        return true;
    }

    bool pop(T& value) {
        const std::lock_guard guard(mutex_);
        if (count_ == 0) {
            return false;
        }
        value = std::move(*slots_[first_]);
        slots_[first_].reset();
        first_ = (first_ + 1) % slots_.size();
        --count_;
        return true;
    }

    std::size_t size() const { return slots_.size(); }

private:
    std::mutex mutex_;
    std::vector<std::optional<T>> slots_;
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

}  // namespace relay
