// Event processors that break what they promise, and one that does not.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "concepts/processors.hpp"
#include "processors/detail/handling.hpp"

namespace handoff::impls {

enum class processor_fault {
    none,
    loses_one,         ///< stop(drain) forgets an event
    runs_one_late,     ///< an event is handled after stop() has returned
    breaks_order,      ///< every fourth event is handled behind the next one
    ends_at_a_throw,   ///< after an exception no event is handled
    runs_one_twice,    ///< the fourth event is handled twice
    accepts_late,      ///< submissions succeed after stop()
    miscounts,         ///< stop(now) says of what it gave up that there was nothing
    refuses_handlers,  ///< handlers' submissions are said to be accepted, and are lost
};

/// The textbook monitor, with a fault.
template <class Event, class Handler, processor_fault Fault>
class monitor_processor {
    /// The second event is set aside, so that there is one to lose, however fast the others are handled.
    static constexpr bool holds_one = Fault == processor_fault::loses_one ||
                                      Fault == processor_fault::runs_one_late ||
                                      Fault == processor_fault::miscounts;

public:
    using event_type = Event;
    using handler_type = Handler;
    static constexpr auto producers = cardinality::many;
    static constexpr auto workers = cardinality::one;
    static constexpr auto order =
        Fault == processor_fault::breaks_order ? handling_order::per_key : handling_order::submission;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr processor_capacities capacities{.unbounded = true};
    static constexpr auto handlers_submit = handler_submissions::always;
    static constexpr bool waits_by_itself = true;
    static std::size_t lanes(const processor_options&) { return 1; }

    monitor_processor(const processor_options& options, Handler handler) : handler_(std::move(handler)) {
        thread_ = std::thread([this, begin = options.on_start] {
            if (begin) {
                begin(0);
            }
            work();
        });
    }
    ~monitor_processor() {
        stop(stop_mode::drain);
        if (held_) {
            call(*held_);
        }
    }
    monitor_processor(const monitor_processor&) = delete;
    monitor_processor& operator=(const monitor_processor&) = delete;

    class submitter_handle {
    public:
        explicit submitter_handle(monitor_processor& owner) : owner_(owner) {}
        bool submit(Event&& event, std::uint64_t = 0) { return owner_.put(std::move(event)); }
        submit_status try_submit(Event&& event, std::uint64_t = 0) {
            return owner_.put(std::move(event)) ? submit_status::accepted : submit_status::stopped;
        }

    private:
        monitor_processor& owner_;
    };

    submitter_handle submitter() { return submitter_handle(*this); }

    stop_report stop(stop_mode mode) {
        {
            const std::lock_guard lock(mutex_);
            if (!stopped_ && mode == stop_mode::now) {
                report_.given_up = Fault == processor_fault::miscounts ? 0 : events_.size() + held_.has_value();
                events_.clear();
                held_.reset();
            } else if (!stopped_ && Fault == processor_fault::loses_one) {
                held_.reset();
            } else if (!stopped_ && held_ && Fault != processor_fault::runs_one_late) {
                events_.push_back(std::move(*held_));
                held_.reset();
            }
            stopped_ = true;
        }
        changed_.notify_all();
        if (thread_.joinable()) {
            thread_.join();
        }
        return report_;
    }

private:
    struct context {
        monitor_processor& owner;
        static std::size_t lane() { return 0; }
        submit_status submit(Event&& event, std::uint64_t = 0) const {
            if (Fault == processor_fault::refuses_handlers) {
                return submit_status::accepted;
            }
            return owner.put(std::move(event)) ? submit_status::accepted : submit_status::stopped;
        }
    };

    bool put(Event&& event) {
        {
            const std::lock_guard lock(mutex_);
            if (stopped_) {
                return Fault == processor_fault::accepts_late;
            }
            ++accepted_;
            if (!held_ &&
                (Fault == processor_fault::breaks_order ? accepted_ % 4 == 2 : holds_one && accepted_ == 2)) {
                held_ = std::move(event);
                return true;
            }
            events_.push_back(std::move(event));
            if (held_ && Fault == processor_fault::breaks_order) {
                events_.push_back(std::move(*held_));
                held_.reset();
            }
        }
        changed_.notify_all();
        return true;
    }

    std::uint64_t call(Event& event) {
        context here{*this};
        return detail::call_handler(handler_, event, here);
    }

    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [this] { return stopped_ || !events_.empty(); });
            if (events_.empty()) {
                return;
            }
            Event event = std::move(events_.front());
            events_.pop_front();
            const bool twice = Fault == processor_fault::runs_one_twice && report_.handled == 3;
            lock.unlock();
            std::uint64_t thrown = twice ? call(event) : 0;
            thrown += call(event);
            lock.lock();
            ++report_.handled;
            report_.thrown += thrown;
            if (thrown > 0 && Fault == processor_fault::ends_at_a_throw) {
                return;
            }
        }
    }

    Handler handler_;
    std::mutex mutex_;  // protects what follows
    std::condition_variable changed_;
    std::deque<Event> events_;
    std::optional<Event> held_;  ///< accepted, and not among the others: nobody handles it before the end
    std::uint64_t accepted_ = 0;
    bool stopped_ = false;
    stop_report report_;
    std::thread thread_;
};

template <class Event, class Handler, class>
struct sound_processor : monitor_processor<Event, Handler, processor_fault::none> {
    static constexpr std::string_view name = "sound_processor";
    using monitor_processor<Event, Handler, processor_fault::none>::monitor_processor;
};

template <class Event, class Handler, class>
struct loses_one_at_stop : monitor_processor<Event, Handler, processor_fault::loses_one> {
    static constexpr std::string_view name = "loses_one_at_stop";
    using monitor_processor<Event, Handler, processor_fault::loses_one>::monitor_processor;
};

template <class Event, class Handler, class>
struct runs_one_after_stop : monitor_processor<Event, Handler, processor_fault::runs_one_late> {
    static constexpr std::string_view name = "runs_one_after_stop";
    using monitor_processor<Event, Handler, processor_fault::runs_one_late>::monitor_processor;
};

template <class Event, class Handler, class>
struct breaks_key_order : monitor_processor<Event, Handler, processor_fault::breaks_order> {
    static constexpr std::string_view name = "breaks_key_order";
    using monitor_processor<Event, Handler, processor_fault::breaks_order>::monitor_processor;
};

template <class Event, class Handler, class>
struct ends_at_an_exception : monitor_processor<Event, Handler, processor_fault::ends_at_a_throw> {
    static constexpr std::string_view name = "ends_at_an_exception";
    using monitor_processor<Event, Handler, processor_fault::ends_at_a_throw>::monitor_processor;
};

template <class Event, class Handler, class>
struct runs_an_event_twice : monitor_processor<Event, Handler, processor_fault::runs_one_twice> {
    static constexpr std::string_view name = "runs_an_event_twice";
    using monitor_processor<Event, Handler, processor_fault::runs_one_twice>::monitor_processor;
};

template <class Event, class Handler, class>
struct accepts_after_stop : monitor_processor<Event, Handler, processor_fault::accepts_late> {
    static constexpr std::string_view name = "accepts_after_stop";
    using monitor_processor<Event, Handler, processor_fault::accepts_late>::monitor_processor;
};

template <class Event, class Handler, class>
struct miscounts_what_it_gave_up : monitor_processor<Event, Handler, processor_fault::miscounts> {
    static constexpr std::string_view name = "miscounts_what_it_gave_up";
    using monitor_processor<Event, Handler, processor_fault::miscounts>::monitor_processor;
};

template <class Event, class Handler, class>
struct loses_what_handlers_submit : monitor_processor<Event, Handler, processor_fault::refuses_handlers> {
    static constexpr std::string_view name = "loses_what_handlers_submit";
    using monitor_processor<Event, Handler, processor_fault::refuses_handlers>::monitor_processor;
};

}  // namespace handoff::impls
