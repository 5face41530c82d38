#include "line_transfer.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

#include "clock.hpp"
#include "topology.hpp"

namespace handoff::harness {

namespace {

constexpr unsigned ping = 0;  // the partner's turn
constexpr unsigned pong = 1;  // the caller's
constexpr unsigned over = 2;

/// A line somewhere in a page of its own: which part of the last cache a line belongs to depends on its
/// address, and with that how long it takes.
struct alignas(4096) page {
    struct alignas(128) slot {
        std::atomic<unsigned> turn{pong};
    };
    std::array<slot, 4096 / sizeof(slot)> slots;
};

constexpr std::size_t lines = 8;

std::atomic<unsigned>& line_of(std::vector<page>& pages, std::size_t i) {
    return pages[i].slots[5 * i % pages[i].slots.size()].turn;
}

/// Answers on a line until the caller has done with it. The order of the exchanges is all that counts; they
/// carry no data: relaxed, here and below.
void answer(std::atomic<unsigned>& turn) {
    for (;;) {
        unsigned expected = ping;
        if (!turn.compare_exchange_strong(expected, pong, std::memory_order_relaxed) && expected == over) {
            return;
        }
    }
}

void hit(std::atomic<unsigned>& turn, unsigned next) {
    unsigned expected = pong;
    while (!turn.compare_exchange_strong(expected, next, std::memory_order_relaxed)) {
        expected = pong;
    }
}

double middle_of(std::vector<double>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

}  // namespace

double line_transfer_ns(int cpu_a, int cpu_b) {
    constexpr int trips = 50;                                         // per batch: some 3 to 10 us
    constexpr auto length = std::chrono::microseconds(1000) / lines;  // of a line's batches
    std::vector<page> pages(lines);

    std::thread partner([&] {
        pin_this_thread(cpu_b);
        for (std::size_t i = 0; i < lines; ++i) {
            answer(line_of(pages, i));
        }
    });

    std::vector<double> of_lines;
    std::thread caller([&] {
        pin_this_thread(cpu_a);
        for (std::size_t i = 0; i < lines; ++i) {
            std::atomic<unsigned>& turn = line_of(pages, i);
            std::vector<double> batches;
            batches.reserve(200);
            hit(turn, ping);  // the partner has arrived when this one comes back
            hit(turn, ping);
            const auto begin = clock::now();
            auto last = begin;
            do {
                for (int trip = 0; trip < trips; ++trip) {
                    hit(turn, ping);
                }
                const auto now = clock::now();
                batches.push_back(seconds_between(last, now));
                last = now;
            } while (last - begin < length);
            hit(turn, over);
            of_lines.push_back(middle_of(batches));
        }
    });
    caller.join();
    partner.join();
    return middle_of(of_lines) * 1e9 / (2 * trips);
}

}  // namespace handoff::harness
