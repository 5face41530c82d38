// How far items leave a queue out of its order, from stamps that were taken around every operation.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace handoff::benchmarks {

/// From before an operation to after it: its effect lies in between.
struct operation_time {
    std::int64_t begun;
    std::int64_t ended;
};

inline constexpr operation_time never{std::numeric_limits<std::int64_t>::max(),
                                      std::numeric_limits<std::int64_t>::max()};

/// The way of one item through a queue.
struct passage {
    operation_time push;
    operation_time pop = never;  ///< `never` where it stayed inside
};

/// Of one popped item.
struct misplacement {
    std::uint64_t rank_error;  ///< items that were to leave before it, and were inside when it left
    std::uint64_t delay;       ///< items that were to leave after it, and left while it was inside
};

/// Sums over the values at the places before one.
class prefix_sums {
public:
    explicit prefix_sums(std::size_t places) : tree_(places + 1) {}
    void add(std::size_t place, std::int64_t value) noexcept {
        for (std::size_t i = place + 1; i < tree_.size(); i += i & (~i + 1)) {
            tree_[i] += value;
        }
    }
    /// Over the first `places` places.
    std::int64_t before(std::size_t places) const noexcept {
        std::int64_t sum = 0;
        for (std::size_t i = places; i > 0; i -= i & (~i + 1)) {
            sum += tree_[i];
        }
        return sum;
    }

private:
    std::vector<std::int64_t>
        tree_;  // Source: Fenwick, "A New Data Structure for Cumulative Frequency Tables", 1994
};

/// The misplacements of all items that were popped, in the order of `passages`, where items are to leave in the
/// order of their pushes.
///
/// Only what is certain counts: an item was pushed before another if its push had ended before the other's
/// began, and it was inside when the other left if its own pop had not begun when the other's ended. Of a queue
/// that keeps its order, however its operations overlap, nothing is misplaced; of others both numbers are too
/// small by what overlaps, which is no more than the threads are, but for threads that are off their CPU in an
/// operation.
///
/// Rank error and delay as in Williams, Sanders, Dementiev, "Engineering MultiQueues: Fast Relaxed Concurrent
/// Priority Queues", ESA 2021.
inline std::vector<misplacement> misplacements(const std::vector<passage>& passages) {
    std::vector<std::int64_t> begun;
    std::vector<std::int64_t> ended;
    for (const passage& p : passages) {
        begun.push_back(p.push.begun);
        ended.push_back(p.push.ended);
    }
    std::ranges::sort(begun);
    std::ranges::sort(ended);
    const auto place_in = [](const std::vector<std::int64_t>& stamps, std::int64_t at) {
        return static_cast<std::size_t>(std::ranges::lower_bound(stamps, at) - stamps.begin());
    };

    // The moments in their order; of equal ones an item's leaving first, since only what is certain counts.
    enum class moment { leaves, has_left, is_inside };
    struct event {
        std::int64_t at;
        moment what;
        std::uint32_t item;
    };
    std::vector<event> events;
    events.reserve(3 * passages.size());
    for (std::uint32_t i = 0; i < passages.size(); ++i) {
        events.push_back({passages[i].push.ended, moment::is_inside, i});
        if (passages[i].pop.begun != never.begun) {
            events.push_back({passages[i].pop.begun, moment::leaves, i});
            events.push_back({passages[i].pop.ended, moment::has_left, i});
        }
    }
    std::ranges::sort(
        events, [](const event& a, const event& b) { return a.at != b.at ? a.at < b.at : a.what < b.what; });

    prefix_sums inside(passages.size());  // by the ends of their pushes
    prefix_sums left(passages.size());    // by the beginnings of their pushes
    std::int64_t have_left = 0;
    std::vector<misplacement> found(passages.size());
    for (const event& e : events) {
        const operation_time push = passages[e.item].push;
        switch (e.what) {
            case moment::is_inside:
                inside.add(place_in(ended, push.ended), 1);
                break;
            case moment::leaves: {
                inside.add(place_in(ended, push.ended), -1);
                // Those pushed after it; they were all popped after its push had ended.
                const std::size_t until_it = place_in(begun, push.ended + 1);
                found[e.item].delay = static_cast<std::uint64_t>(have_left - left.before(until_it));
                break;
            }
            case moment::has_left:
                found[e.item].rank_error =
                    static_cast<std::uint64_t>(inside.before(place_in(ended, push.begun)));
                left.add(place_in(begun, push.begun), 1);
                ++have_left;
                break;
        }
    }
    std::vector<misplacement> of_popped;
    for (std::size_t i = 0; i < passages.size(); ++i) {
        if (passages[i].pop.begun != never.begun) {
            of_popped.push_back(found[i]);
        }
    }
    return of_popped;
}

/// The rank error of the worst item.
inline std::uint64_t largest_rank_error(const std::vector<passage>& passages) {
    std::uint64_t largest = 0;
    for (const misplacement& one : misplacements(passages)) {
        largest = std::max(largest, one.rank_error);
    }
    return largest;
}

}  // namespace handoff::benchmarks
