// The ceiling: a std::thread for each step, joined for its result.
//
// Progress: blocking.
// Order:    a step begins when its caller has joined the thread of the one before it.
// Capacity: a thread, and a place for the result, for each step that runs.
// Cost:     the beginning and the end of a thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>

#include "detail/blocking_steps.hpp"
#include "detail/outcome.hpp"

namespace handoff::impls {

struct thread_per_step : async::detail::blocking_steps<thread_per_step> {
    static constexpr std::string_view name = "thread_per_step";
    static constexpr auto form = step_form::thread;
    static constexpr auto runs = steps_run::on_threads;
    static constexpr std::uint64_t most_steps = 1000;  // in sensible time, and threads at once

    class running {
    public:
        template <class F>
        explicit running(F f)
            : result_(std::make_unique<result_type>()),
              thread_([into = result_.get(), f = std::move(f)] { into->set_from(f); }) {}
        std::uint64_t get() {
            thread_.join();
            return result_->take();
        }

    private:
        using result_type = async::detail::outcome<std::uint64_t>;
        std::unique_ptr<result_type> result_;
        std::jthread thread_;
    };

    template <class Executor, class F>
    static running start(Executor&, F f) {
        return running(std::move(f));
    }
};

}  // namespace handoff::impls
