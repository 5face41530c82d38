// What the queues named cds_* share: libcds is set up once, and threads attach themselves.
#pragma once

#include <cds/gc/hp.h>
#include <cds/init.h>
#include <cds/threading/model.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <thread>
#include <utility>

#include "boxed.hpp"

namespace handoff::impls::detail {

/// From its first use to the program's end.
class libcds {
public:
    static void set_up() { static libcds once; }

private:
    /// Hazard pointers are sized for all threads beforehand: for more than anybody runs here. What a thread has
    /// retired is looked through when twice all hazard pointers are together, as is the library's default.
    static std::size_t threads() {
        return std::max<std::size_t>(128, 4 * std::size_t{std::thread::hardware_concurrency()});
    }
    static constexpr std::size_t pointers_of_a_thread = 8;  // its default; a basket queue takes 6

    libcds() = default;

    struct initialized {
        initialized() { cds::Initialize(); }
        ~initialized() { cds::Terminate(); }
    };
    initialized library_;
    cds::gc::HP reclamation_{pointers_of_a_thread, threads()};
};

/// While it lives its thread may work with hazard pointers. Threads attach as often as they like.
class libcds_thread {
public:
    libcds_thread() {
        libcds::set_up();
        cds::threading::Manager::attachThread();
    }
    ~libcds_thread() { cds::threading::Manager::detachThread(); }
    libcds_thread(const libcds_thread&) = delete;
    libcds_thread& operator=(const libcds_thread&) = delete;
};

/// A queue of the library's whose nodes hazard pointers guard, with handles that attach their thread. Library:
/// of boxed<T>.
template <class Library, class T>
class libcds_queue {
public:
    /// An allocation of the library's that fails meets a noexcept function of its.
    static constexpr bool dies_without_memory = true;

    libcds_queue() {
        libcds::set_up();
        queue_.emplace();
    }
    ~libcds_queue() {
        const libcds_thread here;  // it pops what is left
        queue_.reset();
    }
    libcds_queue(const libcds_queue&) = delete;
    libcds_queue& operator=(const libcds_queue&) = delete;

    class producer_handle {
    public:
        explicit producer_handle(Library& queue) : queue_(queue) {}
        void push(T&& value) {
            push_boxed(value, [this](auto&& item) { queue_.enqueue(std::forward<decltype(item)>(item)); });
        }

    private:
        libcds_thread here_;
        Library& queue_;
    };

    class consumer_handle {
    public:
        explicit consumer_handle(Library& queue) : queue_(queue) {}
        bool try_pop(T& out) {
            return pop_boxed(out, [this](auto& first) { return queue_.dequeue(first); });
        }

    private:
        libcds_thread here_;
        Library& queue_;
    };

    producer_handle producer() { return producer_handle(*queue_); }
    consumer_handle consumer() { return consumer_handle(*queue_); }

private:
    std::optional<Library> queue_;  // made and destroyed by the functions above
};

}  // namespace handoff::impls::detail
