// A ring buffer for one thread at a time: what stands inside the locks.
#pragma once

#include <cstddef>
#include <utility>

#include "slots.hpp"

namespace handoff::impls::detail {

/// Holds exactly `capacity` values, in FIFO order. Not synchronised.
template <class T>
class plain_ring {
public:
    explicit plain_ring(std::size_t capacity) : capacity_(capacity), slots_(capacity) {}
    ~plain_ring() {
        for (; size_ > 0; --size_) {
            slots_.destroy(first_);
            first_ = next(first_);
        }
    }
    plain_ring(const plain_ring&) = delete;
    plain_ring& operator=(const plain_ring&) = delete;

    std::size_t capacity() const noexcept { return capacity_; }
    bool empty() const noexcept { return size_ == 0; }
    bool full() const noexcept { return size_ == capacity_; }

    void push(T&& value) {
        slots_.construct(free_, std::move(value));
        free_ = next(free_);
        ++size_;
    }
    void pop(T& out) {
        slots_.take(first_, out);
        first_ = next(first_);
        --size_;
    }

private:
    std::size_t next(std::size_t i) const noexcept { return i + 1 == capacity_ ? 0 : i + 1; }

    const std::size_t capacity_;
    std::size_t first_ = 0;
    std::size_t free_ = 0;
    std::size_t size_ = 0;
    slots<T> slots_;
};

}  // namespace handoff::impls::detail
