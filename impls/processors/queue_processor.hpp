// Event processor over any queue and any wait strategy.
//
// Progress: a submission that need not wait: the queue's push.
// Order:    submission: one queue, one thread. Per key: a queue for each thread, and each key belongs to one of
//           them. Any: one queue, all threads.
// Capacity: the queue's.
// Cost:     the queue's push and pop, two stores to the submitter's own line for a stop that loses nothing
//           (blocking.hpp), and the strategy's notification. By key: one multiplication more.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "../atomic.hpp"
#include "../blocking.hpp"
#include "../concepts/processors.hpp"
#include "../concepts/queues.hpp"
#include "../concepts/waiting.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/threads.hpp"
#include "../wait/park.hpp"
#include "detail/handling.hpp"

namespace handoff::impls {

/// What a processor over a queue declares follows from the queue and the order; its name is that of the line in
/// the catalog.
template <queue Queue, handling_order Order, class Handler, class Wait = park>
class queue_processor {
    using channel = blocking<Queue, Wait, closing::lossless>;
    static constexpr bool is_bounded = bounded_queue<Queue>;
    static constexpr bool is_keyed = Order == handling_order::per_key;

public:
    using event_type = typename Queue::value_type;
    using handler_type = Handler;
    static constexpr auto producers = Queue::producers;
    static constexpr auto workers = Order == handling_order::submission ? cardinality::one : cardinality::many;
    static constexpr auto order = Order;
    static constexpr auto progress = Queue::progress;
    static constexpr processor_capacities capacities{
        .bounded = is_bounded, .rule = Queue::capacity_is, .unbounded = !is_bounded};
    static constexpr auto handlers_submit =
        is_bounded ? handler_submissions::unless_full : handler_submissions::always;
    static constexpr bool waits_by_itself = false;
    static std::size_t lanes(const processor_options& options) {
        return workers == cardinality::many ? std::max(options.workers, 1U) : 1;
    }

    queue_processor(const processor_options& options, Handler handler) : handler_(std::move(handler)) {
        const auto count = static_cast<unsigned>(lanes(options));
        for (unsigned i = 0; i < (is_keyed ? count : 1); ++i) {
            if constexpr (is_bounded) {
                lines_.push_back(std::make_unique<channel>(options.capacity));
            } else {
                lines_.push_back(std::make_unique<channel>());
            }
            lines_.back()->for_each_wait(
                [&](auto& wait) { detail::choose_wait_of_processor(wait, options.wait); });
        }
        books_.resize(count);
        try {
            detail::make_threads("queue_processor", count, threads_,
                                 [this, begin = options.on_start](unsigned number) {
                                     if (begin) {
                                         begin(number);
                                     }
                                     work(number);
                                 });
        } catch (...) {
            stop(stop_mode::now);
            throw;
        }
    }
    ~queue_processor() { stop(stop_mode::drain); }
    queue_processor(const queue_processor&) = delete;
    queue_processor& operator=(const queue_processor&) = delete;

    /// A submitting thread's end. Outlived by the processor; used by one thread at a time.
    class submitter_handle {
    public:
        explicit submitter_handle(queue_processor& owner) : first_(*owner.lines_.front()) {
            for (std::size_t i = 1; i < owner.lines_.size(); ++i) {
                others_.push_back(std::make_unique<end>(*owner.lines_[i]));
            }
        }

        [[nodiscard]] bool submit(event_type&& event, std::uint64_t key = 0) {
            return end_of(key).push(std::move(event));
        }
        [[nodiscard]] submit_status try_submit(event_type&& event, std::uint64_t key = 0) {
            switch (end_of(key).try_push_for(std::move(event), std::chrono::nanoseconds::zero())) {
                case queue_op_status::success:
                    return submit_status::accepted;
                case queue_op_status::closed:
                    return submit_status::stopped;
                case queue_op_status::timeout:
                    break;
            }
            return submit_status::full;
        }

    private:
        using end = typename channel::producer_handle;

        end& end_of([[maybe_unused]] std::uint64_t key) {
            if constexpr (is_keyed) {
                const std::size_t place = detail::place_of_key(key, others_.size() + 1);
                return place == 0 ? first_ : *others_[place - 1];
            } else {
                return first_;
            }
        }

        end first_;
        std::vector<std::unique_ptr<end>> others_;  ///< of processors by key
    };

    submitter_handle submitter() { return submitter_handle(*this); }

    stop_report stop(stop_mode mode) {
        if (mode == stop_mode::now) {
            gives_up_.store(true, std::memory_order_relaxed);  // relaxed: carries no data, and soon is enough
        }
        for (const auto& line : lines_) {
            line->close();
        }
        for (std::thread& thread : threads_) {
            thread.join();
        }
        threads_.clear();
        stop_report all;
        for (const book& mine : books_) {
            all.handled += mine.report.handled;
            all.thrown += mine.report.thrown;
            all.given_up += mine.report.given_up;
        }
        return all;
    }

private:
    struct alignas(detail::cache_line) book {
        stop_report report;
    };

    class context {
    public:
        context(queue_processor& owner, std::size_t lane) : submitter_(owner), lane_(lane) {}
        std::size_t lane() const noexcept { return lane_; }
        [[nodiscard]] submit_status submit(event_type&& event, std::uint64_t key = 0) {
            return submitter_.try_submit(std::move(event), key);
        }

    private:
        submitter_handle submitter_;
        const std::size_t lane_;
    };

    void work(unsigned number) {
        auto out = lines_[is_keyed ? number : 0]->consumer();
        context here(*this, number);
        stop_report mine;
        event_type event{};
        while (out.pop(event)) {
            // relaxed: as in stop
            if (gives_up_.load(std::memory_order_relaxed)) [[unlikely]] {
                ++mine.given_up;
                continue;
            }
            ++mine.handled;
            mine.thrown += detail::call_handler(handler_, event, here);
        }
        books_[number].report = mine;
    }

    Handler handler_;
    std::vector<std::unique_ptr<channel>> lines_;
    std::vector<book> books_;  ///< of each thread, written at its end
    std::vector<std::thread> threads_;
    alignas(detail::cache_line) atomic<bool> gives_up_{false};  // read with every event, written once
};

}  // namespace handoff::impls
