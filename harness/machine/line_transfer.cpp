#include "line_transfer.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "clock.hpp"
#include "topology.hpp"

namespace handoff::harness {

namespace {

struct alignas(128) table {
    static constexpr unsigned ping = 0;  // the partner's turn
    static constexpr unsigned pong = 1;  // the caller's
    static constexpr unsigned over = 2;
    std::atomic<unsigned> turn{pong};
};

}  // namespace

double line_transfer_ns(int cpu_a, int cpu_b) {
    table ball;
    constexpr int trips = 50;                                 // per batch: some 3 to 10 us
    constexpr auto length = std::chrono::microseconds(1000);  // of all batches

    std::thread partner([&] {
        pin_this_thread(cpu_b);
        // The order of the exchanges is all that counts; they carry no data: relaxed.
        for (;;) {
            unsigned expected = table::ping;
            if (ball.turn.compare_exchange_strong(expected, table::pong, std::memory_order_relaxed)) {
                continue;
            }
            if (expected == table::over) {
                return;
            }
        }
    });

    std::vector<double> batches;
    batches.reserve(1000);
    std::thread caller([&] {
        pin_this_thread(cpu_a);
        const auto hit = [&](unsigned next) {
            unsigned expected = table::pong;
            while (!ball.turn.compare_exchange_strong(expected, next, std::memory_order_relaxed)) {
                expected = table::pong;
            }
        };
        hit(table::ping);  // the partner has arrived when this one comes back
        hit(table::ping);
        const auto begin = clock::now();
        auto last = begin;
        do {
            for (int i = 0; i < trips; ++i) {
                hit(table::ping);
            }
            const auto now = clock::now();
            batches.push_back(seconds_between(last, now));
            last = now;
        } while (last - begin < length);
        hit(table::over);
    });
    caller.join();
    partner.join();
    const auto middle = batches.begin() + static_cast<std::ptrdiff_t>(batches.size() / 2);
    std::ranges::nth_element(batches, middle);
    return *middle * 1e9 / (2 * trips);
}

}  // namespace handoff::harness
