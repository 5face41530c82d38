// Timers in a heap: what is due first is on top.
//
// Source: the d-ary heap of Johnson, "Priority queues with update and finding minimum spanning trees", 1975,
//         with d = 4; each timer knows its place, so that it can be taken out.
//
// Progress: by one thread.
// Order:    by due time; timers due at the same time in the order in which they were added.
// Capacity: 2^32 timers; grows as a vector does, and keeps its memory.
// Cost:     O(log n) to add, cancel and take.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "../../detail/clock.hpp"
#include "../../detail/task.hpp"

namespace handoff::impls::detail {

class timer_heap {
public:
    using time_point = steady_clock::time_point;
    using timer = std::uint32_t;

    template <class F>
    timer add(time_point due, F&& f) {
        if (free_.empty()) {
            free_.push_back(static_cast<timer>(slots_.size()));
            slots_.emplace_back();
        }
        const timer id = free_.back();
        slots_[id].handler.emplace(std::forward<F>(f));
        free_.pop_back();
        heap_.push_back({due, added_++, id});
        rise(heap_.size() - 1);
        return id;
    }

    void cancel(timer id) {
        slots_[id].handler.reset();
        remove(id);
    }

    bool empty() const noexcept { return heap_.empty(); }
    /// Of the one that is due first. Not when empty.
    time_point next() const noexcept { return heap_.front().due; }

    /// Takes the handler of the one that is due first, if it is due at `now`.
    bool take_due(time_point now, task& out) {
        if (heap_.empty() || heap_.front().due > now) {
            return false;
        }
        const timer id = heap_.front().id;
        out = std::move(slots_[id].handler);
        remove(id);
        return true;
    }

private:
    static constexpr std::size_t children = 4;

    struct entry {
        time_point due;
        std::uint64_t number;  // how many were added before
        timer id;

        bool before(const entry& other) const noexcept {
            return due != other.due ? due < other.due : number < other.number;
        }
    };
    struct slot {
        task handler;
        std::size_t place = 0;  // in the heap
    };

    void remove(timer id) {
        const std::size_t at = slots_[id].place;
        const entry last = heap_.back();
        heap_.pop_back();
        if (at < heap_.size()) {
            put(at, last);
            rise(at);
            sink(slots_[last.id].place);
        }
        free_.push_back(id);
    }
    void put(std::size_t at, const entry& e) noexcept {
        heap_[at] = e;
        slots_[e.id].place = at;
    }
    void rise(std::size_t at) noexcept {
        const entry mine = heap_[at];
        while (at > 0 && mine.before(heap_[(at - 1) / children])) {
            put(at, heap_[(at - 1) / children]);
            at = (at - 1) / children;
        }
        put(at, mine);
    }
    void sink(std::size_t at) noexcept {
        const entry mine = heap_[at];
        for (;;) {
            const std::size_t first = at * children + 1;
            if (first >= heap_.size()) {
                break;
            }
            const std::size_t end = std::min(first + children, heap_.size());
            std::size_t least = first;
            for (std::size_t i = first + 1; i < end; ++i) {
                least = heap_[i].before(heap_[least]) ? i : least;
            }
            if (!heap_[least].before(mine)) {
                break;
            }
            put(at, heap_[least]);
            at = least;
        }
        put(at, mine);
    }

    std::vector<entry> heap_;
    std::vector<slot> slots_;
    std::vector<timer> free_;  // slots that no timer has
    std::uint64_t added_ = 0;
};

}  // namespace handoff::impls::detail
