// What a queue holds, and which of it may leave next.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <string>

#include "concepts/queues.hpp"

namespace handoff::tests {

/// The items that one thread after the other has pushed and not popped yet. Each item is a number of its own.
///
/// A pop may pass over as many items that come before its own as the queue promises (`relaxation`). Where it
/// promises none, or an order of each producer's only, the items are those of one producer and come in their
/// order; where it is relaxed without a bound, any item inside may come.
template <class Queue>
class inside {
public:
    void push(std::uint64_t value) { places_.emplace(by_priority ? value : pushes_++, value); }

    testing::AssertionResult pop(std::uint64_t value) {
        std::size_t before = 0;
        for (auto at = places_.begin(); at != places_.end(); ++at, ++before) {
            if (at->second == value) {
                places_.erase(at);
                return before <= most_passed_over ? testing::AssertionSuccess()
                                                  : testing::AssertionFailure()
                                                        << value << " passed over " << before
                                                        << " items, and the queue promises at most "
                                                        << most_passed_over;
            }
        }
        return testing::AssertionFailure() << value << " is not inside";
    }

    std::size_t size() const { return places_.size(); }

    /// The value to push in its turn: another one each time, and where the least leaves first in no order.
    static constexpr std::uint64_t value_of(std::uint64_t turn) noexcept {
        return by_priority ? turn * 0x9e3779b97f4a7c15 : turn;
    }

    static constexpr bool by_priority = Queue::order == impls::ordering::priority;
    static constexpr std::size_t most_passed_over =
        Queue::order == impls::ordering::relaxed || by_priority
            ? impls::relaxation_of<Queue>().value_or(std::numeric_limits<std::size_t>::max())
            : 0;

private:
    std::uint64_t pushes_ = 0;
    /// What has been pushed and not popped, in the order in which it is to leave.
    std::map<std::uint64_t, std::uint64_t> places_;
};

}  // namespace handoff::tests
