// Adapted: oneTBB flow graph: a serial function_node with its own queue, in an arena of one thread.
//
// Source: oneTBB, uxlfoundation/oneTBB, flow_graph.h.
//
// Progress: blocking.
// Order:    submission.
// Capacity: unbounded; the node's queue grows, and a task is allocated for every event.
// Cost:     the node's lock of the library's own kind and a task; the adaptor's two read-modify-writes for
//           a stop that loses nothing (detail/admission.hpp). Events are copied.
#pragma once

#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/task_arena.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "../../atomic.hpp"
#include "../../concepts/processors.hpp"
#include "../../concepts/provenance.hpp"
#include "../../concepts/waiting.hpp"
#include "../../detail/cache_line.hpp"
#include "../../detail/tbb_threads.hpp"
#include "../../detail/threads.hpp"
#include "../detail/admission.hpp"
#include "../detail/handling.hpp"

namespace handoff::impls {

template <class Event, class Handler, class = native>
class tbb_node_processor {
public:
    using event_type = Event;
    using handler_type = Handler;
    static constexpr std::string_view name = "tbb_node_processor";
    static constexpr auto producers = cardinality::many;
    static constexpr auto workers = cardinality::one;
    static constexpr auto order = handling_order::submission;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr processor_capacities capacities{.unbounded = true};
    static constexpr auto handlers_submit = handler_submissions::always;
    static constexpr bool waits_by_itself = true;
    static constexpr bool threads_change = true;
    static constexpr provenance adapted{.library = "oneTBB", .source = "libtbb-dev", .version = "2021.8.0"};
    static std::size_t lanes(const processor_options&) { return 1; }

    tbb_node_processor(const processor_options& options, Handler handler)
        : handler_(std::move(handler)),
          threads_(name, 1, together),
          arena_(1, 0),
          greeter_(arena_, options.on_start) {
        detail::start_each(name, 1, {}, [this](auto task) { arena_.enqueue(std::move(task)); });
        // A graph's tasks run in the arena in which it was made.
        arena_.execute([this] { graph_ = std::make_unique<graph>(*this); });
    }
    ~tbb_node_processor() {
        stop(stop_mode::drain);
        arena_.execute([this] { graph_.reset(); });
    }
    tbb_node_processor(const tbb_node_processor&) = delete;
    tbb_node_processor& operator=(const tbb_node_processor&) = delete;

    /// A submitting thread's end: the processor itself would do.
    class submitter_handle {
    public:
        explicit submitter_handle(tbb_node_processor& owner) : owner_(owner) {}

        [[nodiscard]] bool submit(Event&& event, std::uint64_t = 0) { return owner_.put(event); }
        [[nodiscard]] submit_status try_submit(Event&& event, std::uint64_t = 0) {
            return owner_.put(event) ? submit_status::accepted : submit_status::stopped;
        }

    private:
        tbb_node_processor& owner_;
    };

    submitter_handle submitter() { return submitter_handle(*this); }

    stop_report stop(stop_mode mode) {
        if (mode == stop_mode::now) {
            gives_up_.store(true, std::memory_order_relaxed);  // relaxed: carries no data, and soon is enough
        }
        events_.close_and_wait();
        graph_->tasks.wait_for_all();
        return report_;
    }

private:
    /// The library's threads are the process's: that many of these processors have one each at the same time.
    static constexpr unsigned together = stages_of(event_graph::pipeline);

    class context {
    public:
        explicit context(tbb_node_processor& owner) : owner_(owner) {}
        static std::size_t lane() { return 0; }
        [[nodiscard]] submit_status submit(Event&& event, std::uint64_t = 0) {
            return owner_.put(event) ? submit_status::accepted : submit_status::stopped;
        }

    private:
        tbb_node_processor& owner_;
    };

    struct graph {
        explicit graph(tbb_node_processor& owner)
            : node(tasks, oneapi::tbb::flow::serial, [&owner](Event event) {
                  owner.run(event);
                  return oneapi::tbb::flow::continue_msg();
              }) {}
        oneapi::tbb::flow::graph tasks;
        oneapi::tbb::flow::function_node<Event, oneapi::tbb::flow::continue_msg, oneapi::tbb::flow::queueing>
            node;
    };

    bool put(const Event& event) {
        if (!events_.enter()) {
            return false;
        }
        try {
            graph_->node.try_put(event);
        } catch (...) {  // no memory, or what the copy throws
            events_.leave();
            throw;
        }
        return true;
    }

    void run(Event& event) {
        if (gives_up_.load(std::memory_order_relaxed)) {  // relaxed: as in stop
            ++report_.given_up;
        } else {
            context here(*this);
            ++report_.handled;
            report_.thrown += detail::call_handler(handler_, event, here);
        }
        events_.leave();
    }

    Handler handler_;
    detail::admission events_;
    alignas(detail::cache_line) atomic<bool> gives_up_{false};  // read with every event, written once
    alignas(detail::cache_line) stop_report report_;  // the node's alone until `stop` has waited for it
    detail::tbb_threads threads_;
    oneapi::tbb::task_arena arena_;
    detail::tbb_greeter greeter_;
    std::unique_ptr<graph> graph_;
};

}  // namespace handoff::impls
