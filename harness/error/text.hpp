// Lists of words, taken apart and put together; other people's text as it may be shown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace handoff::harness {

enum class newlines { shown, kept };

/// Adds a piece of a stream as a terminal can show it without obeying it: control characters (the C1 ones of
/// UTF-8 among them) become \x1b, newlines and tabs \n and \t unless they are kept. What is no UTF-8 passes: a
/// piece may end within a character.
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

/// `1 point`, `2 points`.
inline std::string counted(std::size_t count, std::string_view word) {
    return std::to_string(count) + " " + std::string(word) + (count == 1 ? "" : "s");
}

/// Text that others wrote (names, messages, commits, paths) as it may stand on one line of a terminal, a report
/// or an error message: control characters become \n, \t, \r, \x1b, those beyond Latin-1 \u202e, bytes that are
/// no UTF-8 \xff. Always valid UTF-8. In one line unless newlines (and tabs) are kept.
std::string printable(std::string_view text, newlines how = newlines::shown);

/// The bytes of the code point that a text begins with; 0: it is empty, or begins with none in UTF-8.
std::size_t code_point_bytes(std::string_view text);

/// At most so many bytes, cut between characters; `...` follows where something was cut.
std::string beginning_of(std::string_view text, std::size_t most);

/// `printable`, as running text and as code of Markdown; both also in cells of tables.
std::string markdown_text(std::string_view text);
std::string markdown_code(std::string_view text);

}  // namespace handoff::harness
