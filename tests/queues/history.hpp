// What threads see of a queue while they push and pop at once: every operation with its moments, for
// shared/linearizability.hpp to judge.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "detail/cpu_relax.hpp"
#include "queues/subject.hpp"
#include "shared/linearizability.hpp"
#include "shared/stamps.hpp"
#include "shared/threads.hpp"

namespace handoff::tests {

/// A number that loses its thread's CPU now and then when it is moved: in the middle of an operation, behind
/// what claimed a place and before what leaves it.
class hesitant {
public:
    explicit hesitant(std::uint64_t number = 0) noexcept : number_(number) {}
    hesitant(const hesitant& other) noexcept : number_(other.number_) { hesitate(); }
    hesitant& operator=(const hesitant& other) noexcept {
        number_ = other.number_;
        hesitate();
        return *this;
    }
    ~hesitant() = default;

    std::uint64_t number() const noexcept { return number_; }

    /// Of this thread, once in so many moves; 0: never.
    static void once_in(unsigned moves) noexcept { every = left = moves; }

private:
    static void hesitate() noexcept {
        if (every != 0 && --left == 0) {
            left = every;
            std::this_thread::yield();
        }
    }
    static inline thread_local unsigned every = 0;
    static inline thread_local unsigned left = 0;

    std::uint64_t number_;
};

struct round_of_history {
    std::size_t producers = 2;
    std::size_t consumers = 2;
    std::size_t operations = 500;  ///< of each thread, refused ones among them
    unsigned seed = 0;
    bool hesitates = false;
    /// Every thread pushes twice, then pops and pushes in turn: few values are inside, and never none.
    bool in_pairs = false;
};

/// One thread's operations.
template <class T>
class recorder {
public:
    recorder(unsigned thread, std::size_t operations) : thread_(thread) { seen_.reserve(operations); }

    template <class End>
    bool push(End& end, std::uint64_t number) {
        T value(number);
        bool pushed = true;
        const std::int64_t begun = stamps::before();
        if constexpr (requires { end.try_push(std::move(value)); }) {
            pushed = end.try_push(std::move(value));
        } else {
            end.push(std::move(value));
        }
        const std::int64_t ended = stamps::after();
        seen_.push_back(
            {pushed ? operation::kind::push : operation::kind::full, thread_, number, begun, ended});
        return pushed;
    }

    template <class End>
    bool pop(End& end) {
        T value{};
        const std::int64_t begun = stamps::before();
        const bool popped = end.try_pop(value);
        const std::int64_t ended = stamps::after();
        seen_.push_back({popped ? operation::kind::pop : operation::kind::empty, thread_,
                         popped ? number_in(value) : 0, begun, ended});
        return popped;
    }

    const std::vector<operation>& seen() const { return seen_; }

private:
    static std::uint64_t number_in(const T& value) {
        if constexpr (requires { value.number(); }) {
            return value.number();
        } else {
            return value;
        }
    }

    unsigned thread_;
    std::vector<operation> seen_;
};

/// The history of one round, in the end of which what is left is popped.
template <class Queue>
std::vector<operation> history_of(Queue& queue, const round_of_history& round) {
    using value = typename Queue::value_type;
    const std::size_t threads = round.producers + round.consumers;
    std::vector<recorder<value>> recorders;
    for (unsigned thread = 0; thread < threads; ++thread) {
        recorders.emplace_back(thread, round.operations);
    }
    // In one round producers are the slower ones, and the queue is mostly empty; in the next, consumers.
    const bool producers_rest = round.seed % 2 == 0;
    together(static_cast<unsigned>(threads), [&](unsigned thread) {
        recorder<value>& mine = recorders[thread];
        const bool produces = thread < round.producers || round.in_pairs;
        std::minstd_rand random(round.seed * 64 + thread + 1);
        const auto rest = [&](bool refused) {
            const auto draw = random() / 16;
            // Threads of one CPU would do whole slices in turn, and be refused in most of them.
            if (draw % (refused ? 4 : 16) == 0) {
                std::this_thread::yield();
            } else if (refused || produces == producers_rest) {
                for (auto pauses = draw % 16; pauses > 0; --pauses) {
                    impls::detail::cpu_relax();
                }
            }
        };
        if (round.hesitates) {
            hesitant::once_in(16 + static_cast<unsigned>(random() / 16 % 48));
        }
        // Numbers that tell in a report who pushed them.
        std::uint64_t number = std::uint64_t{thread + 1} * 1'000'000;
        const auto push = [&](auto& end) {
            const bool pushed = mine.push(end, number);
            number += pushed;
            rest(!pushed);
        };
        const auto pop = [&](auto& end) { rest(!mine.pop(end)); };
        if (round.in_pairs) {
            auto&& in = impls::producer_end(queue);
            auto&& out = impls::consumer_end(queue);
            push(in);
            for (std::size_t i = 1; i < round.operations; ++i) {
                i % 2 == 1 ? push(in) : pop(out);
            }
        } else if (produces) {
            auto&& in = impls::producer_end(queue);
            for (std::size_t i = 0; i < round.operations; ++i) {
                push(in);
            }
        } else {
            auto&& out = impls::consumer_end(queue);
            for (std::size_t i = 0; i < round.operations; ++i) {
                pop(out);
            }
        }
        hesitant::once_in(0);
    });
    std::vector<operation> history;
    for (const auto& one : recorders) {
        history.insert(history.end(), one.seen().begin(), one.seen().end());
    }
    recorder<value> last(static_cast<unsigned>(threads), history.size());
    auto&& end = impls::consumer_end(queue);
    for (std::size_t pops = 0; pops <= history.size() && last.pop(end); ++pops) {
    }
    history.insert(history.end(), last.seen().begin(), last.seen().end());
    return history;
}

#if defined(__SANITIZE_THREAD__)
inline constexpr unsigned rounds_of_history = 8;
#elif defined(__SANITIZE_ADDRESS__)
inline constexpr unsigned rounds_of_history = 16;
#else
inline constexpr unsigned rounds_of_history = 32;
#endif

/// Several rounds, each with a queue of its own and with up to 2 producers and 2 consumers; nothing, or what is
/// wrong with the first history that has a pattern. Where others have the machine, 4 rounds have to do.
template <class Queue>
std::string judge_histories(unsigned rounds) {
    constexpr bool hesitates = std::is_same_v<typename Queue::value_type, hesitant>;
    const deadline over(std::chrono::milliseconds(250));
    for (unsigned seed = 0; seed < rounds && (seed < 4 || !over()); ++seed) {
        round_of_history round;
        round.producers = Queue::producers == impls::cardinality::many ? 2 - seed / 4 % 2 : 1;
        round.consumers = consumers_share<Queue> ? 2 - seed / 8 % 2 : 1;
        round.seed = seed;
        round.hesitates = hesitates && seed / 2 % 2 == 0;
        round.in_pairs =
            Queue::producers == impls::cardinality::many && consumers_share<Queue> && seed % 4 == 1;
        const std::size_t capacity = seed % 3 == 0 ? 2 : 8;  // both legal by every rule
        const auto queue = make<Queue>(capacity);
        const std::vector<operation> history = history_of(*queue, round);
        const verdict found = judge(history, promises_of(*queue, capacity));
        if (found.what != pattern::none) {
            return "round " + std::to_string(seed + 1) + " of " + std::to_string(rounds) + ", capacity " +
                   std::to_string(capacity) + ", producers " + std::to_string(round.producers) +
                   ", consumers " + std::to_string(round.consumers) + ":\n" + told(found, history);
        }
    }
    return {};
}

}  // namespace handoff::tests
