// One owner at its end of a deque, thieves at the other.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "concepts/deques.hpp"
#include "detail/cpu_relax.hpp"
#include "measurement.hpp"
#include "team.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

/// What was taken out of a deque, by one thread or by all: three sums that no other set of as many numbers
/// shares, unless three of them are wrong at once.
class takings {
public:
    /// Item n as it lies in the deque. Two halves of different words make a number that was never pushed.
    static std::uint64_t word(std::uint64_t n) noexcept { return n * spread; }

    void enter(std::uint64_t word) noexcept {
        const std::uint64_t n = word * gather;
        ++count_;
        sum_ += n;
        squares_ += n * n;
        largest_ = std::max(largest_, n);
    }
    void merge(const takings& other) noexcept {
        count_ += other.count_;
        sum_ += other.sum_;
        squares_ += other.squares_;
        largest_ = std::max(largest_, other.largest_);
    }
    std::uint64_t count() const noexcept { return count_; }

    /// What is wrong with having taken this when 0, 1, ..., `pushed` - 1 were pushed; empty when nothing is.
    std::string audit(std::uint64_t pushed) const {
        if (count_ != 0 && largest_ >= pushed) {
            return "torn: a word came out that was never pushed";
        }
        if (count_ != pushed) {
            return (count_ < pushed ? "lost: " : "duplicated: ") + std::to_string(pushed) + " items in, " +
                   std::to_string(count_) + " out";
        }
        std::uint64_t sum = 0;
        std::uint64_t squares = 0;
        for (std::uint64_t n = 0; n < pushed; ++n) {
            sum += n;
            squares += n * n;
        }
        return sum == sum_ && squares == squares_ ? "" : "checksum: as many items out as in, but not the same";
    }

private:
    static constexpr std::uint64_t spread = 0x9e3779b97f4a7c15;
    static constexpr std::uint64_t gather = 0xf1de83e19937733d;  // its inverse modulo 2^64
    static_assert(spread * gather == 1);

    std::uint64_t count_ = 0;
    std::uint64_t sum_ = 0;
    std::uint64_t squares_ = 0;
    std::uint64_t largest_ = 0;
};

/// The owner pushes bursts of 1, 2, ..., 64, 1, 2, ... items and after each pops until it finds nothing; each
/// of the `thieves` steals all the time, and pauses for an instruction when it did not get anything. One
/// iteration is one item, whoever took it.
///
/// Stresses: the owner's path alone (no thieves); the race for the last items and the thieves' line in the
/// owner's way (some); thieves among each other (several). Verifies: every item comes out once, none is torn,
/// and nothing is left when the owner has found nothing.
///
/// A deque from which thieves get little is fast here, since what they take costs more than what the owner
/// takes: `stolen_share` stands beside each time. `lost_per_steal` is what a theft costs in vain attempts.
struct owner_and_thieves {
    static void declare(const auto&, auto& c) {
        c.workload = "owner_and_thieves";
        c.axes = {{"thieves", {"1"}}, {"placement", {"spread"}}};
        c.threads = [](const harness::point& p) { return 1 + p.number("thieves"); };
    }

    template <class Deque>
    static harness::measurement run(const harness::trial& t) {
        static_assert(std::is_same_v<typename Deque::value_type, std::uint64_t>);
        constexpr std::uint64_t longest_burst = 64;
        constexpr bool is_bounded = requires(Deque& d) { d.try_push(std::uint64_t{}); };
        const std::size_t thieves = t.point.number("thieves");

        struct alignas(128) robbery {
            takings taken;
            std::uint64_t lost = 0;
        };
        struct alignas(128) flag {
            std::atomic<bool> is_up{false};
            void raise() noexcept {
                is_up.store(true, std::memory_order_relaxed);
            }  // relaxed, both: carries no data
            explicit operator bool() const noexcept { return is_up.load(std::memory_order_relaxed); }
        };
        alignas(128) Deque deque;
        flag time_is_up;  // for the owner
        flag all_done;    // for the thieves
        std::uint64_t pushed = 0;
        takings kept;
        std::vector<robbery> robberies(thieves);

        harness::team crew(placement_of(t.point));
        crew.add("owner", [&](harness::lap& me) {
            Deque& mine = deque;
            takings taken;
            std::uint64_t next = 0;
            std::uint64_t burst = 0;
            std::uint64_t word = 0;
            const std::uint64_t all = t.items;
            me.start();
            do {  // once at least, also when the time is up before the owner has had a processor
                burst = burst % longest_burst + 1;
                for (const std::uint64_t end = std::min(next + burst, all); next < end; ++next) {
                    if constexpr (is_bounded) {
                        if (!mine.try_push(takings::word(next))) [[unlikely]] {
                            break;  // room comes with what it pops
                        }
                    } else {
                        mine.push(takings::word(next));
                    }
                }
                while (mine.try_pop(word)) {
                    taken.enter(word);
                }
            } while (next < all && !time_is_up);
            all_done.raise();
            me.stop(taken.count());
            pushed = next;
            kept = taken;
        });
        for (robbery& one : robberies) {
            crew.add("thief", [&](harness::lap& me) {
                Deque& theirs = deque;
                takings taken;
                std::uint64_t lost = 0;
                std::uint64_t word = 0;
                me.start();
                while (!all_done) {
                    const impls::steal_result how = theirs.try_steal(word);
                    if (how == impls::steal_result::stolen) {
                        taken.enter(word);
                    } else {
                        lost += how == impls::steal_result::lost;
                        impls::detail::cpu_relax();
                    }
                }
                me.stop(taken.count());
                one.taken = taken;
                one.lost = lost;
            });
        }
        crew.stop_after(t.longest, [&] { time_is_up.raise(); });

        harness::measurement m;
        m.team = crew.run(t.window, [] {});
        if constexpr (is_bounded) {
            m.actual_capacity = deque.capacity();
        }
        takings stolen;
        std::uint64_t lost = 0;
        for (const robbery& one : robberies) {
            stolen.merge(one.taken);
            lost += one.lost;
        }
        takings all = kept;
        all.merge(stolen);
        m.items = pushed;
        m.failure = all.audit(pushed);
        std::uint64_t left = 0;
        if (deque.try_pop(left) || deque.try_steal(left) == impls::steal_result::stolen) {
            m.failure = "left: the owner found nothing, and there was an item";
        }
        m.metrics = {{"stolen_share", static_cast<double>(stolen.count()) / static_cast<double>(pushed)}};
        if (stolen.count() > 0) {
            m.metrics.emplace_back("lost_per_steal",
                                   static_cast<double>(lost) / static_cast<double>(stolen.count()));
        }
        return m;
    }
};

}  // namespace handoff::benchmarks
