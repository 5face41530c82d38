#include "pools/pool_trial.hpp"

#include <chrono>
#include <string_view>

#include "seats_by_role.hpp"

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

/// Of a point's workers, those that are threads of the pool's own.
std::size_t own_threads(const pool_facts& facts, const harness::point& p, submitter_part part) {
    return p.number("workers") - (facts.waiter_helps && part == submitter_part::waits_for_it ? 1 : 0);
}

/// Of the pool's own threads: those after the submitters'.
std::vector<int> seats_of_workers(const harness::point& p, std::size_t own) {
    const std::size_t submitters = submitters_of(p);
    std::vector<std::size_t> roles(submitters, 0);
    roles.insert(roles.end(), own, 1);
    const std::vector<int> all = harness::seats_of_team(placement_of(p), roles);
    return {all.begin() + static_cast<std::ptrdiff_t>(submitters), all.end()};
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
      roll_(seats_of_workers(t.point, own_threads(facts, t.point, part)),
            harness::scheduling_of(t.point).policy),
      share_(items, submitters_of(t.point)),
      receipts_(submitters_of(t.point)),
      others_submit_(static_cast<std::uint32_t>(receipts_.size() - 1)),
      idle_(1) {}

impls::pool_options any_pool_trial::options(impls::make_any_wait wait) {
    impls::pool_options options;
    options.wait = wait;
    options.on_start = [this](unsigned worker) { roll_.enter(worker); };
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
    harness::team crew(where_, roll_.asked_for(), harness::scheduling_of(t_.point));
    for (std::size_t i = 0; i < submitters; ++i) {
        crew.add("submitter", [&, i](harness::lap& me) {
            submissions mine;
            if (i == 0) {
                roll_.open();
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
                roll_.close();
            }
        });
    }
    if (stops_) {
        crew.stop_after(t_.longest, [&] { share_.close(); });
    }
    harness::measurement m;
    const std::size_t made = workers_to_make();
    const std::size_t has = facts_.ignores_workers ? made : size();
    m.team = crew.run(t_.window, [] {});
    report_workers(m);
    close_the_books();
    m.items = books_.made.count();
    m.failure = audit(books_);
    if (m.failure.empty() && has < made) {
        m.failure = too_few_workers(made, has);
    }
    return m;
}

/// Waits for the pool's threads, so that none is made in the window. False where none comes: a pool that makes
/// its threads when tasks come makes them on the processors of the thread that brings the first, and would have
/// all on the one to which a submitter is pinned.
bool any_pool_trial::have_started() const {
    if (facts_.ignores_workers) {
        return false;
    }
    std::atomic<bool>& starts_later = facts_.starts_later;  // once it is known there is no need to wait again
    constexpr std::chrono::milliseconds patience(50);
    const bool some = roll_.asked_for() == 0 ||
                      (!starts_later.load(std::memory_order_relaxed) && roll_.all_enter(patience)) ||
                      roll_.entered() > 0;
    starts_later.store(!some, std::memory_order_relaxed);
    return some;
}

/// Adds the pool's own threads to the team's, and says of the point's seats and workers what they did not come
/// to.
void any_pool_trial::report_workers(harness::measurement& m) const {
    roll_.report(m.team, [](pid_t thread) {
        std::uint64_t items = 0;
        task_tally::for_each(
            [&](const task_tally& tally) { items += tally.thread() == thread ? tally.count() : 0; });
        return items;
    });
    if (where_ != placement_of(t_.point)) {
        m.metrics.emplace_back("unpinned", 1);
    }
    if (!facts_.ignores_workers) {
        const bool helps = facts_.waiter_helps && part_ == submitter_part::waits_for_it;
        m.metrics.emplace_back("workers_active", static_cast<double>(roll_.active() + (helps ? 1 : 0)));
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
