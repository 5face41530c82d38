#include "page.hpp"

#include <stdexcept>
#include <utility>

#include "compress.hpp"

namespace handoff::harness {

namespace {

constexpr std::string_view placeholder = R"(data-encoding="@ENCODING@">@DATA@</script>)";

std::string base64(std::string_view bytes) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto byte = [&](std::size_t at) {
            return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
        };
        const unsigned group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        text += digits[group >> 18];
        text += digits[group >> 12 & 63];
        text += i + 1 < bytes.size() ? digits[group >> 6 & 63] : '=';
        text += i + 2 < bytes.size() ? digits[group & 63] : '=';
    }
    return text;
}

}  // namespace

packed_data packed(const std::string& json) {
    const auto small = gzip(json);
    return small ? packed_data{"gzip+base64", base64(*small)} : packed_data{"base64", base64(json)};
}

std::string page_of(const page_data& data, std::string_view page) {
    const std::size_t at = page.find(placeholder);
    if (at == std::string_view::npos || page.find(placeholder, at + 1) != std::string_view::npos) {
        throw std::runtime_error(
            "plot/report/dist/report.html: not one place for the data: build the page again, then the command");
    }
    const packed_data inside = packed(page_text(data));
    std::string all;
    all.reserve(page.size() + inside.text.size() + 64);
    all += page.substr(0, at);
    all += "data-encoding=\"" + inside.encoding + "\">";
    all += inside.text;
    all += "</script>";
    all += page.substr(at + placeholder.size());
    return all;
}

}  // namespace handoff::harness
