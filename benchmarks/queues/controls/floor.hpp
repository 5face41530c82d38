// Controls: items moved with no queue at all, and checked lightly. No queue can be expected below these.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "detail/cpu_relax.hpp"
#include "measurement.hpp"
#include "queues/controls/run_control.hpp"
#include "shared/item.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// One thread makes every item and checks it at once: what the items themselves cost.
///
/// Stresses: nothing. Verifies: what `transfer` verifies lightly.
inline harness::measurement floor_in_place(const harness::trial& t) {
    std::vector<light_ledger> received(1, light_ledger(1));
    harness::team crew(harness::placement::spread);
    crew.add("consumer", [&](harness::lap& me) {
        const std::uint64_t count = t.items;
        light_ledger::page mine = received[0].open();
        me.start();
        for (std::uint64_t i = 0; i < count; ++i) {
            const item<8> made(0, i);
            mine.enter(made);
        }
        me.stop(count);
        received[0].close(mine, count);
    });

    harness::measurement m;
    m.items = t.items;
    m.team = run_control(crew, t);
    m.failure = audit(received, {t.items}, 0, 8);
    return m;
}

/// Two threads share 64 KiB of lines, each line seven items and one flag that says which lap it belongs to: the
/// least synchronisation that moves items between cores. The producer may be one buffer ahead.
///
/// Stresses: the cache's line transfer. Verifies: what `transfer` verifies lightly.
inline harness::measurement floor_flagged_lines(const harness::trial& t) {
    constexpr std::size_t lines = 1024;
    constexpr std::size_t per_line = 7;
    struct alignas(64) line {
        std::array<item<8>, per_line> items;
        std::atomic<std::uint64_t> lap{0};
    };
    static_assert(sizeof(line) == 64);
    struct alignas(128) progress {
        std::atomic<std::uint64_t> lines_read{0};
    };
    const auto buffer = std::make_unique<std::array<line, lines>>();
    progress reader;
    std::vector<light_ledger> received(1, light_ledger(1));
    harness::team crew(harness::placement::spread);
    crew.add("producer", [&](harness::lap& me) {
        const std::uint64_t items = t.items;
        line* const to_lines = buffer->data();
        std::uint64_t made = 0;
        std::uint64_t free_until = lines;
        me.start();
        for (std::uint64_t n = 0; made < items; ++n) {
            while (n == free_until) {
                // [read]: the reader is done with the lines before this count.
                free_until = reader.lines_read.load(std::memory_order_acquire) + lines;
                if (n == free_until) {
                    impls::detail::cpu_relax();
                }
            }
            line& to = to_lines[n % lines];
            for (std::size_t i = 0; i < per_line && made < items; ++i) {
                to.items[i] = item<8>(0, made++);
            }
            to.lap.store(n / lines + 1, std::memory_order_release);  // [written]
        }
        me.stop(made);
    });
    crew.add("consumer", [&](harness::lap& me) {
        const std::uint64_t items = t.items;
        const line* const from_lines = buffer->data();
        light_ledger::page mine = received[0].open();
        std::uint64_t read = 0;
        me.start();
        for (std::uint64_t n = 0; read < items; ++n) {
            const line& from = from_lines[n % lines];
            // [written]: the line holds this lap's items.
            while (from.lap.load(std::memory_order_acquire) != n / lines + 1) {
                impls::detail::cpu_relax();
            }
            for (std::size_t i = 0; i < per_line && read < items; ++i, ++read) {
                mine.enter(from.items[i]);
            }
            if ((n + 1) % 64 == 0) {
                reader.lines_read.store(n + 1, std::memory_order_release);  // [read]
            }
        }
        me.stop(read);
        received[0].close(mine, read);
    });

    harness::measurement m;
    m.items = t.items;
    m.team = run_control(crew, t);
    m.failure = audit(received, {t.items}, 0, 8);
    return m;
}

}  // namespace handoff::benchmarks
