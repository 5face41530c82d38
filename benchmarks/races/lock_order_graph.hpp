// Which lock was asked for while which other was held: a cycle is a deadlock that can happen, whether or not it
// has.
//
// Source: the idea is that of Linux's lockdep (Documentation/locking/lockdep-design); the search, done as each
// edge is added, is a plain breadth-first one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace handoff::races {

/// Any number of locks and threads; threads are numbered by the caller. Every member may be called from every
/// thread.
///
/// A cycle says that the locks' order *may* lead to a deadlock. It need not: a lock that all threads take
/// before may keep them from meeting. And a graph knows only what has been taken.
class lock_order_graph {
public:
    using lock_id = std::size_t;
    /// Names of locks, each asked for while its predecessor was held; the first stands at the end again.
    using cycle = std::vector<std::string>;

    lock_id add(std::string name) {
        const std::lock_guard guard(mutex_);
        nodes_.push_back({std::move(name), {}});
        return nodes_.size() - 1;
    }

    /// `thread` is about to take `lock` and will wait for it as long as it takes. Call it before waiting.
    /// Returns the cycle that this closes, once: an order that was seen before is not reported again.
    std::optional<cycle> acquiring(unsigned thread, lock_id lock) {
        const std::lock_guard guard(mutex_);
        check(lock);
        std::vector<lock_id>& held = held_[thread];
        std::optional<cycle> found;
        for (const lock_id before : held) {
            std::vector<lock_id>& after = nodes_[before].after;
            if (std::ranges::find(after, lock) != after.end()) {
                continue;
            }
            if (!found) {
                found = closing(before, lock);
            }
            after.push_back(lock);
        }
        held.push_back(lock);
        return found;
    }

    /// `thread` has taken `lock` without waiting for ever (try_lock, try_lock_for). Such a lock waits for
    /// nobody and adds no order, but orders what is taken while it is held.
    void took(unsigned thread, lock_id lock) {
        const std::lock_guard guard(mutex_);
        check(lock);
        held_[thread].push_back(lock);
    }

    /// `thread` has released `lock`, or given up waiting for it. Locks may be released in any order.
    void released(unsigned thread, lock_id lock) {
        const std::lock_guard guard(mutex_);
        std::vector<lock_id>& held = held_[thread];
        const auto last = std::ranges::find(held.rbegin(), held.rend(), lock);
        if (last == held.rend()) {
            throw std::logic_error("lock_order_graph: thread " + std::to_string(thread) +
                                   " releases what it does not hold");
        }
        held.erase(std::prev(last.base()));
    }

    /// Forgets every order and what is held, and keeps the locks.
    void forget() {
        const std::lock_guard guard(mutex_);
        for (node& n : nodes_) {
            n.after.clear();
        }
        held_.clear();
    }

private:
    struct node {
        std::string name;
        std::vector<lock_id> after;  ///< asked for while this one was held
    };

    void check(lock_id lock) const {
        if (lock >= nodes_.size()) {
            throw std::out_of_range("lock_order_graph: there is no lock " + std::to_string(lock));
        }
    }

    /// The edge before -> lock closes a cycle where a path leads from `lock` to `before`. The shortest one
    /// tells most.
    std::optional<cycle> closing(lock_id before, lock_id lock) const {
        constexpr auto nobody = static_cast<lock_id>(-1);
        std::vector<lock_id> reached_from(nodes_.size(), nobody);
        std::vector<lock_id> reached{lock};
        reached_from[lock] = lock;
        for (std::size_t i = 0; i < reached.size() && reached_from[before] == nobody; ++i) {
            for (const lock_id next : nodes_[reached[i]].after) {
                if (reached_from[next] == nobody) {
                    reached_from[next] = reached[i];
                    reached.push_back(next);
                }
            }
        }
        if (reached_from[before] == nobody) {
            return std::nullopt;
        }
        cycle names;
        for (lock_id back = before; back != lock; back = reached_from[back]) {
            names.push_back(nodes_[back].name);
        }
        names.push_back(nodes_[lock].name);
        names.push_back(nodes_[before].name);
        std::ranges::reverse(names);
        return names;
    }

    std::mutex mutex_;  // protects all
    std::vector<node> nodes_;
    std::map<unsigned, std::vector<lock_id>> held_;  ///< by thread, in the order of taking
};

}  // namespace handoff::races
