// Buses that break what they promise, and one that does not.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "buses/detail/handler.hpp"
#include "concepts/buses.hpp"

namespace handoff::impls {

enum class bus_fault {
    none,
    calls_after_unsubscribe,   ///< the handler that left last is called for the next publication, too
    leaves_while_called,       ///< unsubscribe() does not wait for a call that runs
    skips_a_handler,           ///< one publication in a hundred does not come to the last handler
    calls_twice,               ///< one in a hundred comes to the first handler twice
    stops_at_an_exception,     ///< a handler that throws ends the publication
    breaks_order,              ///< one in a hundred comes behind the next one of its publisher
    forgets_a_new_subscriber,  ///< a handler is called from the second publication on
};

/// The textbook bus, with a fault. One publisher at a time; the lock is recursive for what is done within it.
template <class Event, bus_fault Fault>
class faulty_bus {
    static constexpr bool copies = Fault == bus_fault::leaves_while_called;

public:
    using event_type = Event;
    using subscription = detail::subscription<faulty_bus, const void*>;
    static constexpr auto calls = handler_calls::in_publish;
    static constexpr auto unsubscribed = after_unsubscribe::none_runs;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr bool isolates_exceptions = true;
    static constexpr bool publishes_at_once = false;
    static constexpr bool changes_within_handlers = false;

    explicit faulty_bus(const bus_options& = {}) {}

    class publisher_handle {
    public:
        explicit publisher_handle(faulty_bus& bus) noexcept : bus_(bus) {}
        ~publisher_handle() {
            if (held_back_) {
                bus_.send(*held_back_);
            }
        }

        void publish(const Event& event) {
            if constexpr (Fault == bus_fault::breaks_order) {
                if (++count_ % 100 == 50) {
                    held_back_ = event;
                    return;
                }
            }
            bus_.send(event);
            if (held_back_) {
                bus_.send(*held_back_);
                held_back_.reset();
            }
        }

    private:
        faulty_bus& bus_;
        std::uint64_t count_ = 0;
        std::optional<Event> held_back_;
    };

    publisher_handle publisher() noexcept { return publisher_handle(*this); }

    template <class F>
    subscription subscribe(F&& f) {
        detail::handler<Event> added(std::forward<F>(f));
        const void* const key = added.key();
        const std::lock_guard lock(mutex_);
        handlers_.push_back({std::move(added), false});
        return {*this, key};
    }

    void drain() noexcept {}
    std::uint64_t failures() const noexcept { return failures_; }

private:
    friend subscription;

    struct entry {
        detail::handler<Event> handler;
        bool is_known;
    };

    void send(const Event& event) {
        std::unique_lock lock(mutex_);
        const std::uint64_t number = sent_++;
        std::vector<detail::callee<Event>> to;
        for (std::size_t i = 0; i < handlers_.size(); ++i) {
            const bool is_new = !std::exchange(handlers_[i].is_known, true);
            if ((Fault == bus_fault::forgets_a_new_subscriber && is_new && number > 0) ||
                (Fault == bus_fault::skips_a_handler && number % 100 == 99 && i + 1 == handlers_.size())) {
                continue;
            }
            to.push_back(handlers_[i].handler.how());
            if (Fault == bus_fault::calls_twice && number % 100 == 99 && i == 0) {
                to.push_back(to.back());
            }
        }
        if (Fault == bus_fault::calls_after_unsubscribe && left_) {
            to.push_back(left_->how());
        }
        if (copies) {
            lock.unlock();
        }
        for (const auto& one : to) {
            try {
                one(event);
            } catch (...) {
                ++failures_;
                if (Fault == bus_fault::stops_at_an_exception) {
                    break;
                }
            }
        }
        if (!copies) {
            left_.reset();
        }
    }

    void unsubscribe(const void* key) {
        const std::lock_guard lock(mutex_);
        const auto found =
            std::ranges::find_if(handlers_, [&](const auto& one) { return one.handler.key() == key; });
        if (copies) {
            gone_.push_back(std::move(found->handler));  // lives on, so that a late call is no crash
        } else {
            left_.emplace(std::move(found->handler));
        }
        handlers_.erase(found);
    }

    std::mutex mutex_;  // protects what follows
    std::vector<entry> handlers_;
    std::optional<detail::handler<Event>> left_;
    std::vector<detail::handler<Event>> gone_;
    std::uint64_t sent_ = 0;
    std::uint64_t failures_ = 0;
};

template <class Event>
struct sound_bus : faulty_bus<Event, bus_fault::none> {
    static constexpr std::string_view name = "sound_bus";
    using faulty_bus<Event, bus_fault::none>::faulty_bus;
};

template <class Event>
struct calls_after_unsubscribe : faulty_bus<Event, bus_fault::calls_after_unsubscribe> {
    static constexpr std::string_view name = "calls_after_unsubscribe";
    using faulty_bus<Event, bus_fault::calls_after_unsubscribe>::faulty_bus;
};

template <class Event>
struct leaves_while_called : faulty_bus<Event, bus_fault::leaves_while_called> {
    static constexpr std::string_view name = "leaves_while_called";
    using faulty_bus<Event, bus_fault::leaves_while_called>::faulty_bus;
};

template <class Event>
struct skips_a_handler : faulty_bus<Event, bus_fault::skips_a_handler> {
    static constexpr std::string_view name = "skips_a_handler";
    using faulty_bus<Event, bus_fault::skips_a_handler>::faulty_bus;
};

template <class Event>
struct calls_twice : faulty_bus<Event, bus_fault::calls_twice> {
    static constexpr std::string_view name = "calls_twice";
    using faulty_bus<Event, bus_fault::calls_twice>::faulty_bus;
};

template <class Event>
struct stops_at_an_exception : faulty_bus<Event, bus_fault::stops_at_an_exception> {
    static constexpr std::string_view name = "stops_at_an_exception";
    using faulty_bus<Event, bus_fault::stops_at_an_exception>::faulty_bus;
};

template <class Event>
struct breaks_publishers_order : faulty_bus<Event, bus_fault::breaks_order> {
    static constexpr std::string_view name = "breaks_publishers_order";
    using faulty_bus<Event, bus_fault::breaks_order>::faulty_bus;
};

template <class Event>
struct forgets_a_new_subscriber : faulty_bus<Event, bus_fault::forgets_a_new_subscriber> {
    static constexpr std::string_view name = "forgets_a_new_subscriber";
    using faulty_bus<Event, bus_fault::forgets_a_new_subscriber>::faulty_bus;
};

/// Each of its workers takes the next event and calls all handlers for it, beside another one that does so.
template <class Event>
class overlaps_calls {
    struct entry {
        detail::handler<Event> handler;
        unsigned runs = 0;
    };
    using shared_entry = std::shared_ptr<entry>;

public:
    using event_type = Event;
    using subscription = detail::subscription<overlaps_calls, shared_entry>;
    static constexpr std::string_view name = "overlaps_calls";
    static constexpr auto calls = handler_calls::on_shared_workers;
    static constexpr auto unsubscribed = after_unsubscribe::none_runs;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr bool isolates_exceptions = true;
    static constexpr bool publishes_at_once = true;
    static constexpr bool changes_within_handlers = false;

    explicit overlaps_calls(const bus_options& options = {}) {
        for (unsigned number = 0; number < std::max(2U, options.workers); ++number) {
            workers_.emplace_back([this, number, on_start = options.on_start] {
                if (on_start) {
                    on_start(number);
                }
                work();
            });
        }
    }
    ~overlaps_calls() {
        {
            const std::lock_guard lock(mutex_);
            ends_ = true;
        }
        changed_.notify_all();
        for (std::thread& one : workers_) {
            one.join();
        }
    }

    class publisher_handle {
    public:
        explicit publisher_handle(overlaps_calls& bus) noexcept : bus_(bus) {}
        void publish(const Event& event) {
            {
                const std::lock_guard lock(bus_.mutex_);
                bus_.events_.push_back(event);
            }
            bus_.changed_.notify_all();
        }

    private:
        overlaps_calls& bus_;
    };

    publisher_handle publisher() noexcept { return publisher_handle(*this); }

    template <class F>
    subscription subscribe(F&& f) {
        auto added = std::make_shared<entry>(entry{detail::handler<Event>(std::forward<F>(f))});
        const std::lock_guard lock(mutex_);
        handlers_.push_back(added);
        return {*this, added};
    }

    void drain() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return events_.empty() && busy_ == 0; });
    }
    std::uint64_t failures() const {
        const std::lock_guard lock(mutex_);
        return failures_;
    }

private:
    friend subscription;

    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [&] { return ends_ || !events_.empty(); });
            if (events_.empty()) {
                return;
            }
            const Event event = std::move(events_.front());
            events_.pop_front();
            const std::vector<shared_entry> to = handlers_;
            ++busy_;
            for (const auto& one : to) {
                ++one->runs;
            }
            for (const auto& one : to) {
                lock.unlock();
                bool failed = false;
                try {
                    one->handler.how()(event);
                } catch (...) {
                    failed = true;
                }
                lock.lock();
                failures_ += failed;
                --one->runs;
            }
            --busy_;
            changed_.notify_all();
        }
    }

    void unsubscribe(const shared_entry& which) {
        std::unique_lock lock(mutex_);
        std::erase(handlers_, which);
        changed_.wait(lock, [&] { return which->runs == 0; });
    }

    mutable std::mutex mutex_;  // protects what follows
    std::condition_variable changed_;
    std::deque<Event> events_;
    std::vector<shared_entry> handlers_;
    unsigned busy_ = 0;
    std::uint64_t failures_ = 0;
    bool ends_ = false;
    std::vector<std::thread> workers_;
};

}  // namespace handoff::impls
