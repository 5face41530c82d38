// What every lock of the catalog must do, and under stress; once per lock, from the catalog. What a lock does
// not offer is not asked of it.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <numeric>
#include <string>
#include <type_traits>
#include <vector>

#include "concepts/locks.hpp"
#include "detail/cpu_relax.hpp"
#include "shared/perturb.hpp"
#include "shared/threads.hpp"

namespace handoff::tests {

template <class Lock>
using holder_t = std::remove_reference_t<impls::holder_end_t<Lock>>;

template <class Lock>
concept counts_permits = requires(Lock& lock) {
    Lock(3U);
    lock.acquire();
    { lock.try_acquire() } -> std::same_as<bool>;
    lock.release(2U);
};

/// What a lock protects: plain words that belong together and change one after the other.
class words {
public:
    void change() {
        for (std::uint64_t& word : words_) {
            ++word;
            std::atomic_signal_fence(std::memory_order_seq_cst);  // the compiler keeps the gap
        }
    }
    bool agree() const {
        for (const std::uint64_t& word : words_) {
            if (word != words_.front()) {
                return false;
            }
            std::atomic_signal_fence(std::memory_order_seq_cst);
        }
        return true;
    }
    std::uint64_t changes() const { return words_.front(); }

private:
    std::array<std::uint64_t, 4> words_{};
};

/// A short time, awake.
inline void pause_for(int pauses) {
    for (int i = 0; i < pauses; ++i) {
        impls::detail::cpu_relax();
    }
}

template <class Lock>
class LockConformance : public testing::Test {};
TYPED_TEST_SUITE_P(LockConformance);

TYPED_TEST_P(LockConformance, DeclaresItself) {
    static_assert(impls::lock<TypeParam>);
    static_assert(!std::is_copy_constructible_v<TypeParam> && !std::is_copy_assignable_v<TypeParam>);
    static_assert(!std::is_copy_constructible_v<holder_t<TypeParam>>);
}

TYPED_TEST_P(LockConformance, IsFreeAfterEachUnlock) {
    TypeParam lock;
    for (int i = 0; i < 100; ++i) {
        auto&& first = impls::holder_end(lock);
        auto&& second = impls::holder_end(lock);
        first.lock();
        first.unlock();
        second.lock();
        second.unlock();
        second.lock();
        second.unlock();
        first.lock();
        first.unlock();
    }
}

TYPED_TEST_P(LockConformance, KeepsOthersOutUntilUnlocked) {
    TypeParam lock;
    int owner = 1;
    auto&& mine = impls::holder_end(lock);
    mine.lock();
    waiter other([&] {
        auto&& end = impls::holder_end(lock);
        end.lock();
        EXPECT_EQ(owner, 2);
        owner = 3;
        end.unlock();
    });
    EXPECT_TRUE(other.waits());
    EXPECT_EQ(owner, 1);
    owner = 2;
    mine.unlock();
    while (!other.done()) {
        std::this_thread::yield();
    }
    mine.lock();
    EXPECT_EQ(owner, 3);
    mine.unlock();
}

TYPED_TEST_P(LockConformance, TryLockTakesItWhenFreeOnly) {
    if constexpr (impls::tries_to_lock<holder_t<TypeParam>>) {
        TypeParam lock;
        const auto other_gets_it = [&] {
            bool got = false;
            together(1, [&](unsigned) {
                auto&& end = impls::holder_end(lock);
                got = end.try_lock();
                if (got) {
                    end.unlock();
                }
            });
            return got;
        };
        auto&& mine = impls::holder_end(lock);
        for (int i = 0; i < 3; ++i) {
            EXPECT_TRUE(other_gets_it());
            mine.lock();
            EXPECT_FALSE(other_gets_it());
            EXPECT_FALSE(other_gets_it()) << "having been refused changed something";
            mine.unlock();
            ASSERT_TRUE(mine.try_lock());
            EXPECT_FALSE(other_gets_it());
            mine.unlock();
            if constexpr (impls::locks_shared<holder_t<TypeParam>>) {
                mine.lock_shared();
                EXPECT_FALSE(other_gets_it());
                mine.unlock_shared();
            }
        }
    }
}

TYPED_TEST_P(LockConformance, AdmitsWaitersInTheOrderOfTheirComing) {
    if constexpr (TypeParam::admits == impls::admission::fifo) {
        constexpr int comers = 5;
        TypeParam lock;
        std::vector<int> admitted;
        {
            auto&& mine = impls::holder_end(lock);
            mine.lock();
            std::vector<std::unique_ptr<waiter>> waiters;
            for (int i = 0; i < comers; ++i) {
                waiters.push_back(std::make_unique<waiter>([&, i] {
                    auto&& end = impls::holder_end(lock);
                    end.lock();
                    admitted.push_back(i);
                    end.unlock();
                }));
                EXPECT_TRUE(waiters.back()->waits());
            }
            mine.unlock();
            waiters.clear();  // joins
        }
        std::vector<int> expected(comers);
        std::iota(expected.begin(), expected.end(), 0);
        EXPECT_EQ(admitted, expected);
    }
}

TYPED_TEST_P(LockConformance, ReadersAreInsideTogether) {
    if constexpr (impls::locks_shared<holder_t<TypeParam>>) {
        TypeParam lock;
        std::atomic<int> inside{0};
        together(3, [&](unsigned) {
            auto&& end = impls::holder_end(lock);
            end.lock_shared();
            ++inside;
            while (inside.load() != 3) {
                std::this_thread::yield();
            }
            end.unlock_shared();
        });
        EXPECT_EQ(inside.load(), 3);
    }
}

TYPED_TEST_P(LockConformance, ReadersAndWritersKeepEachOtherOut) {
    if constexpr (impls::locks_shared<holder_t<TypeParam>>) {
        TypeParam lock;
        int value = 0;
        auto&& mine = impls::holder_end(lock);
        mine.lock_shared();
        {
            waiter writer([&] {
                auto&& end = impls::holder_end(lock);
                end.lock();
                value = 1;
                end.unlock();
            });
            EXPECT_TRUE(writer.waits());
            EXPECT_EQ(value, 0);
            mine.unlock_shared();
        }
        EXPECT_EQ(value, 1);
        mine.lock();
        {
            waiter reader([&] {
                auto&& end = impls::holder_end(lock);
                end.lock_shared();
                EXPECT_EQ(value, 2);
                end.unlock_shared();
            });
            EXPECT_TRUE(reader.waits());
            value = 2;
            mine.unlock();
        }
    }
}

/// Who got in, in order; its own lock, since readers are inside together.
class log {
public:
    void add(char who) {
        const std::lock_guard guard(mutex_);
        text_ += who;
    }
    std::string text() const { return text_; }

private:
    std::mutex mutex_;
    std::string text_;
};

TYPED_TEST_P(LockConformance, AWaitingWriterStopsNewReaders) {
    if constexpr (TypeParam::admits == impls::admission::phases ||
                  TypeParam::admits == impls::admission::writers) {
        TypeParam lock;
        log entries;
        lock.lock_shared();
        {
            waiter writer([&] {
                lock.lock();
                entries.add('w');
                lock.unlock();
            });
            EXPECT_TRUE(writer.waits());
            waiter reader([&] {
                lock.lock_shared();
                entries.add('r');
                lock.unlock_shared();
            });
            EXPECT_TRUE(reader.waits());
            lock.unlock_shared();
        }
        EXPECT_EQ(entries.text(), "wr");
    }
}

TYPED_TEST_P(LockConformance, AfterAWriterComesWhoseTurnItIs) {
    if constexpr (TypeParam::admits == impls::admission::phases ||
                  TypeParam::admits == impls::admission::writers) {
        constexpr bool readers_turn = TypeParam::admits == impls::admission::phases;
        TypeParam lock;
        log entries;
        const auto write = [&] {
            lock.lock();
            entries.add('w');
            lock.unlock();
        };
        const auto read = [&] {
            lock.lock_shared();
            entries.add('r');
            lock.unlock_shared();
        };
        lock.lock();
        {
            // Those whose turn it is not are there first.
            waiter first(readers_turn ? std::function<void()>(write) : read);
            EXPECT_TRUE(first.waits());
            waiter second(readers_turn ? std::function<void()>(read) : write);
            EXPECT_TRUE(second.waits());
            lock.unlock();
        }
        EXPECT_EQ(entries.text(), readers_turn ? "rw" : "wr");
    }
}

TYPED_TEST_P(LockConformance, AReaderOverAWriteIsToldToReadAgain) {
    if constexpr (impls::validates_reads<holder_t<TypeParam>>) {
        TypeParam lock;
        const std::uint64_t before = lock.begin_read();
        EXPECT_TRUE(lock.still_valid(before));
        lock.lock();
        EXPECT_FALSE(lock.still_valid(before)) << "a writer is inside";
        lock.unlock();
        EXPECT_FALSE(lock.still_valid(before)) << "a writer has been inside";
        const std::uint64_t after = lock.begin_read();
        EXPECT_TRUE(lock.still_valid(after));
        EXPECT_TRUE(lock.still_valid(after)) << "reading changed something";

        lock.lock();
        waiter reader([&] { lock.begin_read(); });
        EXPECT_TRUE(reader.waits());
        lock.unlock();
    }
}

TYPED_TEST_P(LockConformance, HandsOutAsManyPermitsAsItHas) {
    if constexpr (counts_permits<TypeParam>) {
        TypeParam semaphore(3U);
        semaphore.acquire();
        EXPECT_TRUE(semaphore.try_acquire());
        semaphore.acquire();
        EXPECT_FALSE(semaphore.try_acquire());
        {
            // Several sleep, and several permits come at once.
            waiter first([&] { semaphore.acquire(); });
            waiter second([&] { semaphore.acquire(); });
            waiter third([&] { semaphore.acquire(); });
            EXPECT_TRUE(first.waits() && second.waits() && third.waits());
            semaphore.release(4U);
        }
        EXPECT_TRUE(semaphore.try_acquire());
        EXPECT_FALSE(semaphore.try_acquire());
    }
}

REGISTER_TYPED_TEST_SUITE_P(LockConformance, DeclaresItself, IsFreeAfterEachUnlock, KeepsOthersOutUntilUnlocked,
                            TryLockTakesItWhenFreeOnly, AdmitsWaitersInTheOrderOfTheirComing,
                            ReadersAreInsideTogether, ReadersAndWritersKeepEachOtherOut,
                            AWaitingWriterStopsNewReaders, AfterAWriterComesWhoseTurnItIs,
                            AReaderOverAWriteIsToldToReadAgain, HandsOutAsManyPermitsAsItHas);

template <class Lock>
class LockStress : public testing::Test {};
TYPED_TEST_SUITE_P(LockStress);

/// The data is plain, so ThreadSanitizer sees a lock that orders too little even where the hardware forgives
/// it.
TYPED_TEST_P(LockStress, OneAtATime) {
    for (const unsigned threads : {2U, std::thread::hardware_concurrency() < 8 ? 5U : 10U}) {
        TypeParam lock;
        words data;
        std::vector<std::uint64_t> rounds(threads);
        std::atomic<bool> torn{false};
        for_a_while(threads, 150ms, [&](unsigned me, const std::atomic<bool>& over) {
            auto&& end = impls::holder_end(lock);
            std::uint64_t round = 0;
            do {
                if constexpr (impls::tries_to_lock<holder_t<TypeParam>>) {
                    if (round % 4 == 1 && end.try_lock()) {
                        data.change();
                        end.unlock();
                        ++rounds[me];
                    }
                }
                end.lock();
                if (!data.agree()) {
                    torn = true;
                }
                data.change();
                if ((round + me) % 64 == 0) {
                    std::this_thread::yield();  // the others come and wait
                }
                end.unlock();
                ++rounds[me];
                if ((round + me) % 16 == 0) {
                    std::this_thread::yield();  // the others take it while we are away
                }
                ++round;
            } while (!over.load(std::memory_order_relaxed));
        });
        EXPECT_FALSE(torn) << threads << " threads";
        EXPECT_EQ(data.changes(), std::accumulate(rounds.begin(), rounds.end(), std::uint64_t{0}))
            << threads << " threads";
    }
}

/// Millions of times, and whoever is inside looks for another all the while: a lock that lets two in once in
/// 10^5 times is caught at the first. Two threads, one of which gives the CPU away now and then with the lock
/// held.
TYPED_TEST_P(LockStress, NobodyElseIsEverInside) {
    TypeParam lock;
    std::atomic<int> inside{0};
    std::atomic<std::uint64_t> met{0};
    for_a_while(2, 300ms, [&](unsigned me, const std::atomic<bool>& over) {
        auto&& end = impls::holder_end(lock);
        std::uint64_t round = 0;
        do {
            end.lock();
            // relaxed: orders nothing that the lock should
            bool alone = inside.fetch_add(1, std::memory_order_relaxed) == 0;
            if ((round++ + me) % 4096 == 0) {
                std::this_thread::yield();
            }
            for (int i = 0; i < 16; ++i) {  // inside for longer than outside
                alone = alone && inside.load(std::memory_order_relaxed) == 1;
            }
            inside.fetch_sub(1, std::memory_order_relaxed);
            end.unlock();
            if (!alone) {
                met.fetch_add(1, std::memory_order_relaxed);
            }
        } while (!over.load(std::memory_order_relaxed));
    });
    EXPECT_EQ(met.load(), 0U) << "times that a thread met another one inside";
}

TYPED_TEST_P(LockStress, ReadersNeverSeeHalfAWrite) {
    if constexpr (impls::locks_shared<holder_t<TypeParam>>) {
        TypeParam lock;
        words data;
        std::array<std::uint64_t, 2> written{};
        std::atomic<bool> torn{false};
        for_a_while(5, 250ms, [&](unsigned me, const std::atomic<bool>& over) {
            auto&& end = impls::holder_end(lock);
            std::uint64_t round = 0;
            do {
                if (me < written.size()) {
                    end.lock();
                    data.change();
                    end.unlock();
                    ++written[me];
                } else {
                    end.lock_shared();
                    if (!data.agree()) {
                        torn = true;
                    }
                    if (round % 64 == 0) {
                        std::this_thread::yield();
                    }
                    end.unlock_shared();
                }
                if (++round % 8 == me) {
                    std::this_thread::yield();
                }
            } while (!over.load(std::memory_order_relaxed));
        });
        EXPECT_FALSE(torn);
        EXPECT_EQ(data.changes(), written[0] + written[1]);
    }
}

TYPED_TEST_P(LockStress, NoReaderAcceptsATornPair) {
    if constexpr (impls::validates_reads<holder_t<TypeParam>>) {
        TypeParam lock;
        std::atomic<std::uint64_t> first{0};
        std::atomic<std::uint64_t> second{0};
        std::array<std::uint64_t, 2> written{};
        std::atomic<bool> torn{false};
        std::atomic<std::uint64_t> accepted{0};
        for_a_while(4, 250ms, [&](unsigned me, const std::atomic<bool>& over) {
            std::uint64_t round = 0;
            std::uint64_t latest = 0;
            do {
                if (me < written.size()) {
                    lock.lock();
                    const std::uint64_t next = first.load(std::memory_order_relaxed) + 1;
                    first.store(next, std::memory_order_relaxed);
                    if (round % 256 == me) {
                        std::this_thread::yield();  // readers look while the pair is torn
                    }
                    second.store(next, std::memory_order_relaxed);
                    lock.unlock();
                    ++written[me];
                    if (round % 4 == me) {
                        std::this_thread::yield();
                    }
                } else {
                    const std::uint64_t begun = lock.begin_read();
                    const std::uint64_t a = first.load(std::memory_order_relaxed);
                    const std::uint64_t b = second.load(std::memory_order_relaxed);
                    if (lock.still_valid(begun)) {
                        if (a != b || a < latest) {
                            torn = true;
                        }
                        latest = a;
                        accepted.fetch_add(1, std::memory_order_relaxed);
                    }
                }
                ++round;
            } while (!over.load(std::memory_order_relaxed));
        });
        EXPECT_FALSE(torn);
        EXPECT_GT(accepted.load(), 0U);
        EXPECT_EQ(first.load(), written[0] + written[1]);
        EXPECT_EQ(second.load(), first.load());
    }
}

/// Who reads what a writer wrote also sees what the writer had done before: the notes are plain, each written
/// once.
TYPED_TEST_P(LockStress, ReadersSeeWhatWasDoneBeforeAWrite) {
    if constexpr (impls::validates_reads<holder_t<TypeParam>>) {
        constexpr std::uint64_t notes = 2000;
        TypeParam lock;
        std::vector<std::uint64_t> note(notes + 1);
        std::atomic<std::uint64_t> latest{0};
        std::uint64_t wrong = 0;
        together(2, [&](unsigned me) {
            for (std::uint64_t i = 1; me == 0 && i <= notes; ++i) {
                note[i] = i;
                lock.lock();
                latest.store(i, std::memory_order_relaxed);
                lock.unlock();
            }
            for (std::uint64_t seen = 0; me == 1 && seen < notes;) {
                const std::uint64_t begun = lock.begin_read();
                const std::uint64_t now = latest.load(std::memory_order_relaxed);
                if (lock.still_valid(begun)) {
                    seen = now;
                    wrong += note[seen] != seen;
                }
            }
        });
        EXPECT_EQ(wrong, 0U);
    }
}

/// One leaves and one comes, as close to each other as it happens; nobody comes after them.
TYPED_TEST_P(LockStress, WhoComesWhileTheLastLeavesGetsIn) {
    if constexpr (TypeParam::waits != impls::waiting::spins) {
        const deadline over(400ms);
        TypeParam lock;
        std::atomic<int> rounds{2000};
        std::array<std::atomic<int>, 2> begun{};
        int count = 0;
        together(2, [&](unsigned me) {
            auto&& end = impls::holder_end(lock);
            for (int i = 1; i <= rounds; ++i) {
                if (me == 0 && over()) {
                    rounds = i;
                }
                begun[me] = i;
                while (begun[1 - me] < i) {
                    std::this_thread::yield();
                }
                pause_for(i * (me == 0 ? 37 : 101) % 200);
                end.lock();
                ++count;
                pause_for(i * 11 % 300);
                end.unlock();
            }
        });
        EXPECT_EQ(count, 2 * rounds);
    }
}

/// Later comers hide a lost wake-up: they wake the sleeper when they leave. So each round ends after a few
/// acquisitions; a sleeper that nobody wakes hangs, which is told (shared/hang.hpp).
TYPED_TEST_P(LockStress, NobodySleepsForEver) {
    if constexpr (TypeParam::waits != impls::waiting::spins) {
        const deadline over(400ms);
        const perturbed waiting(4);
        for (int round = 0; round < 200 && !over(); ++round) {
            TypeParam lock;
            int count = 0;
            together(3, [&](unsigned me) {
                auto&& end = impls::holder_end(lock);
                for (unsigned i = 0; i < 3; ++i) {
                    end.lock();
                    ++count;
                    if (i == me) {
                        std::this_thread::sleep_for(20us);  // the others fall asleep
                    }
                    end.unlock();
                }
            });
            ASSERT_EQ(count, 9);
        }
    }
}

TYPED_TEST_P(LockStress, ReadersAndWritersAllWakeUp) {
    if constexpr (TypeParam::waits != impls::waiting::spins && impls::locks_shared<holder_t<TypeParam>>) {
        const deadline over(400ms);
        for (int round = 0; round < 100 && !over(); ++round) {
            TypeParam lock;
            int count = 0;
            together(4, [&](unsigned me) {
                auto&& end = impls::holder_end(lock);
                for (unsigned i = 0; i < 3; ++i) {
                    if (me % 2 == 0) {
                        end.lock();
                        ++count;
                        std::this_thread::sleep_for(10us);
                        end.unlock();
                    } else {
                        end.lock_shared();
                        std::this_thread::sleep_for(10us);
                        end.unlock_shared();
                    }
                }
            });
            ASSERT_EQ(count, 6);
        }
    }
}

/// Handles are made and freed while others hold the lock and wait for it; on the heap, so that AddressSanitizer
/// sees who looks into a freed one.
TYPED_TEST_P(LockStress, HandlesComeAndGo) {
    if constexpr (impls::has_holders<TypeParam>) {
        TypeParam lock;
        words data;
        std::array<std::uint64_t, 3> rounds{};
        for_a_while(3, 250ms, [&](unsigned me, const std::atomic<bool>& over) {
            do {
                const auto passes = 1 + rounds[me] % 3;
                const std::unique_ptr<holder_t<TypeParam>> end(new holder_t<TypeParam>(lock.holder()));
                const std::unique_ptr<holder_t<TypeParam>> unused(new holder_t<TypeParam>(lock.holder()));
                for (std::uint64_t i = 0; i < passes; ++i) {
                    end->lock();
                    data.change();
                    end->unlock();
                }
                rounds[me] += passes;
            } while (!over.load(std::memory_order_relaxed));
        });
        EXPECT_TRUE(data.agree());
        EXPECT_EQ(data.changes(), rounds[0] + rounds[1] + rounds[2]);
    }
}

TYPED_TEST_P(LockStress, NeverMoreInsideThanPermits) {
    if constexpr (counts_permits<TypeParam>) {
        constexpr std::uint32_t permits = 2;
        TypeParam semaphore(permits);
        std::atomic<std::uint32_t> inside{0};
        std::atomic<bool> too_many{false};
        for_a_while(5, 250ms, [&](unsigned me, const std::atomic<bool>& over) {
            std::uint64_t round = 0;
            do {
                semaphore.acquire();
                if (inside.fetch_add(1, std::memory_order_relaxed) >= permits) {
                    too_many = true;
                }
                if (round++ % 8 == me) {
                    std::this_thread::yield();
                }
                inside.fetch_sub(1, std::memory_order_relaxed);
                semaphore.release();
            } while (!over.load(std::memory_order_relaxed));
        });
        EXPECT_FALSE(too_many);
        for (std::uint32_t i = 0; i < permits; ++i) {
            EXPECT_TRUE(semaphore.try_acquire());
        }
        EXPECT_FALSE(semaphore.try_acquire());
    }
}

/// Permits as tokens from one thread to another: what was done before the release is visible after the acquire,
/// and a waiter that comes while a permit is on its way gets it, however close the two are.
TYPED_TEST_P(LockStress, PermitsCarryWhatWasDoneBefore) {
    if constexpr (counts_permits<TypeParam>) {
        constexpr int rounds = 2000;
        TypeParam full(0U);
        TypeParam empty(1U);
        int value = 0;
        int wrong = 0;
        together(2, [&](unsigned me) {
            for (int i = 1; i <= rounds; ++i) {
                if (me == 0) {
                    empty.acquire();
                    pause_for(i * 37 % 500);
                    value = i;
                    full.release();
                } else {
                    pause_for(i * 101 % 700);
                    full.acquire();
                    wrong += value != i;
                    empty.release();
                }
            }
        });
        EXPECT_EQ(wrong, 0);
    }
}

REGISTER_TYPED_TEST_SUITE_P(LockStress, OneAtATime, NobodyElseIsEverInside, ReadersNeverSeeHalfAWrite,
                            NoReaderAcceptsATornPair, ReadersSeeWhatWasDoneBeforeAWrite,
                            WhoComesWhileTheLastLeavesGetsIn, NobodySleepsForEver, ReadersAndWritersAllWakeUp,
                            HandlesComeAndGo, NeverMoreInsideThanPermits, PermitsCarryWhatWasDoneBefore);

}  // namespace handoff::tests
