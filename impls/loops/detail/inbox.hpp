// Posts to a loop that has no queue of its own for them: a locked vector, which the loop empties as a whole.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

#include "../../detail/mutex.hpp"
#include "../../detail/task.hpp"

namespace handoff::impls::detail {

class inbox {
public:
    /// By any thread. True: it was empty, so that the loop has to be told.
    template <class F>
    [[nodiscard]] bool put(F&& f) {
        const std::lock_guard lock(mutex_);
        posts_.emplace_back(std::forward<F>(f));
        return posts_.size() == 1;
    }

    /// By the loop's thread: runs what is in it now, until `stopped`. True: some of that is left.
    bool run(const bool& stopped) {
        take();
        while (!stopped && at_ < taken_.size()) {
            task next(std::move(taken_[at_++]));
            next();
        }
        return at_ < taken_.size();
    }

    /// By the loop's thread, outside of `run`: moves all that is in it to the end of `to`.
    void move_to(std::vector<task>& to) {
        take();
        std::ranges::move(taken_, std::back_inserter(to));
        taken_.clear();
    }

private:
    /// All that is there, behind what a stop has left: nobody announces it again.
    void take() {
        taken_.erase(taken_.begin(), taken_.begin() + static_cast<std::ptrdiff_t>(at_));
        at_ = 0;
        const std::lock_guard lock(mutex_);
        if (taken_.empty()) {
            taken_.swap(posts_);
        } else {
            std::ranges::move(posts_, std::back_inserter(taken_));
            posts_.clear();
        }
    }

    mutex mutex_;  // protects posts_
    std::vector<task> posts_;
    std::vector<task> taken_;  // the loop's thread's
    std::size_t at_ = 0;       // those before have begun
};

}  // namespace handoff::impls::detail
