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
    std::uint64_t priority = 0;  ///< the less, the sooner, where priorities decide
};

/// What decides which item is to leave before which.
enum class leaving {
    by_push,      ///< that was pushed before
    by_priority,  ///< whose priority is less
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

/// The misplacements of all items that were popped, in the order of `passages`.
///
/// Only what is certain counts: an item was pushed before another if its push had ended before the other's
/// began, and it was inside when the other left if its push had ended before the other's pop began, and its own
/// pop had not begun when the other's ended. Of a queue that keeps its order, however its operations overlap,
/// nothing is misplaced; of others both numbers are too small by what overlaps, which is no more than the
/// threads are, but for threads that are off their CPU in an operation.
///
/// Rank error and delay as in Williams, Sanders, Dementiev, "Engineering MultiQueues: Fast Relaxed Concurrent
/// Priority Queues", ESA 2021.
inline std::vector<misplacement> misplacements(std::vector<passage> passages, leaving order) {
    for (passage& p : passages) {  // an item leaves after it came
        p.pop.begun = std::max(p.pop.begun, p.push.begun);
        p.push.ended = std::min(p.push.ended, p.pop.ended);
    }
    // An item is to leave before another if its `last` is less than the other's `first`.
    const bool by_priority = order == leaving::by_priority;
    const auto first_of = [&](const passage& p) {
        return by_priority ? p.priority : static_cast<std::uint64_t>(p.push.begun);
    };
    const auto last_of = [&](const passage& p) {
        return by_priority ? p.priority : static_cast<std::uint64_t>(p.push.ended);
    };
    std::vector<std::uint64_t> firsts;
    std::vector<std::uint64_t> lasts;
    for (const passage& p : passages) {
        firsts.push_back(first_of(p));
        lasts.push_back(last_of(p));
    }
    std::ranges::sort(firsts);
    std::ranges::sort(lasts);
    const auto place_in = [](const std::vector<std::uint64_t>& all, std::uint64_t value) {
        return static_cast<std::size_t>(std::ranges::lower_bound(all, value) - all.begin());
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
        // Whose pop begins before its push has ended is inside at no certain moment.
        if (passages[i].push.ended < passages[i].pop.begun) {
            events.push_back({passages[i].push.ended, moment::is_inside, i});
        }
        if (passages[i].pop.begun != never.begun) {
            events.push_back({passages[i].pop.begun, moment::leaves, i});
            events.push_back({passages[i].pop.ended, moment::has_left, i});
        }
    }
    std::ranges::sort(
        events, [](const event& a, const event& b) { return a.at != b.at ? a.at < b.at : a.what < b.what; });

    prefix_sums inside(passages.size());  // by `last`
    prefix_sums left(passages.size());    // by `first`
    std::int64_t have_left = 0;
    /// Those that have left and were to leave after it.
    const auto left_too_early = [&](const passage& p) {
        return have_left - left.before(place_in(firsts, last_of(p) + 1));
    };
    std::vector<std::uint32_t> entered;                        // the items so far, in the order of their coming
    std::vector<std::size_t> entered_before(passages.size());  // how many were there when an item's pop began
    std::vector<std::uint32_t> leaving_now;                    // items whose pops have begun
    std::vector<std::int64_t> before_it_came(
        passages.size());  // what is no delay: it left before the item was inside
    std::vector<misplacement> found(passages.size());
    for (const event& e : events) {
        const passage& mine = passages[e.item];
        switch (e.what) {
            case moment::is_inside:
                inside.add(place_in(lasts, last_of(mine)), 1);
                if (by_priority) {
                    entered.push_back(e.item);
                    before_it_came[e.item] = left_too_early(mine);
                    for (const std::uint32_t other : leaving_now) {  // perhaps before
                        before_it_came[e.item] += last_of(mine) < first_of(passages[other]) &&
                                                  passages[other].pop.ended < mine.pop.begun;
                    }
                }
                break;
            case moment::leaves:
                if (mine.push.ended < mine.pop.begun) {
                    inside.add(place_in(lasts, last_of(mine)), -1);
                    found[e.item].delay =
                        static_cast<std::uint64_t>(left_too_early(mine) - before_it_came[e.item]);
                }
                entered_before[e.item] = entered.size();
                leaving_now.push_back(e.item);
                break;
            case moment::has_left: {
                std::int64_t passed_over = inside.before(place_in(lasts, first_of(mine)));
                for (std::size_t i = entered_before[e.item]; i < entered.size(); ++i) {  // perhaps after
                    const passage& other = passages[entered[i]];
                    passed_over -= last_of(other) < first_of(mine) && other.pop.begun > mine.pop.ended;
                }
                found[e.item].rank_error = static_cast<std::uint64_t>(passed_over);
                left.add(place_in(firsts, first_of(mine)), 1);
                ++have_left;
                std::erase(leaving_now, e.item);
                break;
            }
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
inline std::uint64_t largest_rank_error(const std::vector<passage>& passages, leaving order) {
    std::uint64_t largest = 0;
    for (const misplacement& one : misplacements(passages, order)) {
        largest = std::max(largest, one.rank_error);
    }
    return largest;
}

}  // namespace handoff::benchmarks
