// The textbook pool, and the same pool with one fault each.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "concepts/pools.hpp"
#include "pools/locked_pool.hpp"

namespace handoff::impls {

struct faultless_pool : locked_pool {
    static constexpr std::string_view name = "faultless_pool";
    using locked_pool::locked_pool;
};

/// One task in 10^4 is accepted and forgotten.
struct loses_a_task : locked_pool {
    static constexpr std::string_view name = "loses_a_task";
    using locked_pool::locked_pool;
    template <class F>
    submission submit(F&& f) {
        return ++calls % 10'000 == 0 ? submission::accepted : locked_pool::submit(std::forward<F>(f));
    }
    std::atomic<std::uint64_t> calls{0};
};

/// One task in 10^4 runs two times.
struct runs_a_task_twice : locked_pool {
    static constexpr std::string_view name = "runs_a_task_twice";
    using locked_pool::locked_pool;
    template <class F>
    submission submit(F&& f) {
        const bool twice = ++calls % 10'000 == 0;
        return locked_pool::submit([twice, f = std::forward<F>(f)]() mutable {
            f();
            if (twice) {
                f();
            }
        });
    }
    std::atomic<std::uint64_t> calls{0};
};

/// One task in 10^4 runs instead of the one after it: every count stays right.
struct runs_another_task : locked_pool {
    static constexpr std::string_view name = "runs_another_task";
    using locked_pool::locked_pool;
    template <class F>
    submission submit(F&& f) {
        if constexpr (std::is_copy_constructible_v<std::decay_t<F>>) {
            if (++calls % 10'000 == 0) {
                locked_pool::submit(f);
                repeated = true;
            } else if (repeated.exchange(false)) {
                return submission::accepted;
            }
        }
        return locked_pool::submit(std::forward<F>(f));
    }
    std::atomic<std::uint64_t> calls{0};
    std::atomic<bool> repeated{false};
};

/// Does not wait for anything.
struct returns_early : locked_pool {
    static constexpr std::string_view name = "returns_early";
    using locked_pool::locked_pool;
    void wait_idle() noexcept {}
};

/// Makes one thread, whatever it is asked for.
struct has_too_few_workers : locked_pool {
    static constexpr std::string_view name = "has_too_few_workers";
    has_too_few_workers(unsigned, const pool_options& options) : locked_pool(1, options) {}
};

/// Refuses what is too much, and counts one refusal in ten twice.
struct miscounts_rejections : locked_pool {
    static constexpr std::string_view name = "miscounts_rejections";
    static constexpr bool bounded = true;
    miscounts_rejections(unsigned workers, const pool_options& options)
        : locked_pool(workers, options), capacity(options.capacity) {}
    template <class F>
    submission submit(F&& f) {
        if (waiting.load() >= capacity) {
            const std::uint64_t now = ++refused;
            said += now % 10 == 0 ? 2 : 1;
            return submission::rejected;
        }
        ++waiting;
        return locked_pool::submit([this, f = std::forward<F>(f)]() mutable {
            --waiting;
            f();
        });
    }
    pool_counts counts() const {
        pool_counts all = locked_pool::counts();
        all.rejected += said;
        return all;
    }
    pool_counts shutdown(shutdown_mode mode) {
        locked_pool::shutdown(mode);
        return counts();
    }
    const std::uint64_t capacity;
    std::atomic<std::uint64_t> waiting{0};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> said{0};
};

}  // namespace handoff::impls
