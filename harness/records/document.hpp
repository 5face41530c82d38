// JSON texts that somebody else wrote, read for what they plainly mean. For the .cpp files of this room only.
#pragma once

#include <cstddef>
#include <functional>
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

/// What a reader does with parts of a document, so that it need not hold all of it.
struct reading {
    std::span<const std::string_view> unread = {};   ///< what stands under these keys is checked, and null
    std::span<const std::string_view> as_text = {};  ///< what stands under these is checked, and its own text
    std::string_view list =
        {};  ///< a key of the outermost object: the elements of its list go to `see`, and no further
    std::function<void(nlohmann::json&&)> see = {};
};

/// One JSON document, perhaps in UTF-16, with a byte order mark, or with lines of a log before and after it.
/// NaN and Infinity, which Google Benchmark writes, are null. A key that stands twice, a number that no double
/// holds and too deep a nesting are refused.
/// Throws no_json: what the text is, or its line and column, what is wrong there, and what helps.
json_document read_document(std::string_view bytes, const reading& how = {});

/// One line of a journal or of a child's answer: the same without the leniency. Throws no_json.
nlohmann::json read_line(std::string_view text);

}  // namespace handoff::harness
