// Lists of words, taken apart and put together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace handoff::harness {

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
