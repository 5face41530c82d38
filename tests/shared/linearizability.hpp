// Whether what threads saw of a queue agrees with one order of its operations.
//
// Sources: Henzinger, Sezgin, Vafeiadis, "Aspect-Oriented Linearizability Proofs", CONCUR 2013; Bouajjani,
// Emmi, Enea, Hamza, "On Reducing Linearizability to State Reachability", ICALP 2015. The values of a history
// differ from each other; then the history of a FIFO queue is linearizable exactly if it has none of four
// patterns, each of them about few operations, and no order has to be searched for: O(n log n).
//
// The sources' queues are unbounded. What is said of bounded ones is ours: each "full" and each moment at which
// too many are inside is judged by itself, together with all that was pushed and popped, and exactly; two that
// exclude each other, or one of them and an "empty", are not seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "concepts/queues.hpp"

namespace handoff::tests {

/// What one thread did, and between which moments. It came before another operation if it had ended before that
/// began; of the same moment the two overlap.
struct operation {
    enum class kind : unsigned char {
        push,
        pop,
        empty,  ///< a pop that found nothing
        full    ///< a push that found no room
    };
    kind what = kind::push;
    unsigned thread = 0;
    std::uint64_t value = 0;  ///< pushed, popped, or refused
    std::int64_t begun = 0;
    std::int64_t ended = 0;
};

/// What a history is judged by.
struct queue_promises {
    bool one_order = true;  ///< of all values; else of those of each producer
    impls::refusal_rule empty_is = impls::refusal_rule::exact;
    impls::refusal_rule full_is = impls::refusal_rule::exact;
    std::size_t holds = std::numeric_limits<std::size_t>::max();  ///< when it says that it is full: so many
    bool holds_no_more = false;
};

enum class pattern {
    none,
    invented,      ///< a value was popped that nobody had begun to push
    repeated,      ///< a value was popped twice
    out_of_order,  ///< a value was pushed before another, and popped after it or not at all
    false_empty,   ///< a pop found nothing while, one after the other, there always was a value inside
    false_full,    ///< a push found no room, and the queue cannot have been full
    too_many       ///< more values were inside than the queue holds
};

/// As reports call it.
std::string_view name_of(pattern what);

/// The first pattern of a history in the order above.
struct verdict {
    pattern what = pattern::none;
    std::vector<operation> who;  ///< few operations that make it
    std::string words;           ///< what is wrong with them
};

/// Judges a history in which every operation has ended. Throws std::invalid_argument where two pushes have the
/// same value: a fault of who made the history.
verdict judge(std::span<const operation> history, const queue_promises& promises);

/// Nothing where the history has no pattern; else the pattern and a line for each of its operations, with their
/// threads and their moments since the history's first.
std::string told(const verdict& of, std::span<const operation> history);

/// What a queue declares; `asked_for`: the capacity that it was made with.
template <impls::declares_queue Queue>
queue_promises promises_of(const Queue& queue, std::size_t asked_for) {
    queue_promises promises;
    promises.one_order = Queue::order == impls::ordering::fifo;
    promises.empty_is = impls::empty_of<Queue>();
    promises.full_is = impls::full_of<Queue>();
    if constexpr (impls::bounded_queue<Queue>) {
        promises.holds_no_more = Queue::capacity_is != impls::capacity_rule::at_least;
        // What such a queue holds beyond that it may hold only when it is new.
        promises.holds = promises.holds_no_more ? queue.capacity() : asked_for;
    }
    return promises;
}

}  // namespace handoff::tests
