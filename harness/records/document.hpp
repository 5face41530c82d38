// JSON texts that somebody else wrote, read for what they plainly mean. For the .cpp files of this room only.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json.hpp"

namespace handoff::harness {

struct json_document {
    nlohmann::json value;
    std::vector<std::string> notes;  ///< what was overlooked, in words: a byte order mark, lines of a log
};

/// Objects and lists in each other, at most.
inline constexpr std::size_t deepest_nesting = 64;

/// One JSON document, perhaps in UTF-16, with a byte order mark, or with lines of a log before and after it.
/// NaN and Infinity, which Google Benchmark writes, are null. A key that stands twice, a number that no double
/// holds and too deep a nesting are refused. What stands under one of the `unread` keys is checked, and null.
/// Throws no_json: what the text is, or its line and column, what is wrong there, and what helps.
json_document read_document(std::string_view bytes, std::span<const std::string_view> unread = {});

/// One line of a journal or of a child's answer: the same without the leniency. Throws no_json.
nlohmann::json read_line(std::string_view text);

}  // namespace handoff::harness
