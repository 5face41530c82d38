// Where a scene is played: threads that live for all rounds, meet before and after each, and draw their delays.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "detail/cache_line.hpp"
#include "detail/cpu_relax.hpp"
#include "exhibit.hpp"
#include "topology.hpp"

namespace handoff::races {

/// Spins, and gives the CPU away once it has spun for a while: there may be fewer CPUs than threads.
template <class Condition>
void wait_until(Condition&& holds) {
    for (unsigned turn = 0; !holds(); ++turn) {
        if (turn % 512 < 500) {
            impls::detail::cpu_relax();
        } else {
            std::this_thread::yield();
        }
    }
}

/// A barrier for a fixed number of threads. What each did before is visible to all after.
class meeting {
public:
    explicit meeting(unsigned threads) : threads_(threads) {}

    void meet() {
        // relaxed: cannot change before we have arrived
        const unsigned now = generation_.load(std::memory_order_relaxed);
        // [arrived]: the last one to arrive sees what all did before
        if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
            arrived_.store(0, std::memory_order_relaxed);  // [opened] orders it before the next meeting
            generation_.store(now + 1, std::memory_order_release);  // [opened]
        } else {
            wait_until([&] { return generation_.load(std::memory_order_acquire) != now; });  // [opened]
        }
    }

private:
    const unsigned threads_;
    alignas(impls::detail::cache_line) std::atomic<unsigned> arrived_{0};
    alignas(impls::detail::cache_line) std::atomic<unsigned> generation_{0};
};

/// A thread's source of chance: splitmix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
/// Generators", OOPSLA 2014). Every thread's is seeded differently, and both twins' alike.
class dice {
public:
    dice(std::uint64_t seed, unsigned thread) : state_(seed) {
        for (unsigned i = 0; i <= thread; ++i) {
            state_ = roll();
        }
    }

    /// Any of 0 to `most`.
    std::uint64_t up_to(std::uint64_t most) { return roll() % (most + 1); }

    /// Widens the window between two steps: mostly by a delay of up to `most_ns` and the clock's own cost, one
    /// time in eight by giving the CPU away, without which one CPU would hardly ever see two threads in one
    /// window.
    void widen(unsigned most_ns) {
        if (up_to(7) == 0) {
            std::this_thread::yield();
        } else {
            pause(up_to(most_ns));
        }
    }

    static void pause(std::uint64_t ns) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::nanoseconds(ns);
        while (std::chrono::steady_clock::now() < until) {
            impls::detail::cpu_relax();
        }
    }

private:
    std::uint64_t roll() {
        std::uint64_t x = state_ += 0x9e3779b97f4a7c15;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return x ^ (x >> 31);
    }

    std::uint64_t state_;
};

/// Each thread is pinned to a CPU of its own where there are enough: left alone, the scheduler now and then
/// keeps two that meet so often on one CPU, and then a race is hardly ever seen.
///
/// A scene has `threads`, `set_up()`, `act(thread, dice)` and `failed(tally)`. All threads act at once; thread
/// 0 sets up before and judges after, while the others wait. A scene whose other threads may never come back
/// has `stuck()`: thread 0 has found out that they will not.
template <class Scene>
void play(const order& asked, tally& outcome) {
    Scene scene;
    meeting all(Scene::threads);
    const std::vector<int> seats = harness::seats(harness::placement::spread, Scene::threads);
    const auto take_part = [&](unsigned self) {
        if (seats[self] >= 0) {
            harness::pin_this_thread(seats[self]);
        }
        dice chance(asked.seed, self);
        for (std::uint64_t round = 0; round < asked.rounds; ++round) {
            if (self == 0) {
                scene.set_up();
            }
            all.meet();
            scene.act(self, chance);
            if constexpr (requires { scene.stuck(); }) {
                if (self == 0 && scene.stuck()) {
                    outcome.hung();
                }
            }
            all.meet();
            if (self == 0) {
                outcome.round(scene.failed(outcome));
            }
        }
    };
    std::vector<std::jthread> all_threads;
    for (unsigned self = 0; self < Scene::threads; ++self) {
        all_threads.emplace_back(take_part, self);
    }
}

}  // namespace handoff::races
