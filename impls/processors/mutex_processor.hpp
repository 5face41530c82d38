// Event processor as in a textbook: a list under a mutex, a condition variable for each side, one thread.
//
// Progress: blocking.
// Order:    submission.
// Capacity: exact or unbounded; a deque's blocks.
// Cost:     one lock to submit and one to take, and a notification with each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "../concepts/processors.hpp"
#include "../concepts/waiting.hpp"
#include "../detail/mutex.hpp"
#include "../detail/threads.hpp"
#include "detail/handling.hpp"

namespace handoff::impls {

template <class Event, class Handler, class = native>
class mutex_processor {
public:
    using event_type = Event;
    using handler_type = Handler;
    static constexpr std::string_view name = "mutex_processor";
    static constexpr auto producers = cardinality::many;
    static constexpr auto workers = cardinality::one;
    static constexpr auto order = handling_order::submission;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr processor_capacities capacities{.bounded = true, .unbounded = true};
    static constexpr auto handlers_submit = handler_submissions::unless_full;
    static constexpr bool waits_by_itself = true;
    static std::size_t lanes(const processor_options&) { return 1; }

    mutex_processor(const processor_options& options, Handler handler)
        : capacity_(options.capacity), handler_(std::move(handler)) {
        detail::make_threads(name, 1, worker_, [this, begin = options.on_start](unsigned number) {
            if (begin) {
                begin(number);
            }
            work();
        });
    }
    ~mutex_processor() { stop(stop_mode::drain); }
    mutex_processor(const mutex_processor&) = delete;
    mutex_processor& operator=(const mutex_processor&) = delete;

    /// A submitting thread's end: the processor itself would do.
    class submitter_handle {
    public:
        explicit submitter_handle(mutex_processor& owner) : owner_(owner) {}

        [[nodiscard]] bool submit(Event&& event, std::uint64_t = 0) {
            return owner_.put(std::move(event), true) == submit_status::accepted;
        }
        [[nodiscard]] submit_status try_submit(Event&& event, std::uint64_t = 0) {
            return owner_.put(std::move(event), false);
        }

    private:
        mutex_processor& owner_;
    };

    submitter_handle submitter() { return submitter_handle(*this); }

    stop_report stop(stop_mode mode) {
        {
            const std::lock_guard lock(mutex_);
            gives_up_ = !stopped_ && mode == stop_mode::now;
            stopped_ = true;
        }
        not_full_.notify_all();
        not_empty_.notify_all();
        for (std::thread& thread : worker_) {
            thread.join();
        }
        worker_.clear();
        report_.given_up += events_.size();  // nobody else is left
        events_.clear();
        return report_;
    }

private:
    class context {
    public:
        explicit context(mutex_processor& owner) : owner_(owner) {}
        static std::size_t lane() { return 0; }
        [[nodiscard]] submit_status submit(Event&& event, std::uint64_t = 0) {
            return owner_.put(std::move(event), false);
        }

    private:
        mutex_processor& owner_;
    };

    submit_status put(Event&& event, bool waits) {
        {
            std::unique_lock lock(mutex_);
            while (waits && !stopped_ && events_.size() >= capacity_) {
                not_full_.wait(lock);
            }
            if (stopped_) {
                return submit_status::stopped;
            }
            if (events_.size() >= capacity_) {
                return submit_status::full;
            }
            events_.push_back(std::move(event));
        }
        not_empty_.notify_one();
        return submit_status::accepted;
    }

    void work() {
        context here(*this);
        std::unique_lock lock(mutex_);
        for (;;) {
            while (events_.empty() && !stopped_) {
                not_empty_.wait(lock);
            }
            if (events_.empty() || gives_up_) {
                return;
            }
            std::uint64_t thrown = 0;
            {
                Event event = std::move(events_.front());
                events_.pop_front();
                ++report_.handled;
                lock.unlock();
                if (capacity_ != processor_options::unbounded) {
                    not_full_.notify_one();
                }
                thrown = detail::call_handler(handler_, event, here);
            }  // the event goes without the lock: its destructor is the user's, and may submit
            lock.lock();
            report_.thrown += thrown;
        }
    }

    const std::size_t capacity_;
    Handler handler_;
    mutex mutex_;  // protects what follows, up to the report
    condition_variable not_full_;
    condition_variable not_empty_;
    std::deque<Event> events_;
    bool stopped_ = false;
    bool gives_up_ = false;
    stop_report report_;
    std::vector<std::thread> worker_;
};

}  // namespace handoff::impls
