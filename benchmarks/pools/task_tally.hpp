// Which tasks ran, written down by the threads that ran them, and the audit that compares it with what was
// submitted.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "concepts/pools.hpp"
#include "histogram.hpp"
#include "shared/item.hpp"

namespace handoff::benchmarks {

/// A set of tasks, as a number of them and two sums over their numbers: sets that differ have different sums,
/// but for a guess.
struct task_sums {
    std::uint64_t count = 0;
    std::uint64_t ids = 0;
    std::uint64_t images = 0;

    void add(std::uint64_t id) noexcept {
        ++count;
        ids += id;
        images += image(id);
    }
    task_sums& operator+=(const task_sums& other) noexcept {
        count += other.count;
        ids += other.ids;
        images += other.images;
        return *this;
    }
    task_sums& operator-=(const task_sums& other) noexcept {
        count -= other.count;
        ids -= other.ids;
        images -= other.images;
        return *this;
    }
    bool operator==(const task_sums&) const = default;
};

/// The number of a task: which submitter's, and in which turn.
constexpr std::uint64_t task_id(std::uint64_t submitter, std::uint64_t turn) noexcept {
    return submitter << item<8>::sequence_bits | turn;
}

/// The first `tasks` of a submitter.
inline task_sums sums_of(std::uint64_t submitter, std::uint64_t tasks) noexcept {
    task_sums sums;
    for (std::uint64_t turn = 0; turn < tasks; ++turn) {
        sums.add(task_id(submitter, turn));
    }
    return sums;
}

/// What one thread ran. That thread alone writes it, so that counting shares no line; others may read the sums
/// at any time.
class alignas(128) task_tally {
public:
    /// The calling thread's. Its first call takes one that no living thread has.
    static task_tally& mine() noexcept {
        if (own_ == nullptr) [[unlikely]] {
            lease();
        }
        return *own_;
    }

    /// At the end of a task: it has run.
    void enter(std::uint64_t id) noexcept {
        add(count_, 1);
        add(ids_, id);
        add(images_, image(id));
    }
    /// Of that task: how long it computed, in whatever unit the workload sums up.
    void worked(std::uint64_t length) noexcept { add(work_, length); }
    /// Of that task: a time to be sampled.
    void sample(std::uint64_t value) {
        if (!samples_) [[unlikely]] {
            samples_ = std::make_unique<harness::histogram>();
        }
        samples_->record(value);
    }

    std::uint64_t count() const noexcept { return count_.load(std::memory_order_relaxed); }
    std::uint64_t work() const noexcept { return work_.load(std::memory_order_relaxed); }
    task_sums sums() const noexcept {
        return {count(), ids_.load(std::memory_order_relaxed), images_.load(std::memory_order_relaxed)};
    }
    /// The kernel's number of the thread that has it, or had it last.
    pid_t thread() const noexcept { return thread_; }
    /// Null where nothing was sampled. To be read when no task runs.
    const harness::histogram* samples() const noexcept { return samples_.get(); }

    // Of all threads that ever had one:

    /// Calls `see(tally)` for each.
    template <class See>
    static void for_each(See&& see) {
        registry& r = all();
        const std::lock_guard lock(r.mutex);
        for (const auto& one : r.made) {
            see(*one);
        }
    }
    static std::uint64_t total_count() {
        std::uint64_t count = 0;
        for_each([&](const task_tally& one) { count += one.count(); });
        return count;
    }
    static task_sums total() {
        task_sums sums;
        for_each([&](const task_tally& one) { sums += one.sums(); });
        return sums;
    }
    static harness::histogram all_samples() {
        harness::histogram merged;
        for_each([&](const task_tally& one) {
            if (one.samples() != nullptr) {
                merged.merge(*one.samples());
            }
        });
        return merged;
    }
    /// Before a trial, when no task runs.
    static void reset() {
        for_each([](task_tally& one) {
            for (auto* number : {&one.count_, &one.ids_, &one.images_, &one.work_}) {
                number->store(0, std::memory_order_relaxed);
            }
            if (one.samples_) {
                *one.samples_ = harness::histogram();
            }
        });
    }

private:
    // relaxed, everywhere here: only the owner writes; that wait_idle() shows the rest what the tasks did is
    // the pool's promise, and is what the audit finds out.
    static void add(std::atomic<std::uint64_t>& number, std::uint64_t n) noexcept {
        number.store(number.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }

    struct registry {
        std::mutex mutex;  // orders the owners of one tally, too
        std::vector<std::unique_ptr<task_tally>> made;
        std::vector<task_tally*> free;
    };
    /// Never destroyed: some libraries keep their threads until the very end.
    static registry& all() {
        static registry& one = *new registry;
        return one;
    }

    /// Gives a tally back, with what stands in it, when the thread ends: there are pools that make a thread per
    /// task.
    struct tenancy {
        tenancy() {
            registry& r = all();
            const std::lock_guard lock(r.mutex);
            if (r.free.empty()) {
                r.made.push_back(std::make_unique<task_tally>());
                r.free.reserve(r.made.size());
                r.free.push_back(r.made.back().get());
            }
            own_ = r.free.back();
            own_->thread_ = gettid();
            r.free.pop_back();
        }
        ~tenancy() {
            registry& r = all();
            const std::lock_guard lock(r.mutex);
            r.free.push_back(own_);
            own_ = nullptr;
        }
    };
    [[gnu::noinline]] static void lease() { thread_local const tenancy while_the_thread_lives; }

    // Beside the tenancy, so that each task need not ask whether that has been made.
    static inline constinit thread_local task_tally* own_ = nullptr;

    pid_t thread_ = 0;  // protected by the registry's mutex
    std::atomic<std::uint64_t> count_{0};
    std::atomic<std::uint64_t> ids_{0};
    std::atomic<std::uint64_t> images_{0};
    std::atomic<std::uint64_t> work_{0};
    std::unique_ptr<harness::histogram> samples_;
};

/// What the submissions of one submitter came to.
struct submissions {
    std::uint64_t accepted = 0;
    std::uint64_t ran = 0;  ///< on the caller
    std::uint64_t rejected = 0;
    std::uint64_t discarded = 0;
    task_sums refused;  ///< rejected or discarded

    void enter(impls::submission result, std::uint64_t id) noexcept {
        if (result == impls::submission::accepted) [[likely]] {
            ++accepted;
            return;
        }
        if (result == impls::submission::ran) {
            ++ran;
            return;
        }
        ++(result == impls::submission::rejected ? rejected : discarded);
        refused.add(id);
    }
    std::uint64_t count() const noexcept { return accepted + ran + rejected + discarded; }

    submissions& operator+=(const submissions& other) noexcept {
        accepted += other.accepted;
        ran += other.ran;
        rejected += other.rejected;
        discarded += other.discarded;
        refused += other.refused;
        return *this;
    }
};

/// Everything that an audit of a pool needs to know.
struct pool_books {
    submissions made;
    task_sums to_run;         ///< submitted and not refused
    task_sums at_idle;        ///< had run when wait_idle() returned
    task_sums at_end;         ///< had run when the pool was gone
    bool may_refuse = false;  ///< the point's policy says so
    bool displaces = false;   ///< likewise: tasks that were accepted may be dropped for newer ones
    std::optional<impls::pool_counts> said;  ///< by the pool, where it accounts
};

/// The tasks that were accepted and dropped for newer ones. Only the pool knows how many, and nobody which.
inline std::uint64_t displaced(const pool_books& books) noexcept {
    return books.displaces && books.said ? books.said->discarded - books.made.discarded : 0;
}

/// What is wrong with the books; empty when nothing is.
inline std::string audit(const pool_books& b) {
    const auto number = [](std::uint64_t n) { return std::to_string(n); };
    const std::uint64_t refused = b.made.rejected + b.made.discarded;
    if (refused > 0 && !b.may_refuse) {
        return "refused: " + number(refused) + " of " + number(b.made.count()) +
               " tasks, by a pool that was to take all";
    }
    const std::uint64_t due = b.to_run.count - displaced(b);
    if (b.at_end.count < due) {
        return "lost: " + number(due) + " tasks were to run, " + number(b.at_end.count) + " ran";
    }
    if (b.at_end.count > due) {
        return "duplicated: " + number(due) + " tasks were to run, " + number(b.at_end.count) + " ran";
    }
    if (displaced(b) == 0 && b.at_end != b.to_run) {
        return "checksum: as many tasks ran as were to run, but not the same ones";
    }
    if (b.at_idle != b.at_end) {
        return "early: wait_idle returned when " + number(b.at_idle.count) + " of " + number(due) +
               " tasks had run";
    }
    if (b.said) {
        const impls::pool_counts& said = *b.said;
        if (said.executed != b.at_end.count || said.rejected != b.made.rejected ||
            said.discarded != b.made.discarded + displaced(b) || said.never_ran != 0 || said.failed != 0) {
            return "miscounted: the pool says " + number(said.executed) + " executed, " + number(said.failed) +
                   " failed, " + number(said.rejected) + " rejected, " + number(said.discarded) +
                   " discarded, " + number(said.never_ran) + " never ran; seen were " + number(b.at_end.count) +
                   ", 0, " + number(b.made.rejected) + ", " + number(b.made.discarded) + ", 0";
        }
    }
    return {};
}

}  // namespace handoff::benchmarks
