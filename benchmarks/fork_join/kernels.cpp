#include "fork_join/kernels.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <type_traits>
#include <utility>

namespace handoff::benchmarks::kernels {

namespace {

// ---------------------------------------------------------------------------------------------------- SHA-1

using block = std::array<std::uint32_t, 16>;

constexpr digest sha1_start{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

/// One block of the message into the digest. Unrolled, so that the last 16 words of the schedule and the five
/// of the state stay where they are and change their names instead: as loops it takes four times as long.
inline void absorb(digest& d, block w) {
    using word = std::uint32_t;
    digest s = d;
    const auto twenty_rounds = [&]<std::size_t From>(std::integral_constant<std::size_t, From>, word constant,
                                                     auto mix) {
        const auto round = [&]<std::size_t T>(std::integral_constant<std::size_t, T>) {
            if constexpr (T >= 16) {
                w[T % 16] = std::rotl(w[(T + 13) % 16] ^ w[(T + 8) % 16] ^ w[(T + 2) % 16] ^ w[T % 16], 1);
            }
            constexpr std::size_t at = 80 - T;  // s[at % 5] is what the standard calls a
            word& b = s[(at + 1) % 5];
            s[(at + 4) % 5] +=
                std::rotl(s[at % 5], 5) + mix(b, s[(at + 2) % 5], s[(at + 3) % 5]) + constant + w[T % 16];
            b = std::rotl(b, 30);
        };
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (round(std::integral_constant<std::size_t, From + I>{}), ...);
        }(std::make_index_sequence<20>{});
    };
    const auto choose = [](word x, word y, word z) { return z ^ (x & (y ^ z)); };
    const auto parity = [](word x, word y, word z) { return x ^ y ^ z; };
    const auto majority = [](word x, word y, word z) { return (x & y) | (z & (x | y)); };
    twenty_rounds(std::integral_constant<std::size_t, 0>{}, 0x5a827999, choose);
    twenty_rounds(std::integral_constant<std::size_t, 20>{}, 0x6ed9eba1, parity);
    twenty_rounds(std::integral_constant<std::size_t, 40>{}, 0x8f1bbcdc, majority);
    twenty_rounds(std::integral_constant<std::size_t, 60>{}, 0xca62c1d6, parity);
    for (std::size_t i = 0; i < d.size(); ++i) {
        d[i] += s[i];
    }
}

// ---------------------------------------------------------------------------------------------------- trees

/// The number of children that a node's random number stands for.
std::uint32_t children_of(const tree& t, const tree_node& n) {
    const double uniform = (n.state[4] & 0x7fffffffU) / 2147483648.0;  // in [0, 1)
    if (t.grows == tree::rule::binomial) {
        return n.depth == 0 ? static_cast<std::uint32_t>(t.branching) : uniform < t.chance ? t.children : 0;
    }
    if (n.depth >= t.deepest) {
        return 0;
    }
    const double chance = 1.0 / (1.0 + t.branching);
    // The inverse of the distribution function. No node has more than 100, as the trees are defined.
    const auto wanted =
        static_cast<std::uint32_t>(std::floor(std::log(1.0 - uniform) / std::log(1.0 - chance)));
    return std::min<std::uint32_t>(wanted, 100);
}

constexpr std::uint32_t median(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    return std::max(std::min(a, b), std::min(std::max(a, b), c));
}

}  // namespace

digest sha1(std::string_view message) {
    digest d = sha1_start;
    const std::size_t length = message.size();
    const auto byte_at = [&](std::size_t i) -> std::uint32_t {
        return i < length ? static_cast<unsigned char>(message[i]) : i == length ? 0x80 : 0;
    };
    const std::size_t blocks = (length + 8) / 64 + 1;  // with the bit that ends the message, and its length
    for (std::size_t k = 0; k < blocks; ++k) {
        block words{};
        for (std::size_t i = 0; i < 64; ++i) {
            words[i / 4] |= byte_at(64 * k + i) << (24 - 8 * (i % 4));
        }
        if (k == blocks - 1) {
            words[14] = static_cast<std::uint32_t>(std::uint64_t{length} >> 29);
            words[15] = static_cast<std::uint32_t>(std::uint64_t{length} << 3);
        }
        absorb(d, words);
    }
    return d;
}

tree_node root_of(const tree& t) {
    tree_node n{sha1_start, 0, 0};
    absorb(n.state, {0, 0, 0, 0, t.seed, 0x80000000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8 * 20});
    n.children = children_of(t, n);
    return n;
}

tree_node child_of(const tree& t, const tree_node& parent, std::uint32_t i) {
    const auto& [a, b, c, d, e] = parent.state;
    tree_node n{sha1_start, parent.depth + 1, 0};
    absorb(n.state, {a, b, c, d, e, i, 0x80000000, 0, 0, 0, 0, 0, 0, 0, 0, 8 * 24});
    n.children = children_of(t, n);
    return n;
}

std::uint64_t sum(std::span<const std::uint32_t> numbers) {
    std::uint64_t total = 0;
    for (const std::uint32_t number : numbers) {
        total += number;
    }
    return total;
}

// Of the three numbers that the pivot is the median of, two are not less than it and two not greater. So
// neither part is empty: two scans that both stop at the pivot's equals cannot meet at an end, and of two
// equals that are dealt out by turns each part gets one.

std::size_t partition(std::span<std::uint32_t> numbers) {
    const std::size_t size = numbers.size();
    const std::uint32_t pivot = median(numbers[0], numbers[size / 2], numbers[size - 1]);
    for (std::size_t i = 0, j = size - 1;; ++i, --j) {
        while (numbers[i] < pivot) {
            ++i;
        }
        while (numbers[j] > pivot) {
            --j;
        }
        if (i >= j) {
            return j + 1;
        }
        std::swap(numbers[i], numbers[j]);
    }
}

std::size_t partition_into(std::span<std::uint32_t> to, std::span<const std::uint32_t> from) {
    const std::size_t size = from.size();
    const std::uint32_t pivot = median(from[0], from[size / 2], from[size - 1]);
    std::size_t front = 0;
    std::size_t back = size;
    bool equals_to_front = false;
    for (const std::uint32_t number : from) {
        equals_to_front ^= number == pivot;
        if (number < pivot || (number == pivot && equals_to_front)) {
            to[front++] = number;
        } else {
            to[--back] = number;
        }
    }
    return front;
}

std::uint64_t sort(std::span<std::uint32_t> numbers, std::uint64_t place) {
    std::sort(numbers.begin(), numbers.end());
    std::uint64_t total = 0;
    for (const std::uint32_t number : numbers) {
        total += number * place++;
    }
    return total;
}

void multiply(double* c, const double* a, const double* b, std::size_t n, std::size_t stride, bool adds) {
    for (std::size_t i = 0; i < n; ++i) {
        double* const row = c + i * stride;
        if (!adds) {
            std::fill_n(row, n, 0.0);
        }
        for (std::size_t k = 0; k < n; ++k) {
            const double factor = a[i * stride + k];
            const double* const other = b + k * stride;
            for (std::size_t j = 0; j < n; ++j) {
                row[j] += factor * other[j];
            }
        }
    }
}

std::size_t rows_that_fit(const double* m, const double* x, const double* product, std::size_t n) {
    std::size_t fitting = 0;
    for (std::size_t i = 0; i < n; ++i) {
        // Eight sums of their own: the compiler may not reorder one. All are whole numbers and exact.
        std::array<double, 8> sums{};
        std::size_t j = 0;
        for (; j + sums.size() <= n; j += sums.size()) {
            for (std::size_t k = 0; k < sums.size(); ++k) {
                sums[k] += m[i * n + j + k] * x[j + k];
            }
        }
        double total = 0;
        for (const double part : sums) {
            total += part;
        }
        for (; j < n; ++j) {
            total += m[i * n + j] * x[j];
        }
        fitting += total == product[i] ? 1 : 0;
    }
    return fitting;
}

}  // namespace handoff::benchmarks::kernels
