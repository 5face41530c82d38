// Links of the same objects in another order.
#include "relink.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace handoff::harness {
namespace {

using words = std::vector<std::string>;

const char* const typical =
    "/usr/bin/c++ -O3 -MD -o a.cpp.o -c a.cpp\n"
    ": && /usr/bin/c++ -O3 -Wl,--as-needed a.cpp.o sub/b.o \"with space/c.o\" -o bin/bench_x  libx.a  "
    "/usr/lib/liby.so "
    "-lpthread && :\n";

TEST(Relink, TakesTheLinkOutOfNinjasCommands) {
    const link_command link = parse_link(typical, "/build");
    EXPECT_EQ(link.words,
              (words{"/usr/bin/c++", "-O3", "-Wl,--as-needed", "a.cpp.o", "sub/b.o", "with space/c.o", "-o",
                     "bin/bench_x", "libx.a", "/usr/lib/liby.so", "-lpthread"}));
    EXPECT_EQ(link.objects, (std::vector<std::size_t>{3, 4, 5}));
    EXPECT_EQ(link.words[link.output], "bin/bench_x");
}

TEST(Relink, RefusesWhatItDoesNotUnderstand) {
    for (const char* command : {"", ":", "c++ a.o -o x", "c++ a.o b.o", "c++ $(cat objects) a.o b.o -o x",
                                "c++ a.o b.o -o x | tee log", "c++ 'a.o b.o -o x"}) {
        EXPECT_THROW(parse_link(command, "/build"), std::invalid_argument) << command;
    }
    EXPECT_THROW(find_link("/no/such/bin/bench_x"), std::invalid_argument);
}

TEST(Relink, ShufflesTheObjectsAndNothingElse) {
    const link_command link = parse_link(typical, "/build");
    EXPECT_EQ(shuffled_link(link, 1, {}, "/tmp/x").size(), link.words.size());
    std::set<words> orders;
    std::set<std::size_t> sizes;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        words made = shuffled_link(link, seed, {"/pad/1.o", "/pad/2.o"}, "/tmp/x");
        EXPECT_EQ(made, shuffled_link(link, seed, {"/pad/1.o", "/pad/2.o"}, "/tmp/x")) << "a seed is an order";
        sizes.insert(made.size());
        std::erase_if(made, [](const std::string& word) { return word.starts_with("/pad/"); });
        words sorted(made.begin() + 3, made.begin() + 6);
        std::ranges::sort(sorted);
        EXPECT_EQ(sorted, (words{"/build/a.cpp.o", "/build/sub/b.o", "/build/with space/c.o"}));
        EXPECT_EQ(words(made.begin(), made.begin() + 3), (words{"/usr/bin/c++", "-O3", "-Wl,--as-needed"}));
        EXPECT_EQ(words(made.begin() + 6, made.end()),
                  (words{"-o", "/tmp/x", "/build/libx.a", "/usr/lib/liby.so", "-lpthread"}));
        orders.insert(made);
    }
    EXPECT_EQ(orders.size(), 6U) << "all of them";
    EXPECT_EQ(sizes.size(), 4U) << "none to three paddings";
}

}  // namespace
}  // namespace handoff::harness
