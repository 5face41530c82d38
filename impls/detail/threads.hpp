// Threads that cannot be made, in words; and the meeting of those that a library makes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

namespace handoff::impls::detail {

/// What to throw when the thread after the first `made` of `count` cannot be made: which, and what to look at.
inline std::system_error no_thread(std::string_view who, std::size_t made, std::size_t count,
                                   const std::system_error& why) {
    return {why.code(), std::string(who) + ": thread " + std::to_string(made + 1) + " of " +
                            std::to_string(count) +
                            " cannot be made (see ulimit -u, ulimit -v, the cgroup's pids.max)"};
}

/// Makes threads that call `body(number)`, for numbers from 0, and adds them to `threads`. When one cannot be
/// made it throws as above; those made so far are in `threads` for the caller to end.
template <class Body>
void make_threads(std::string_view who, unsigned count, std::vector<std::thread>& threads, const Body& body) {
    threads.reserve(threads.size() + count);
    for (unsigned number = 0; number < count; ++number) {
        try {
            threads.emplace_back([body, number] { body(number); });
        } catch (const std::system_error& e) {
            throw no_thread(who, number, count, e);
        }
    }
}

/// Throws as above unless so many threads can be made now, all alive at once. For libraries that end the
/// program, or wait for ever, when they cannot have their threads.
inline void ensure_threads(std::string_view who, unsigned count) {
    std::mutex mutex;
    std::condition_variable changed;
    bool over = false;
    std::vector<std::thread> threads;
    const auto end = [&] {
        {
            const std::lock_guard lock(mutex);
            over = true;
        }
        changed.notify_all();
        for (std::thread& thread : threads) {
            thread.join();
        }
    };
    try {
        make_threads(who, count, threads, [&](unsigned) {
            std::unique_lock lock(mutex);
            changed.wait(lock, [&] { return over; });
        });
    } catch (...) {
        end();
        throw;
    }
    end();
}

/// Where the threads of a library meet, in tasks that wait for each other.
class meeting {
public:
    explicit meeting(unsigned threads) : threads_(threads) {}

    /// What each of the tasks does: calls `come(number)`, with numbers from 0 in the order of coming, and
    /// returns when all have. A task more than there are threads does nothing.
    template <class Come>
    void attend(Come&& come) {
        std::unique_lock lock(mutex_);
        if (there_ == threads_ || over_) {
            return;
        }
        const unsigned number = there_++;
        lock.unlock();
        come(number);
        lock.lock();
        ++started_;
        changed_.notify_all();
        changed_.wait(lock, [&] { return started_ == threads_ || over_; });
    }

    /// Returns when all have come. Calls `post()` again and again meanwhile, each time for one more task that
    /// attends: a pool may leave a task with a thread that is in another while the rest sleep. Throws when they
    /// do not come in a long time, and lets those go that have.
    template <class Post>
    void wait(std::string_view who, Post&& post) {
        constexpr std::chrono::milliseconds step(5);
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        std::unique_lock lock(mutex_);
        while (!changed_.wait_for(lock, step, [&] { return started_ == threads_; })) {
            if (std::chrono::steady_clock::now() > end) {
                over_ = true;
                changed_.notify_all();
                throw std::runtime_error(std::string(who) + ": of " + std::to_string(threads_) +
                                         " threads that the library was asked for " + std::to_string(started_) +
                                         " came in 10 s (is their number limited for the whole process?)");
            }
            lock.unlock();
            post();
            lock.lock();
        }
    }

private:
    std::mutex mutex_;  // protects what follows
    std::condition_variable changed_;
    const unsigned threads_;
    unsigned there_ = 0;    // have come
    unsigned started_ = 0;  // and have been through come()
    bool over_ = false;
};

/// Makes each of a pool's `threads` threads call `on_start` with a number, through tasks that meet: for pools
/// that say nothing of their threads' beginning. They must be able to run that many tasks at once. `post(task)`
/// gives the pool a task.
template <class Post>
void start_each(std::string_view who, unsigned threads, const std::function<void(unsigned)>& on_start,
                Post&& post) {
    const auto met = std::make_shared<meeting>(threads);  // tasks that come too late outlive this function
    const auto post_one = [&] {
        post([met, on_start] {
            met->attend([&](unsigned number) {
                if (on_start) {
                    on_start(number);
                }
            });
        });
    };
    for (unsigned i = 0; i < threads; ++i) {
        post_one();
    }
    met->wait(who, post_one);
}

}  // namespace handoff::impls::detail
