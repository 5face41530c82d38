// What the fork-join programs have in common. Each is a class: made from settings, outside anything measured,
// with the input and the known answer; then run again and again, on any scheduler.
//
// Pieces of work add to what is theirs in the answer, and none of them assigns: a piece that ran twice counts
// twice, one that did not run is missing.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace handoff::benchmarks {

/// What a run of a program came to.
struct outcome {
    std::uint64_t answer = 0;
    /// Pieces of work that could have run elsewhere. A fork into n pieces makes n - 1: one is the forker's own.
    std::uint64_t tasks = 0;
    bool operator==(const outcome&) const = default;
};

/// An answer and the pieces that it was put together from: those at the ends of the program's tree of calls.
/// There is one more of them than there were tasks, whatever the tree looks like.
struct tally {
    std::uint64_t answer = 0;
    std::uint64_t pieces = 0;
    tally& operator+=(const tally& more) {
        answer += more.answer;
        pieces += more.pieces;
        return *this;
    }
    /// No pieces at all is what is left of a program whose pieces did not run.
    outcome result() const { return {answer, pieces == 0 ? 0 : pieces - 1}; }
};

struct settings {
    std::uint64_t size = 0;
    std::uint64_t grain = 0;
    std::string tree;
    std::uint64_t seed = 1;
};

/// An axis of a program, with the value that a sweep takes when it does not name it, and what is legal.
struct parameter {
    std::string_view axis;
    std::string_view usual;
    std::uint64_t least = 0;
    std::uint64_t most = 0;
    std::uint64_t power_of = 0;                 ///< 0: any number
    std::span<const std::string_view> words{};  ///< of word axes
};

/// `run` calls the context's forks; the program is the same for all of them.
template <class P, class Context>
concept fork_join_program =
    std::constructible_from<P, const settings&> && requires(P& p, const P& seen, Context& context) {
        { P::name } -> std::convertible_to<std::string_view>;
        { P::parameters.size() } -> std::convertible_to<std::size_t>;
        { p.run(context) } -> std::same_as<outcome>;
        { seen.expected() } -> std::same_as<outcome>;
    };

/// Forks that are calls: what the known numbers of tasks are counted with, where there is no formula for them.
struct calls {
    template <class First, class Second>
    void fork2(First&& first, Second&& second) {
        first(*this);
        second(*this);
    }
    template <class Body>
    void fork_all(std::size_t n, Body&& body) {
        for (std::size_t i = 0; i < n; ++i) {
            body(*this, i);
        }
    }
};

/// As many zeros as a node has children: beside the caller's other variables for the usual few, else on the
/// heap.
template <class T>
class of_children {
public:
    explicit of_children(std::size_t n) : size_(n) {
        if (n > few) {
            many_.resize(n);
        }
    }
    T& operator[](std::size_t i) { return size_ > few ? many_[i] : few_[i]; }
    T sum() {
        T total{};
        for (std::size_t i = 0; i < size_; ++i) {
            total += (*this)[i];
        }
        return total;
    }

private:
    static constexpr std::size_t few = 12;

    std::size_t size_;
    std::array<T, few> few_{};
    std::vector<T> many_;
};

/// Numbers that depend on the seed alone. Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number
/// Generators", 2014 (SplitMix64).
class random_numbers {
public:
    explicit random_numbers(std::uint64_t seed) : state_(seed) {}
    std::uint64_t operator()() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

private:
    std::uint64_t state_;
};

std::vector<std::uint32_t> random_array(std::uint64_t size, std::uint64_t seed);

}  // namespace handoff::benchmarks
