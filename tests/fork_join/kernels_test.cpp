// What the fork-join programs do in the pieces that are not forked.
#include "fork_join/kernels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <string>
#include <vector>

#include "fork_join/program.hpp"

namespace handoff::tests {
namespace {

namespace kernels = benchmarks::kernels;

std::string hex(const kernels::digest& d) {
    char text[41];
    std::snprintf(text, sizeof text, "%08x%08x%08x%08x%08x", d[0], d[1], d[2], d[3], d[4]);
    return text;
}

/// The messages of FIPS 180's examples, and lengths around the end of a block, where the padding needs another.
TEST(Sha1, GivesThePublishedDigests) {
    EXPECT_EQ(hex(kernels::sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(hex(kernels::sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    EXPECT_EQ(hex(kernels::sha1(std::string(1'000'000, 'a'))), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    EXPECT_EQ(hex(kernels::sha1("")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

/// Computed with another implementation (OpenSSL's).
TEST(Sha1, PadsMessagesAroundTheEndOfABlock) {
    EXPECT_EQ(hex(kernels::sha1(std::string(55, 'a'))), "c1c8bbdc22796e28c0e15163d20899b65621d65a");
    EXPECT_EQ(hex(kernels::sha1(std::string(56, 'a'))), "c2db330f6083854c99d4b5bfb6e8f29f201be699");
    EXPECT_EQ(hex(kernels::sha1(std::string(64, 'a'))), "0098ba824b5c16427bd7a1122a5a442a25ec644d");
    EXPECT_EQ(hex(kernels::sha1(std::string(119, 'a'))), "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56");
    EXPECT_EQ(hex(kernels::sha1(std::string(120, 'a'))), "f34c1488385346a55709ba056ddd08280dd4c6d6");
}

/// The words that the tree hashes are the bytes that the definition says.
TEST(Trees, ChildrenAreHashesOfTheirParentAndTheirNumber) {
    const kernels::tree t{"", kernels::tree::rule::geometric, 4, 10, 0, 0, 19};
    const auto bytes_of = [](std::uint32_t word) {
        std::string bytes;
        for (int shift = 24; shift >= 0; shift -= 8) {
            bytes += static_cast<char>(word >> shift & 0xff);
        }
        return bytes;
    };
    const kernels::tree_node root = kernels::root_of(t);
    EXPECT_EQ(root.state, kernels::sha1(std::string(16, '\0') + bytes_of(19)));
    std::string state;
    for (const std::uint32_t word : root.state) {
        state += bytes_of(word);
    }
    const kernels::tree_node child = kernels::child_of(t, root, 3);
    EXPECT_EQ(child.state, kernels::sha1(state + bytes_of(3)));
    EXPECT_EQ(child.depth, 1U);
}

/// Arrays with all kinds of pivots: none twice, many equals, sorted, reversed.
std::vector<std::vector<std::uint32_t>> arrays() {
    std::vector<std::vector<std::uint32_t>> all;
    benchmarks::random_numbers next(7);
    for (std::size_t size = 3; size < 40; ++size) {
        for (const std::uint32_t range : {1U, 2U, 3U, 10U, 4'000'000'000U}) {
            for (int again = 0; again < 20; ++again) {
                std::vector<std::uint32_t> numbers(size);
                std::ranges::generate(numbers, [&] { return static_cast<std::uint32_t>(next() % range); });
                all.push_back(numbers);
            }
            std::ranges::sort(all.back());
            all.push_back(all.back());
            std::ranges::reverse(all.back());
        }
    }
    return all;
}

TEST(Sorting, PartitionsHaveTwoPartsInOrder) {
    for (const std::vector<std::uint32_t>& input : arrays()) {
        for (const bool in_place : {true, false}) {
            std::vector<std::uint32_t> numbers = input;
            const std::size_t cut =
                in_place ? kernels::partition(numbers) : kernels::partition_into(numbers, input);
            ASSERT_GE(cut, 1U);
            ASSERT_LT(cut, numbers.size());
            EXPECT_LE(*std::max_element(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(cut)),
                      *std::min_element(numbers.begin() + static_cast<std::ptrdiff_t>(cut), numbers.end()));
            EXPECT_TRUE(std::ranges::is_permutation(numbers, input));
        }
    }
}

TEST(Sorting, TheSumOfNumbersTimesPlacesTellsSortedFromUnsorted) {
    std::vector<std::uint32_t> numbers{5, 3, 9, 3};
    EXPECT_EQ(kernels::sort(numbers, 11), 11U * 3 + 12 * 3 + 13 * 5 + 14 * 9);
    EXPECT_EQ(numbers, (std::vector<std::uint32_t>{3, 3, 5, 9}));
}

TEST(Sorting, SumsDoNotOverflow) {
    EXPECT_EQ(kernels::sum(std::vector<std::uint32_t>(1000, 0xffffffff)), 1000 * std::uint64_t{0xffffffff});
    EXPECT_EQ(kernels::sum({}), 0U);
}

TEST(Matrices, PartsAreMultipliedAndAdded) {
    constexpr std::size_t stride = 7;
    constexpr std::size_t n = 5;
    std::vector<double> a(stride * stride);
    std::vector<double> b(stride * stride);
    std::iota(a.begin(), a.end(), -20.0);
    std::iota(b.begin(), b.end(), 3.0);
    for (const bool adds : {false, true}) {
        std::vector<double> c(stride * stride, 1000.0);
        kernels::multiply(c.data(), a.data(), b.data(), n, stride, adds);
        for (std::size_t i = 0; i < stride; ++i) {
            for (std::size_t j = 0; j < stride; ++j) {
                double expected = adds || i >= n || j >= n ? 1000 : 0;  // outside the part nothing changes
                for (std::size_t k = 0; k < n && i < n && j < n; ++k) {
                    expected += a[i * stride + k] * b[k * stride + j];
                }
                EXPECT_EQ(c[i * stride + j], expected);
            }
        }
    }
}

TEST(Matrices, RowsThatDoNotFitAreCounted) {
    for (const std::size_t n : {1U, 4U, 8U, 16U, 19U}) {
        std::vector<double> m(n * n, 2);
        const std::vector<double> x(n, 3);
        const std::vector<double> product(n, 6.0 * static_cast<double>(n));
        EXPECT_EQ(kernels::rows_that_fit(m.data(), x.data(), product.data(), n), n);
        m[n * n - 1] += 1;
        EXPECT_EQ(kernels::rows_that_fit(m.data(), x.data(), product.data(), n), n - 1);
    }
}

}  // namespace
}  // namespace handoff::tests
