// Memory for the tasks that workers submit.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "../../detail/mutex.hpp"
#include "../../detail/task.hpp"

namespace handoff::impls::detail {

/// Empty tasks, handed from worker to worker in bundles: who runs much of what others have submitted passes the
/// memory on. Given back to the system when the pool ends.
class task_nodes {
    static constexpr std::size_t bundle = 64;

public:
    /// One worker's share. `take` and `give` lock once in many calls at most.
    class share {
    public:
        explicit share(task_nodes& from) : from_(from) { mine_.reserve(2 * bundle); }
        task* take() {
            if (mine_.empty()) {
                from_.hand_out(mine_);
            }
            task* const node = mine_.back();
            mine_.pop_back();
            return node;
        }
        void give(task* node) {
            if (mine_.size() == 2 * bundle) {
                from_.take_back(mine_);
            }
            mine_.push_back(node);
        }

    private:
        task_nodes& from_;
        std::vector<task*> mine_;
    };

private:
    void hand_out(std::vector<task*>& to) {
        const std::lock_guard lock(mutex_);
        if (free_.empty()) {
            all_.push_back(std::make_unique<line[]>(bundle));
            for (std::size_t i = 0; i < bundle; ++i) {
                to.push_back(&all_.back()[i].node);
            }
        } else {
            move_bundle(free_, to);
        }
    }
    void take_back(std::vector<task*>& from) {
        const std::lock_guard lock(mutex_);
        move_bundle(from, free_);
    }
    static void move_bundle(std::vector<task*>& from, std::vector<task*>& to) {
        for (std::size_t i = 0; i < bundle; ++i) {
            to.push_back(from.back());
            from.pop_back();
        }
    }

    struct alignas(sizeof(task)) line {
        task node;
    };

    mutex mutex_;  // protects what follows
    std::vector<task*> free_;
    std::vector<std::unique_ptr<line[]>> all_;
};

}  // namespace handoff::impls::detail
