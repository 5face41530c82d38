// Adapted: rigtorp::SPSCQueue, a ring in which each side keeps a copy of the other's index and reads the index
// itself only when the copy says that there is no room, or no item.
//
// Source: Rigtorp, "Optimizing a ring buffer for throughput", 2021; github.com/rigtorp/SPSCQueue.
//
// Progress: wait-free.
// Order:    FIFO.
// Capacity: exact, any; allocated once.
// Cost:     no RMW.
#pragma once

#include <rigtorp/SPSCQueue.h>

#include <cstddef>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class rigtorp_spsc_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "rigtorp_spsc_queue";
    static constexpr auto producers = cardinality::one;
    static constexpr auto consumers = cardinality::one;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::wait_free;
    static constexpr auto capacity_is = capacity_rule::exact;
    static constexpr provenance adapted{.library = "rigtorp::SPSCQueue",
                                        .source = "github.com/rigtorp/SPSCQueue",
                                        .version = "v1.1-8-g1053918"};

    explicit rigtorp_spsc_queue(std::size_t capacity) : queue_(capacity) {}

    std::size_t capacity() const noexcept { return queue_.capacity(); }
    bool try_push(T&& value) { return queue_.try_push(std::move(value)); }
    bool try_pop(T& out) {
        T* const first = queue_.front();
        if (first == nullptr) {
            return false;
        }
        out = std::move(*first);
        queue_.pop();
        return true;
    }

private:
    rigtorp::SPSCQueue<T> queue_;
};

}  // namespace handoff::impls
