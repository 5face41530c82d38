// An unbounded queue with a lane for each producer, with the interface of moodycamel::ConcurrentQueue: threads
// work through tokens. Items of one producer keep their order.
#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <mutex>
#include <utility>

namespace relay {

template <class T>
class Lanes {
    struct Lane {
        std::mutex mutex;
        std::deque<T> items;
    };

public:
    class ProducerToken {
    public:
        explicit ProducerToken(Lanes& lanes) : lane_(&lanes.add()) {}

    private:
        friend Lanes;
        Lane* lane_;
    };

    class ConsumerToken {
    public:
        explicit ConsumerToken(Lanes&) {}

    private:
        friend Lanes;
        std::size_t next_ = 0;  // the lane that it looks at first
    };

    void enqueue(ProducerToken& token, T&& value) {
        const std::lock_guard guard(token.lane_->mutex);
        token.lane_->items.push_back(std::move(value));
    }

    bool try_dequeue(ConsumerToken& token, T& value) {
        const std::lock_guard guard(mutex_);
        for (std::size_t tried = 0; tried < lanes_.size(); ++tried) {
            Lane& lane = *std::next(lanes_.begin(), static_cast<std::ptrdiff_t>(token.next_++ % lanes_.size()));
            const std::lock_guard inner(lane.mutex);
            if (!lane.items.empty()) {
                value = std::move(lane.items.front());
                lane.items.pop_front();
                return true;
            }
        }
        return false;
    }

private:
    Lane& add() {
        const std::lock_guard guard(mutex_);
        return lanes_.emplace_back();
    }

    std::mutex mutex_;  // of the list, which never loses a lane
    std::list<Lane> lanes_;
};

}  // namespace relay
