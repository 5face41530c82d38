#include "text.hpp"

#include <array>
#include <cstdio>

namespace handoff::harness {

namespace {

/// What a terminal obeys instead of showing it, and what reorders or breaks a line: C0, DEL, C1, separators of
/// lines and paragraphs, marks and overrides of direction, the byte order mark.
bool is_control(char32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0x061c || c == 0x200e ||
           c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

char32_t code_point_of(std::string_view bytes) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    switch (bytes.size()) {
        case 1:
            return byte(0);
        case 2:
            return static_cast<char32_t>((byte(0) & 0x1f) << 6 | (byte(1) & 0x3f));
        case 3:
            return static_cast<char32_t>((byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f));
        default:
            return static_cast<char32_t>((byte(0) & 0x07) << 18 | (byte(1) & 0x3f) << 12 |
                                         (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f));
    }
}

void append_byte(std::string& out, unsigned char byte) {
    std::array<char, 5> digits{};
    std::snprintf(digits.data(), digits.size(), "\\x%02x", byte);
    out += digits.data();
}

void append_control(std::string& out, char32_t c) {
    if (c == '\n' || c == '\t' || c == '\r') {
        out += c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r";
    } else if (c < 0x100) {
        append_byte(out, static_cast<unsigned char>(c));
    } else {
        std::array<char, 9> digits{};
        std::snprintf(digits.data(), digits.size(), "\\u%04x", static_cast<unsigned>(c));
        out += digits.data();
    }
}

}  // namespace

std::size_t code_point_bytes(std::string_view text) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const unsigned first = byte(0);
    const std::size_t size = text.empty()    ? 0
                             : first < 0x80  ? 1
                             : first < 0xc2  ? 0
                             : first < 0xe0  ? 2
                             : first < 0xf0  ? 3
                             : first <= 0xf4 ? 4
                                             : 0;
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0) != 0x80) {
            return 0;
        }
    }
    // Overlong forms, surrogates, and what lies beyond U+10FFFF.
    const unsigned second = byte(1);
    const bool is_none = (first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0) ||
                         (first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90);
    return is_none ? 0 : size;
}

std::string printable(std::string_view text, newlines how) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t size = code_point_bytes(text);
        if (size == 0) {
            append_byte(out, static_cast<unsigned char>(text.front()));
            text.remove_prefix(1);
            continue;
        }
        const std::string_view bytes = text.substr(0, size);
        const char32_t c = code_point_of(bytes);
        const bool kept = how == newlines::kept && (c == '\n' || c == '\t');
        if (is_control(c) && !kept) {
            append_control(out, c);
        } else {
            out += bytes;
        }
        text.remove_prefix(size);
    }
    return out;
}

std::string beginning_of(std::string_view text, std::size_t most) {
    if (text.size() <= most) {
        return std::string(text);
    }
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) {
        --most;
    }
    return std::string(text.substr(0, most)) + "...";
}

std::string markdown_text(std::string_view text) {
    std::string out;
    for (const char c : printable(text)) {
        if (std::string_view("\\`*_[]<>|~#!").find(c) != std::string_view::npos) {
            out += '\\';
        }
        if (c == '&') {
            out += "&amp;";
        } else {
            out += c;
        }
    }
    return out;
}

std::string markdown_code(std::string_view text) {
    std::string out = "`";
    for (const char c : printable(text)) {
        if (c == '|') {
            out += '\\';  // a table's cells are cut at it inside code, too
        }
        out += c == '`' ? '\'' : c;
    }
    return out + "`";
}

}  // namespace handoff::harness
