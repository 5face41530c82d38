// Lists of words, taken apart and put together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace handoff::harness {

enum class newlines { shown, kept };

/// Adds text as a terminal can show it without obeying it: control characters (the C1 ones of UTF-8 among them)
/// become \x1b, newlines and tabs \n and \t unless they are kept.
inline void append_shown(std::string& to, std::string_view text, newlines how = newlines::kept) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto show = [&](unsigned char byte) {
        to += "\\x";
        to += digits[byte >> 4];
        to += digits[byte & 15];
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
        if (byte == '\n' || byte == '\t') {
            to += how == newlines::kept ? std::string_view(&text[i], 1) : byte == '\n' ? "\\n" : "\\t";
        } else if (byte < 0x20 || byte == 0x7f) {
            show(byte);
        } else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {
            show(next);
            ++i;
        } else {
            to += text[i];
        }
    }
}

/// The same as a text of its own, in one line unless newlines are kept.
inline std::string shown(std::string_view text, newlines how = newlines::shown) {
    std::string all;
    append_shown(all, text, how);
    return all;
}

/// `a, b, c`.
template <class Range>
std::string joined(const Range& words, std::string_view separator = ", ") {
    std::string all;
    for (const auto& word : words) {
        all += all.empty() ? "" : separator;
        all += std::string_view(word);
    }
    return all;
}

/// The parts between separators, empty ones among them; never none.
inline std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

}  // namespace handoff::harness
