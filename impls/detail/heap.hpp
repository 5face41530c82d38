// A binary heap for one thread at a time: what stands inside the locks of priority queues.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace handoff::impls::detail {

/// The least item is on top. Not synchronised.
template <class T>
class heap {
public:
    bool empty() const noexcept { return items_.empty(); }
    std::size_t size() const noexcept { return items_.size(); }
    const T& top() const noexcept { return items_.front(); }

    void push(T&& value) {
        items_.push_back(std::move(value));
        std::push_heap(items_.begin(), items_.end(), leaves_later);
    }
    void pop(T& out) {
        std::pop_heap(items_.begin(), items_.end(), leaves_later);
        out = std::move(items_.back());
        items_.pop_back();
    }

private:
    static constexpr auto leaves_later = [](const T& a, const T& b) { return b < a; };

    std::vector<T> items_;
};

}  // namespace handoff::impls::detail
