// Adapted: Boost.Asio thread_pool: N threads that run one scheduler's queue.
//
// Source: Boost 1.74, boost/asio/thread_pool.hpp, boost/asio/post.hpp.
//
// Progress: blocking.
// Order:    none promised.
// Capacity: unbounded; allocates for every task, from a small cache per thread.
// Cost:     one lock to submit and one to run, and a condition variable's notification when a thread sleeps;
//           the adaptor's count for wait_idle (detail/awaited.hpp). Tasks that throw end the program; threads
//           say nothing of their beginning: on_start runs in tasks that wait for each other.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <string_view>
#include <utility>

#include "../../concepts/pools.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/threads.hpp"
#include "../detail/awaited.hpp"
#include "../detail/running.hpp"

namespace handoff::impls {

class asio_pool {
public:
    static constexpr std::string_view name = "asio_pool";
    static constexpr auto starts = start_order::any;
    static constexpr auto waiter = waiter_part::waits;
    static constexpr bool bounded = false;
    static constexpr bool nested_waits = false;
    static constexpr bool keeps_exceptions = false;
    static constexpr bool has_wait = false;
    static constexpr provenance adapted{.library = "Boost.Asio", .source = "libboost-dev", .version = "1.74.0"};

    asio_pool(unsigned workers, const pool_options& options)
        : size_(detail::at_least_one_worker(name, workers)), threads_(ensured(workers)) {
        detail::start_each(name, workers, options.on_start,
                           [this](auto task) { boost::asio::post(threads_, std::move(task)); });
    }
    ~asio_pool() {
        detail::inside::refuse(this, name, "destruction");
        tasks_.wait();
        threads_.join();
    }

    template <class F>
    submission submit(F&& f) {
        tasks_.submitted();
        boost::asio::post(threads_, tasks_.counted(this, std::forward<F>(f)));
        return submission::accepted;
    }

    void wait_idle() {
        detail::inside::refuse(this, name, "wait_idle()");
        tasks_.wait();
    }
    unsigned size() const noexcept { return size_; }

private:
    /// The library waits for ever for the threads that it has when it cannot have another.
    static unsigned ensured(unsigned workers) {
        detail::ensure_threads(name, workers);
        return workers;
    }

    const unsigned size_;
    detail::awaited tasks_;
    boost::asio::thread_pool threads_;
};

}  // namespace handoff::impls
