#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <utility>

#include "detail/tbb_threads.hpp"
#include "detail/threads.hpp"
#include "pools/controls/bare.hpp"

namespace handoff::benchmarks {

namespace {

class bare_tbb_arena_pool : public bare_pool {
public:
    static constexpr std::string_view name = "tbb_arena_pool";
    static constexpr bool nested_waits = true;

    bare_tbb_arena_pool(unsigned workers, const impls::pool_options& options)
        : bare_pool(workers), threads_(name, workers, workers), arena_(static_cast<int>(workers), 0) {
        impls::detail::start_each(name, workers, options.on_start,
                                  [this](auto task) { arena_.enqueue(std::move(task)); });
    }

    template <class F>
    impls::submission submit(F&& f) {
        arena_.enqueue(std::forward<F>(f));
        return counted();
    }

private:
    impls::detail::tbb_threads threads_;
    oneapi::tbb::task_arena arena_;
};

/// The library waits for its group by itself.
class bare_tbb_group_pool : public bare_pool {
public:
    static constexpr std::string_view name = "tbb_group_pool";
    static constexpr auto waiter = impls::waiter_part::helps;
    static constexpr bool nested_waits = true;

    bare_tbb_group_pool(unsigned workers, const impls::pool_options& options)
        : bare_pool(workers), threads_(name, workers - 1, workers), arena_(static_cast<int>(workers), 1) {
        impls::detail::start_each(name, workers - 1, options.on_start,
                                  [this](auto task) { arena_.enqueue(std::move(task)); });
    }

    ~bare_tbb_group_pool() noexcept = default;

    template <class F>
    impls::submission submit(F&& f) {
        arena_.execute([&] { tasks_.run(std::forward<F>(f)); });
        return counted();
    }
    void wait_idle() {
        arena_.execute([this] { tasks_.wait(); });
    }

private:
    impls::detail::tbb_threads threads_;
    oneapi::tbb::task_arena arena_;
    oneapi::tbb::task_group tasks_;
};

const bool enrolled = enrol_bare_pool<bare_tbb_arena_pool>(3) && enrol_bare_pool<bare_tbb_group_pool>(4);

}  // namespace

}  // namespace handoff::benchmarks
