// Adapted: Boost.Asio strands on a thread pool: what is posted to a strand runs one after the other, on
// whichever of the pool's threads.
//
// Source: Boost 1.74, boost/asio/strand.hpp, boost/asio/thread_pool.hpp, boost/asio/post.hpp.
//
// Progress: blocking.
// Order:    submission, with one strand. Per key, with 16 strands for each thread: those of two keys that
//           fall to one strand wait for each other, too.
// Capacity: unbounded; allocates for every event.
// Cost:     the strand's lock and the pool's; the adaptor's two read-modify-writes for a stop that loses
//           nothing (detail/admission.hpp).
#pragma once

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "../../atomic.hpp"
#include "../../concepts/processors.hpp"
#include "../../concepts/provenance.hpp"
#include "../../concepts/waiting.hpp"
#include "../../detail/cache_line.hpp"
#include "../../detail/threads.hpp"
#include "../detail/admission.hpp"
#include "../detail/handling.hpp"

namespace handoff::impls {

template <handling_order Order, class Event, class Handler>
class asio_strands {
    static constexpr bool is_keyed = Order == handling_order::per_key;
    static constexpr std::size_t strands_per_thread = 16;

public:
    using event_type = Event;
    using handler_type = Handler;
    static constexpr auto producers = cardinality::many;
    static constexpr auto workers = cardinality::many;
    static constexpr auto order = Order;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr processor_capacities capacities{.unbounded = true};
    static constexpr auto handlers_submit = handler_submissions::always;
    static constexpr bool waits_by_itself = true;
    static constexpr provenance adapted{.library = "Boost.Asio", .source = "libboost-dev", .version = "1.74.0"};
    static std::size_t lanes(const processor_options& options) {
        return is_keyed ? strands_per_thread * std::max(options.workers, 1U) : 1;
    }

    asio_strands(const processor_options& options, Handler handler)
        : handler_(std::move(handler)), threads_(ensured(options.workers)) {
        books_.resize(lanes(options));
        for (std::size_t i = 0; i < books_.size(); ++i) {
            strands_.push_back(boost::asio::make_strand(threads_));
        }
        detail::start_each("asio_strands", std::max(options.workers, 1U), options.on_start,
                           [this](auto task) { boost::asio::post(threads_, std::move(task)); });
    }
    ~asio_strands() { stop(stop_mode::drain); }
    asio_strands(const asio_strands&) = delete;
    asio_strands& operator=(const asio_strands&) = delete;

    /// A submitting thread's end: the processor itself would do.
    class submitter_handle {
    public:
        explicit submitter_handle(asio_strands& owner) : owner_(owner) {}

        [[nodiscard]] bool submit(Event&& event, std::uint64_t key = 0) {
            return owner_.put(std::move(event), key);
        }
        [[nodiscard]] submit_status try_submit(Event&& event, std::uint64_t key = 0) {
            return owner_.put(std::move(event), key) ? submit_status::accepted : submit_status::stopped;
        }

    private:
        asio_strands& owner_;
    };

    submitter_handle submitter() { return submitter_handle(*this); }

    stop_report stop(stop_mode mode) {
        if (mode == stop_mode::now) {
            gives_up_.store(true, std::memory_order_relaxed);  // relaxed: carries no data, and soon is enough
        }
        events_.close_and_wait();
        threads_.join();
        stop_report all;
        for (const book& mine : books_) {
            all.handled += mine.report.handled;
            all.thrown += mine.report.thrown;
            all.given_up += mine.report.given_up;
        }
        return all;
    }

private:
    /// Of a strand: only what runs in it touches it.
    struct alignas(detail::cache_line) book {
        stop_report report;
    };

    class context {
    public:
        context(asio_strands& owner, std::size_t lane) : owner_(owner), lane_(lane) {}
        std::size_t lane() const noexcept { return lane_; }
        [[nodiscard]] submit_status submit(Event&& event, std::uint64_t key = 0) {
            return owner_.put(std::move(event), key) ? submit_status::accepted : submit_status::stopped;
        }

    private:
        asio_strands& owner_;
        const std::size_t lane_;
    };

    /// The library waits for ever for the threads that it has when it cannot have another.
    static unsigned ensured(unsigned workers) {
        detail::ensure_threads("asio_strands", std::max(workers, 1U));
        return std::max(workers, 1U);
    }

    bool put(Event&& event, std::uint64_t key) {
        if (!events_.enter()) {
            return false;
        }
        const std::size_t lane = is_keyed ? detail::place_of_key(key, strands_.size()) : 0;
        try {
            boost::asio::post(strands_[lane],
                              [this, lane, mine = std::move(event)]() mutable { run(mine, lane); });
        } catch (...) {  // no memory
            events_.leave();
            throw;
        }
        return true;
    }

    void run(Event& event, std::size_t lane) {
        stop_report& mine = books_[lane].report;
        if (gives_up_.load(std::memory_order_relaxed)) {  // relaxed: as in stop
            ++mine.given_up;
        } else {
            context here(*this, lane);
            ++mine.handled;
            mine.thrown += detail::call_handler(handler_, event, here);
        }
        events_.leave();
    }

    Handler handler_;
    std::vector<book> books_;
    detail::admission events_;
    alignas(detail::cache_line) atomic<bool> gives_up_{false};  // read with every event, written once
    boost::asio::thread_pool threads_;
    std::vector<boost::asio::strand<boost::asio::thread_pool::executor_type>> strands_;
};

}  // namespace handoff::impls
