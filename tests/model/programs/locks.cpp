// Programs for locks and barriers (impls/concepts/locks.hpp).
#include "concepts/locks.hpp"

#include <memory>
#include <mutex>

#include "atomic.hpp"
#include "locks/clh_lock.hpp"
#include "locks/futex_barrier.hpp"
#include "locks/futex_mutex.hpp"
#include "locks/futex_semaphore.hpp"
#include "locks/mcs_lock.hpp"
#include "locks/phase_fair_lock.hpp"
#include "locks/sense_barrier.hpp"
#include "locks/seqlock.hpp"
#include "locks/tas_lock.hpp"
#include "locks/ticket_backoff_lock.hpp"
#include "locks/ticket_lock.hpp"
#include "locks/ttas_backoff_lock.hpp"
#include "locks/ttas_lock.hpp"
#include "locks/writer_preference_lock.hpp"
#include "suite.hpp"

namespace handoff::model {
namespace {

/// Each thread enters so often and counts in plain memory.
template <class L>
void counts(int threads_count, int times) {
    const auto lock = std::make_unique<L>();
    int count = 0;
    {
        std::vector<std::function<void()>> bodies;
        for (int t = 0; t < threads_count; ++t) {
            bodies.emplace_back([&] {
                auto&& end = impls::holder_end(*lock);
                for (int n = 0; n < times; ++n) {
                    step("lock");
                    end.lock();
                    ++count;
                    step("unlock");
                    end.unlock();
                }
            });
        }
        threads(std::move(bodies));
    }
    check(count == threads_count * times, "an increment under the lock was lost");
}

template <class L>
void tries() {
    const auto lock = std::make_unique<L>();
    int count = 0;
    int entered = 0;
    threads({[&] {
                 auto&& end = impls::holder_end(*lock);
                 step("lock");
                 end.lock();
                 ++count;
                 step("unlock");
                 end.unlock();
             },
             [&] {
                 auto&& end = impls::holder_end(*lock);
                 for (int n = 0; n < 2; ++n) {
                     step("try_lock");
                     if (end.try_lock()) {
                         ++count;
                         ++entered;
                         step("unlock");
                         end.unlock();
                     }
                 }
             }});
    check(count == 1 + entered, "an increment under the lock was lost");
}

template <class L>
void readers_and_writer(int readers, int writers) {
    const auto lock = std::make_unique<L>();
    int left = 0;
    int right = 0;
    std::vector<std::function<void()>> bodies;
    for (int w = 0; w < writers; ++w) {
        bodies.emplace_back([&] {
            step("lock");
            lock->lock();
            ++left;
            ++right;
            step("unlock");
            lock->unlock();
        });
    }
    for (int r = 0; r < readers; ++r) {
        bodies.emplace_back([&] {
            step("lock_shared");
            lock->lock_shared();
            check(left == right, "a reader saw half of what a writer did");
            step("unlock_shared");
            lock->unlock_shared();
        });
    }
    threads(std::move(bodies));
    check(left == writers, "a writer's increment was lost");
}

template <class L>
void validates(int writes) {
    const auto lock = std::make_unique<L>();
    impls::atomic<int> left{0};
    impls::atomic<int> right{0};
    threads({[&] {
                 for (int n = 1; n <= writes; ++n) {
                     step("lock", n);
                     lock->lock();
                     step("write", n);
                     left.store(n, std::memory_order_relaxed);
                     right.store(n, std::memory_order_relaxed);
                     step("unlock", n);
                     lock->unlock();
                 }
             },
             [&] {
                 step("begin_read");
                 const std::uint64_t begun = lock->begin_read();
                 step("read");
                 const int one = left.load(std::memory_order_relaxed);
                 const int other = right.load(std::memory_order_relaxed);
                 step("still_valid");
                 check(!lock->still_valid(begun) || one == other, "a torn read was taken for a valid one");
             }});
}

/// What each did before it arrived is seen by all behind the barrier, in both episodes.
template <class B>
void episodes(int parties, int count) {
    const auto barrier = std::make_unique<B>(parties);
    std::vector<int> done(static_cast<std::size_t>(parties), 0);
    {
        std::vector<std::function<void()>> bodies;
        for (int t = 0; t < parties; ++t) {
            bodies.emplace_back([&, t] {
                auto&& end = impls::party_end(*barrier);
                for (int n = 1; n <= count; ++n) {
                    done[static_cast<std::size_t>(t)] = n;
                    step("arrive_and_wait", n);
                    end.arrive_and_wait();
                    for (const int one : done) {
                        check(one == n, "a thread passed the barrier before another had come");
                    }
                    step("arrive_and_wait again", n);
                    end.arrive_and_wait();
                }
            });
        }
        threads(std::move(bodies));
    }
}

template <class L>
std::vector<program> programs_of_lock() {
    const std::string name(L::name);
    std::vector<program> all;
    all.push_back({name, "2 lock twice", "2 x 2", [] { counts<L>(2, 2); }});
    all.push_back({name, "3 lock once", "3 x 1", [] { counts<L>(3, 1); }});
    if constexpr (impls::tries_to_lock<std::remove_reference_t<impls::holder_end_t<L>>>) {
        all.push_back({name, "1 locks, 1 tries twice", "1 + 2", [] { tries<L>(); }});
    }
    if constexpr (impls::locks_shared<L>) {
        all.push_back({name, "1 writes, 2 read", "1 + 1 + 1", [] { readers_and_writer<L>(2, 1); }});
        all.push_back({name, "2 write, 1 reads", "1 + 1 + 1", [] { readers_and_writer<L>(1, 2); }});
    }
    if constexpr (impls::validates_reads<L>) {
        all.push_back({name, "1 writes twice, 1 reads", "2 + 1", [] { validates<L>(2); }});
    }
    return all;
}

template <class B>
std::vector<program> programs_of_barrier() {
    const std::string name(B::name);
    return {{name, "2 parties, 2 episodes", "2 x 2", [] { episodes<B>(2, 1); }},
            {name, "2 parties, 4 episodes", "2 x 4", [] { episodes<B>(2, 2); }},
            {name, "3 parties, 2 episodes", "3 x 2", [] { episodes<B>(3, 1); }}};
}

const registered all[] = {
    registered(programs_of_lock<impls::tas_lock>()),
    registered(programs_of_lock<impls::ttas_lock>()),
    registered(programs_of_lock<impls::ttas_backoff_lock>()),
    registered(programs_of_lock<impls::ticket_lock>()),
    registered(programs_of_lock<impls::ticket_backoff_lock>()),
    registered(programs_of_lock<impls::mcs_lock>()),
    registered(programs_of_lock<impls::clh_lock>()),
    registered(programs_of_lock<impls::futex_mutex>()),
    registered(programs_of_lock<impls::futex_semaphore>()),
    registered(programs_of_lock<impls::seqlock>()),
    registered(programs_of_lock<impls::phase_fair_lock>()),
    registered(programs_of_lock<impls::writer_preference_lock>()),
    registered(programs_of_barrier<impls::sense_barrier>()),
    registered(programs_of_barrier<impls::futex_barrier>()),
};

}  // namespace
}  // namespace handoff::model
