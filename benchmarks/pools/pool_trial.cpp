#include "pools/pool_trial.hpp"

#include <unistd.h>

#include <chrono>
#include <fstream>
#include <string>
#include <string_view>

namespace handoff::benchmarks {

namespace {

/// As a point's name says it.
impls::rejection policy_of(const harness::point& p) {
    const std::string_view word = p.value("policy");
    return word == "abort"            ? impls::rejection::abort
           : word == "discard"        ? impls::rejection::discard
           : word == "discard_oldest" ? impls::rejection::discard_oldest
           : word == "caller_runs"    ? impls::rejection::caller_runs
                                      : impls::rejection::block;
}

/// Of `workers`, those that are threads of the pool's own.
std::size_t own_threads(const pool_facts& facts, std::size_t workers, submitter_part part) noexcept {
    return workers - (facts.waiter_helps && part == submitter_part::waits_for_it ? 1 : 0);
}

}  // namespace

std::size_t processors_for(const harness::point& p) {
    return placement_of(p) == harness::placement::same_core ? 1 : harness::processors().size();
}

any_pool_trial::any_pool_trial(const pool_facts& facts, const harness::trial& t, submitter_part part,
                               std::uint64_t items)
    : facts_(facts),
      t_(t),
      part_(part),
      workers_(t.point.number("workers")),
      where_(placement_of(t.point)),
      share_(items, submitters_of(t.point)),
      receipts_(submitters_of(t.point)),
      own_threads_(own_threads(facts, workers_, part)),
      others_submit_(static_cast<std::uint32_t>(receipts_.size() - 1)),
      idle_(1) {}

impls::pool_options any_pool_trial::options(impls::make_any_wait wait) {
    const std::size_t submitters = receipts_.size();
    const std::size_t own = own_threads_.size();
    impls::pool_options options;
    options.wait = wait;
    options.on_start = [this, seats = harness::seats(where_, submitters + own), submitters,
                        own](unsigned worker) {
        // Who makes more threads than it was asked for has them take turns on the seats.
        const int cpu = own == 0 ? -1 : seats[submitters + worker % own];
        if (cpu >= 0) {
            harness::pin_this_thread(cpu);
        }
        if (worker < own) {
            own_threads_[worker].store(gettid(), std::memory_order_relaxed);  // relaxed: [there] shows it
        }
        started_.fetch_add(1, std::memory_order_release);  // [there]
    };
    if (facts_.is_bounded) {
        options.capacity = t_.point.number("capacity");
        options.when_full = policy_of(t_.point);
    }
    task_tally::reset();
    return options;
}

unsigned any_pool_trial::workers_to_make() const noexcept {
    const bool one_more = part_ == submitter_part::carries_on && facts_.waiter_helps;
    return static_cast<unsigned>(workers_) + one_more;
}

void any_pool_trial::pool_is_made() {
    if (!have_started() && where_ == harness::placement::spread) {
        where_ = harness::placement::unpinned;
    }
}

harness::measurement any_pool_trial::run_submitters(
    const std::function<void(std::size_t, submissions&)>& body) {
    const std::size_t submitters = receipts_.size();
    harness::team crew(where_, own_threads_.size());
    for (std::size_t i = 0; i < submitters; ++i) {
        crew.add("submitter", [&, i](harness::lap& me) {
            submissions mine;
            if (i == 0) {
                accounts_[0] = kernel_accounts();
            }
            me.start();
            body(i, mine);
            if (i == 0) {
                others_submit_.wait();
                wait_idle();
                books_.at_idle = task_tally::total();
                idle_.down();
            } else {
                others_submit_.down();
                idle_.wait();
            }
            me.stop(mine.count());
            receipts_[i] = mine;
            if (i == 0) {
                accounts_[1] = kernel_accounts();
            }
        });
    }
    if (stops_) {
        crew.stop_after(t_.longest, [&] { share_.close(); });
    }
    harness::measurement m;
    m.team = crew.run(t_.window, [] {});
    report_workers(m.team);
    close_the_books();
    m.items = books_.made.count();
    m.failure = audit(books_);
    return m;
}

/// Waits for the pool's threads, so that none is made in the window. False where none comes: a pool that makes
/// its threads when tasks come makes them on the processors of the thread that brings the first, and would have
/// all on the one to which a submitter is pinned.
bool any_pool_trial::have_started() const {
    if (facts_.ignores_workers) {
        return false;
    }
    const std::size_t own = own_threads_.size();
    std::atomic<bool>& starts_later = facts_.starts_later;  // once it is known there is no need to wait again
    const auto end = harness::clock::now() + std::chrono::milliseconds(50);
    const auto started = [&] { return started_.load(std::memory_order_acquire); };  // [there]
    while (started() < own && !starts_later.load(std::memory_order_relaxed) && harness::clock::now() < end) {
        sleep_for(20'000);
    }
    const bool some = own == 0 || started() > 0;
    starts_later.store(!some, std::memory_order_relaxed);
    return some;
}

std::vector<any_pool_trial::kernel_account> any_pool_trial::kernel_accounts() const {
    std::vector<kernel_account> all;
    for (const auto& worker : own_threads_) {
        kernel_account one{worker.load(std::memory_order_relaxed)};  // relaxed: [there] has shown it
        // "run time, run delay, slices", in nanoseconds; absent in kernels without schedstats
        std::ifstream file("/proc/self/task/" + std::to_string(one.thread) + "/schedstat");
        if (one.thread != 0 && file >> one.on_cpu >> one.delayed) {
            one.on_cpu *= 1e-9;
            one.delayed *= 1e-9;
        }
        all.push_back(one);
    }
    return all;
}

/// Adds the pool's own threads to the team's: who was kept from its processor spoils the trial, too.
void any_pool_trial::report_workers(harness::team_report& team) const {
    for (std::size_t worker = 0; worker < own_threads_.size(); ++worker) {
        const kernel_account& before = accounts_[0][worker];
        const kernel_account& after = accounts_[1][worker];
        if (before.thread == 0 || before.thread != after.thread) {
            continue;  // came later
        }
        harness::thread_report one;
        one.role = "worker";
        one.of_team = false;
        one.cpu = harness::seats(where_, receipts_.size() + own_threads_.size())[receipts_.size() + worker];
        one.end_seconds = team.window_seconds;
        one.cpu_seconds = after.on_cpu - before.on_cpu;
        one.run_delay_seconds = after.delayed - before.delayed;
        task_tally::for_each(
            [&](const task_tally& tally) { one.items += tally.thread() == before.thread ? tally.count() : 0; });
        team.threads.push_back(one);
    }
}

void any_pool_trial::close_the_books() {
    for (std::size_t i = 0; i < receipts_.size(); ++i) {
        books_.made += receipts_[i];
        books_.to_run += sums_of(i, receipts_[i].count());
    }
    books_.to_run -= books_.made.refused;
    if (facts_.is_bounded) {
        const impls::rejection policy = policy_of(t_.point);
        books_.displaces = policy == impls::rejection::discard_oldest;
        books_.may_refuse = policy == impls::rejection::abort || policy == impls::rejection::discard;
    }
    if (const auto said = end(); said && compares_counts_) {
        books_.said = said;
    }
    books_.at_end = task_tally::total();
}

}  // namespace handoff::benchmarks
