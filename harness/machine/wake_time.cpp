#include "wake_time.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "clock.hpp"
#include "pinning.hpp"
#include "topology.hpp"

namespace handoff::harness {

namespace {

/// A number that one thread waits for, asleep. The order of its changes is all that counts; they carry no data:
/// relaxed.
class alignas(128) doorbell {
public:
    /// Returns the first number that is not `old`.
    std::uint32_t wait_while(std::uint32_t old) noexcept {
        std::uint32_t now;
        while ((now = number_.load(std::memory_order_relaxed)) == old) {
            syscall(SYS_futex, &number_, FUTEX_WAIT_PRIVATE, old, nullptr, nullptr, 0);
        }
        return now;
    }
    void ring(std::uint32_t number) noexcept {
        number_.store(number, std::memory_order_relaxed);
        syscall(SYS_futex, &number_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
    }

private:
    static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
    std::atomic<std::uint32_t> number_{0};
};

/// Where nobody can be pinned, a trial's threads are not, either: the wake is what they meet.
void pin_if_possible(int cpu) {
    if (why_not_pinned().empty()) {
        pin_this_thread(cpu);
    }
}

}  // namespace

double wake_time_ns(int cpu_a, int cpu_b) {
    constexpr auto length = std::chrono::milliseconds(20);
    constexpr std::uint32_t over = UINT32_MAX;
    doorbell forth;
    doorbell back;

    std::thread partner([&] {
        pin_if_possible(cpu_b);
        for (std::uint32_t last = 0; (last = forth.wait_while(last)) != over;) {
            back.ring(last);
        }
    });
    std::vector<double> trips;
    std::thread caller([&] {
        pin_if_possible(cpu_a);
        const auto begin = clock::now();
        auto last = begin;
        // The first trip finds a partner that is only just being made.
        for (std::uint32_t trip = 1; trip <= 2 || last - begin < length; ++trip) {
            forth.ring(trip);
            back.wait_while(trip - 1);
            const auto now = clock::now();
            trips.push_back(seconds_between(last, now));
            last = now;
        }
        forth.ring(over);
    });
    caller.join();
    partner.join();
    const auto middle = trips.begin() + static_cast<std::ptrdiff_t>(trips.size() / 2);
    std::ranges::nth_element(trips, middle);
    return *middle * 1e9 / 2;
}

}  // namespace handoff::harness
