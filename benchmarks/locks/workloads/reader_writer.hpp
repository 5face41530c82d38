// Threads read and write what one lock protects.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "busy_work.hpp"
#include "concepts/locks.hpp"
#include "locks/limits.hpp"
#include "measurement.hpp"
#include "shared/alike.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// Every thread reads in `reads` of 100 operations and writes in the others, evenly mixed, each for `hold_ns`.
/// Locks that know no readers let one in at a time: what a plain lock pays is the question behind the others.
///
/// Stresses: readers beside each other, writers among readers. Verifies: no reader sees half a write, no write
/// is lost.
struct reader_writer {
    static void declare(const auto& lock, auto& c) {
        c.workload = "reader_writer";
        c.axes = {{"threads", {"2"}}, {"reads", {"90"}}, {"hold_ns", {"0"}}, {"placement", {"spread"}}};
        c.rivals = [&lock](const harness::point&) {
            return "readers: " + std::string(lock.readers) + ", " + lock.admission_in_words();
        };
        c.limit = [&lock](const harness::point& p) {
            const double writes = 1 - static_cast<double>(p.number("reads")) / 100;
            return limits::exclude(p, lock.admits, lock.readers == "one_by_one" ? 1 : writes);
        };
    }

    template <class Lock>
    static harness::measurement run(const harness::trial& t) {
        using end_type = std::remove_reference_t<impls::holder_end_t<Lock>>;
        const std::size_t threads = t.point.number("threads");
        const std::uint64_t reads = t.point.number("reads");
        const std::uint64_t hold = harness::steps_for(static_cast<double>(t.point.number("hold_ns")));

        // Four words that are always equal. Atomic because a sequence lock's readers look while a writer
        // writes; relaxed, because all other order is the lock's business, and so as cheap as plain words.
        struct alignas(128) shared_state {
            std::array<std::atomic<std::uint64_t>, 4> words{};
        };
        struct alignas(128) tally {
            std::uint64_t read = 0;
            std::uint64_t written = 0;
            std::uint64_t torn = 0;
            std::uint64_t retries = 0;
        };
        alignas(128) Lock lock;
        shared_state state;
        std::vector<tally> tallies(threads);

        auto m = run_alike(t, "mixer", 64, [&](std::size_t i, harness::lap& me, quota& share) {
            decltype(auto) mine = impls::holder_end(lock);
            shared_state& inner = state;
            const std::uint64_t holding = hold;
            read_mixer mixer(reads, i, threads);
            tally counted;
            const auto look = [&] {
                const std::uint64_t first = inner.words.front().load(std::memory_order_relaxed);
                bool same = true;
                harness::spend(holding);
                for (const auto& word : inner.words) {
                    same &= word.load(std::memory_order_relaxed) == first;
                }
                return same;
            };
            const auto read = [&] {
                if constexpr (impls::validates_reads<end_type>) {
                    for (;; ++counted.retries) {
                        const std::uint64_t begun = mine.begin_read();
                        const bool same = look();
                        if (mine.still_valid(begun)) {
                            return same;
                        }
                    }
                } else if constexpr (impls::locks_shared<end_type>) {
                    mine.lock_shared();
                    const bool same = look();
                    mine.unlock_shared();
                    return same;
                } else {
                    mine.lock();
                    const bool same = look();
                    mine.unlock();
                    return same;
                }
            };
            const auto write = [&] {
                mine.lock();
                const std::uint64_t next = inner.words.front().load(std::memory_order_relaxed) + 1;
                inner.words.front().store(next, std::memory_order_relaxed);
                harness::spend(holding);
                for (auto& word : inner.words) {
                    word.store(next, std::memory_order_relaxed);
                }
                mine.unlock();
            };
            me.start();
            const std::uint64_t done = share.work<1>([&](std::uint64_t) {
                if (mixer.next_is_read()) {
                    counted.torn += !read();
                    ++counted.read;
                } else {
                    write();
                    ++counted.written;
                }
            });
            me.stop(done);
            tallies[i] = counted;
        });
        tally all;
        for (const tally& one : tallies) {
            all.read += one.read;
            all.written += one.written;
            all.torn += one.torn;
            all.retries += one.retries;
        }
        const std::uint64_t last = state.words.back().load(std::memory_order_relaxed);
        if (last != all.written) {
            m.failure = "lost: " + std::to_string(last) + " writes are left of " + std::to_string(all.written);
        } else if (all.torn > 0) {
            m.failure = "torn: " + std::to_string(all.torn) + " reads saw half a write";
        }
        if constexpr (impls::validates_reads<end_type>) {
            if (all.read > 0) {
                m.metrics = {{"torn_retries_per_read",
                              static_cast<double>(all.retries) / static_cast<double>(all.read)}};
            }
        }
        return m;
    }
};

}  // namespace handoff::benchmarks
