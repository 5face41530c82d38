// Other people's text as it may be shown.
#include "text.hpp"

#include <gtest/gtest.h>

namespace handoff::harness {
namespace {

using std::string_literals::operator""s;

TEST(Text, WhatATerminalObeysIsShown) {
    EXPECT_EQ(printable("plain: ä, 隊列, 😀"), "plain: ä, 隊列, 😀");
    EXPECT_EQ(printable("a\x1b[31mRED\x1b]0;title\x07\nSECOND\r\tLINE"),
              "a\\x1b[31mRED\\x1b]0;title\\x07\\nSECOND\\r\\tLINE");
    EXPECT_EQ(printable("nul\0, del\x7f"s), "nul\\x00, del\\x7f");
    EXPECT_EQ(printable("\xc2\x9b"
                        "31m, \xe2\x80\xae, \xe2\x80\xa8, \xef\xbb\xbf"),
              "\\x9b31m, \\u202e, \\u2028, \\ufeff");
}

TEST(Text, WhatIsNoUtf8IsShownByteByByte) {
    EXPECT_EQ(printable("Gr\xf6\xdf"
                        "e"),
              "Gr\\xf6\\xdfe");
    EXPECT_EQ(printable("\xc0\xaf \xe0\x80\x80 \xed\xa0\x80 \xf4\x90\x80\x80 \xf8 \xe2\x82"),
              "\\xc0\\xaf \\xe0\\x80\\x80 \\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80 \\xf8 \\xe2\\x82");
    EXPECT_EQ(code_point_bytes(""), 0U);
    EXPECT_EQ(code_point_bytes("a"), 1U);
    EXPECT_EQ(code_point_bytes("ä"), 2U);
    EXPECT_EQ(code_point_bytes("隊"), 3U);
    EXPECT_EQ(code_point_bytes("😀"), 4U);
}

TEST(Text, IsCutBetweenCharacters) {
    EXPECT_EQ(beginning_of("abc", 3), "abc");
    EXPECT_EQ(beginning_of("abcd", 3), "abc...");
    EXPECT_EQ(beginning_of("a隊列", 3), "a...");
    EXPECT_EQ(beginning_of("a隊列", 4), "a隊...");
}

TEST(Text, IsNoMarkdown) {
    EXPECT_EQ(markdown_text("a|b\nc_d <i>*x*</i> [l](u) `q` \\ &amp;"),
              "a\\|b\\\\nc\\_d \\<i\\>\\*x\\*\\</i\\> \\[l\\](u) \\`q\\` \\\\ &amp;amp;");
    EXPECT_EQ(markdown_code("a|b`c\nd"), "`a\\|b'c\\nd`");
}

}  // namespace
}  // namespace handoff::harness
