// The product of two square matrices by their quadrants.
#pragma once

#include <numeric>

#include "fork_join/kernels.hpp"
#include "fork_join/program.hpp"

namespace handoff::benchmarks {

/// C = A x B: each quadrant of C is the sum of two products of quadrants. The first four products are made
/// together, then the other four, which are added: no two that run at once write to the same place.
///
/// Source: as Cilk's matmul, Frigo, Leiserson, Randall, 1998, which makes all eight at once, into a second
/// matrix.
///
/// Stresses: joins between rounds, with leaves of a known length. Verifies: the number of leaves, and C, of
/// whole numbers, exactly: C x v = A x (B x v) for a vector v, as in Freivalds, "Probabilistic Machines Can Use
/// Less Running Time", 1977.
class matrix {
public:
    static constexpr std::string_view name = "matrix";
    static constexpr std::array parameters{parameter{"size", "512", 1, 4096, 2},
                                           parameter{"grain", "64", 1, 1UL << 30}};

    explicit matrix(const settings& s);

    template <class Context>
    outcome run(Context& context) {
        const std::uint64_t tasks = multiply(context, {c_.data(), a_.data(), b_.data()}, size_, false);
        return {kernels::rows_that_fit(c_.data(), vector_.data(), product_.data(), size_), tasks};
    }

    /// Rows that are right, and 6 tasks for each product that is made of eight.
    outcome expected() const {
        std::uint64_t forked = 0;
        std::uint64_t products = 1;
        for (std::uint64_t n = size_; n > grain_; n /= 2, products *= 8) {
            forked += products;
        }
        return {size_, 6 * forked};
    }
    std::span<const double> a() const { return a_; }
    std::span<const double> b() const { return b_; }
    std::span<const double> c() const { return c_; }

private:
    /// The first elements of three parts.
    struct places {
        double* c;
        const double* a;
        const double* b;
    };

    /// Returns the number of tasks.
    template <class Context>
    std::uint64_t multiply(Context& context, const places& at, std::size_t n, bool adds) const {
        if (n <= grain_) {
            kernels::multiply(at.c, at.a, at.b, n, size_, adds);
            return 0;
        }
        const std::size_t half = n / 2;
        const auto quadrant = [&](std::size_t row, std::size_t column) {
            return (row * size_ + column) * half;
        };
        std::uint64_t tasks = 0;
        for (const std::size_t k : {std::size_t{0}, std::size_t{1}}) {
            std::array<std::uint64_t, 4> pieces{};
            context.fork_all(4, [&](Context& c, std::size_t i) {
                const places part{at.c + quadrant(i / 2, i % 2), at.a + quadrant(i / 2, k),
                                  at.b + quadrant(k, i % 2)};
                pieces[i] += 1 + multiply(c, part, half, adds || k == 1);
            });
            tasks += std::accumulate(pieces.begin(), pieces.end(), std::uint64_t{0}) - 1;
        }
        return tasks;
    }

    std::size_t size_;
    std::uint64_t grain_;
    std::vector<double> a_;
    std::vector<double> b_;
    std::vector<double> c_;
    std::vector<double> vector_;
    std::vector<double> product_;
};

}  // namespace handoff::benchmarks
