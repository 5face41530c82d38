// Reader-writer spin lock in which readers and writers take turns: PF-T, the phase-fair ticket lock.
//
// Source: Brandenburg and Anderson, "Spin-Based Reader-Writer Synchronization for Multiprocessor Real-Time
//         Systems", Real-Time Systems 46, 2010.
//
// Progress: blocking.
// Order:    phases: a reader waits for at most one writer, a writer for those before it and one phase of
//           readers ahead of each.
// Cost:     1 RMW each to take and to leave shared; 2 RMW to take alone, 1 to leave.
#pragma once

#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/locks.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"

namespace handoff::impls {

class phase_fair_lock {
public:
    static constexpr std::string_view name = "phase_fair_lock";
    static constexpr auto admits = admission::phases;
    static constexpr auto waits = waiting::spins;

    phase_fair_lock() = default;
    phase_fair_lock(const phase_fair_lock&) = delete;
    phase_fair_lock& operator=(const phase_fair_lock&) = delete;

    void lock_shared() noexcept {
        // [writer left]: what the writers before did is visible here. (All who change readers_in_ do it by RMW,
        // so their releases reach across each other's changes.)
        const std::uint64_t phase = readers_in_.fetch_add(one_reader, std::memory_order_acquire) & writer_bits;
        if (phase == no_writer) {
            return;
        }
        // The phase ends when the writer leaves, even if the next one has entered by the time we look: that one
        // counts us among the readers for whom it waits. [writer left]: as above.
        while ((readers_in_.load(std::memory_order_acquire) & writer_bits) == phase) {
            detail::cpu_relax();
        }
    }

    void unlock_shared() noexcept {
        // [reader left]: our reads are over before the next writer writes.
        readers_out_.fetch_add(one_reader, std::memory_order_release);
    }

    void lock() noexcept {
        // relaxed: a ticket carries no data; its being called does
        const std::uint64_t mine = writers_in_.fetch_add(1, std::memory_order_relaxed);
        // [called]: what the writer before did is visible here.
        while (writers_out_.load(std::memory_order_acquire) != mine) {
            detail::cpu_relax();
        }
        // Holds up readers from here on and counts those who came before. The parity tells this phase from the
        // next one. relaxed: the wait below orders us after the readers, [called] after the writers
        const std::uint64_t phase = writer_present | (mine & parity);
        const std::uint64_t readers = readers_in_.fetch_add(phase, std::memory_order_relaxed);
        // [reader left]: none of them reads any more.
        while (readers_out_.load(std::memory_order_acquire) != readers) {
            detail::cpu_relax();
        }
    }

    void unlock() noexcept {
        readers_in_.fetch_and(~writer_bits, std::memory_order_release);  // [writer left]
        // [called]. relaxed: only the writer inside writes writers_out_
        writers_out_.store(writers_out_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

private:
    // readers_in_ counts readers in steps of 4, above the two bits of the writer that is inside or waits for
    // the last readers; readers_out_ counts in the same steps and has no such bits. 62 bits never come round.
    static constexpr std::uint64_t parity = 1;
    static constexpr std::uint64_t writer_present = 2;
    static constexpr std::uint64_t writer_bits = parity | writer_present;
    static constexpr std::uint64_t no_writer = 0;
    static constexpr std::uint64_t one_reader = 4;

    alignas(detail::cache_line) atomic<std::uint64_t> readers_in_{0};
    alignas(detail::cache_line) atomic<std::uint64_t> readers_out_{0};
    alignas(detail::cache_line) atomic<std::uint64_t> writers_in_{0};
    alignas(detail::cache_line) atomic<std::uint64_t> writers_out_{0};
};

}  // namespace handoff::impls
