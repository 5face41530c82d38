// Files of /proc and /sys: what cannot be read, or is no number, is absent.
#pragma once

#include <charconv>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace handoff::harness {

/// The number that a text begins with, blanks aside: `2100.004`, `  4096 K`. Nothing where it begins otherwise
/// (`Unknown`, `<unsupported>`) or is out of range. `rest`: what follows the number.
template <class Number>
std::optional<Number> leading_number(std::string_view text, std::string_view* rest = nullptr) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) {
        return std::nullopt;
    }
    text.remove_prefix(begin);
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) {
        return std::nullopt;
    }
    if constexpr (std::is_floating_point_v<Number>) {
        if (!(number >= std::numeric_limits<Number>::lowest() &&
              number <= std::numeric_limits<Number>::max())) {
            return std::nullopt;  // "inf" and "nan" are numbers to from_chars
        }
    }
    if (rest != nullptr) {
        *rest = text.substr(static_cast<std::size_t>(end - text.data()));
    }
    return number;
}

/// The first line of a file; empty where there is none.
inline std::string first_line(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

template <class Number>
std::optional<Number> number_in(const std::filesystem::path& path) {
    return leading_number<Number>(first_line(path));
}

}  // namespace handoff::harness
