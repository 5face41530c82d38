// The report as one HTML file: the built page, with its data inside.
#pragma once

#include <string>
#include <string_view>

#include "page_record.hpp"

namespace handoff::harness {

/// The page as plot/report builds it, with a placeholder for its data.
std::string_view page_template();

/// The data of a page as it stands there: base64, which has no `<`, of its JSON, compressed where this build
/// can.
struct packed_data {
    std::string encoding;  ///< `gzip+base64` or `base64`
    std::string text;
};
packed_data packed(const std::string& json);

/// A page that shows the data. Throws std::runtime_error where the template has no placeholder.
std::string page_of(const page_data& data, std::string_view page = page_template());

}  // namespace handoff::harness
