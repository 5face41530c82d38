#include "document.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>

#include "text.hpp"

namespace handoff::harness {

namespace {

using nlohmann::json;

/// What breaks a text, and at which byte.
struct broken {
    std::size_t at;
    std::string what;
};

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

/// A few words of the text, as they may be shown.
std::string words_at(std::string_view text, std::size_t at) {
    const std::string_view rest = text.substr(std::min(at, text.size()));
    return printable(beginning_of(rest.substr(0, rest.find_first_of("\r\n")), 40));
}

// ------------------------------------------------------------------------------------------------- the parser

constexpr const char* own_file =
    "lines of a log? let the program write its JSON to a file of its own, as with --benchmark_out=FILE";
constexpr const char* cut_off =
    "cut off here: was its writer killed? Run it again, or to its end (handoff run --resume)";

class parser {
public:
    parser(std::string_view text, std::size_t begin, const reading& how) : text_(text), how_(how), at_(begin) {}

    json value() {
        space();
        if (ended()) {
            fail(cut_off);
        }
        const char c = text_[at_];
        switch (c) {
            case '{':
                return object();
            case '[':
                return list();
            case '"':
                return string();
            default:
                break;
        }
        if (is_digit(c)) {
            return number();
        }
        if (c == '-' || c == '+' || is_letter(c)) {
            return word_or_number();
        }
        if (c == '}' || c == ']' || c == ',') {
            fail(std::string("a value is missing before ") + c);
        }
        stray("a value");
    }
    std::size_t at() const { return at_; }
    /// Where texts that are no UTF-8 begin; none: npos.
    std::size_t first_bad_byte() const { return first_bad_byte_; }
    void space() {
        while (!ended() && is_space(text_[at_])) {
            ++at_;
        }
    }
    bool ended() const { return at_ == text_.size(); }

private:
    [[noreturn]] void fail(std::string what) const { throw broken{at_, std::move(what)}; }
    [[noreturn]] static void fail_at(std::size_t at, std::string what) { throw broken{at, std::move(what)}; }
    [[noreturn]] void stray(const char* wanted) const {
        fail("expected " + std::string(wanted) + ", found \"" + words_at(text_, at_) + "\"; " + own_file);
    }

    void deeper() {
        if (++depth_ > deepest_nesting) {
            fail("nested more than " + std::to_string(deepest_nesting) +
                 " deep: no program of ours writes such a file");
        }
    }

    json object() {
        is_passed_on_ = false;
        deeper();
        json::object_t members;
        ++at_;
        space();
        if (!ended() && text_[at_] == '}') {
            return closed(std::move(members));
        }
        for (;;) {
            space();
            const std::size_t begin = at_;
            std::string key = this->key();
            space();
            if (ended()) {
                fail(cut_off);
            }
            if (text_[at_] != ':') {
                fail("a colon is missing after \"" + printable(beginning_of(key, 40)) + "\"");
            }
            ++at_;
            is_passed_on_ = depth_ == 1 && !how_.list.empty() && key == how_.list;
            space();
            const std::size_t from = at_;
            json member = value();
            if (std::ranges::find(how_.unread, key) != how_.unread.end()) {
                member = nullptr;
            } else if (std::ranges::find(how_.as_text, key) != how_.as_text.end()) {
                member = text_.substr(from, at_ - from);
            }
            if (const auto [place, is_new] = members.emplace(std::move(key), std::move(member)); !is_new) {
                fail_at(begin, "the key \"" + printable(beginning_of(place->first, 40)) +
                                   "\" stands twice in one object: which one counts? Take one out");
            }
            if (!goes_on('}')) {
                return closed(std::move(members));
            }
        }
    }

    json list() {
        const bool is_passed_on = std::exchange(is_passed_on_, false);
        deeper();
        json::array_t elements;
        ++at_;
        space();
        if (!ended() && text_[at_] == ']') {
            return closed(std::move(elements));
        }
        for (;;) {
            json element = value();
            if (is_passed_on) {
                how_.see(std::move(element));
            } else {
                elements.push_back(std::move(element));
            }
            if (!goes_on(']')) {
                elements.shrink_to_fit();
                return closed(std::move(elements));
            }
        }
    }

    template <class Inner>
    json closed(Inner inner) {
        ++at_;
        --depth_;
        is_after_string_ = false;
        number_ = {};
        return json(std::move(inner));
    }

    std::string key() {
        if (ended()) {
            fail(cut_off);
        }
        const char c = text_[at_];
        if (c == '"') {
            return string();
        }
        if (is_digit(c) && !number_.empty()) {
            std::size_t end = at_;
            while (end < text_.size() && (is_digit(text_[end]) || text_[end] == ',' || text_[end] == '.')) {
                ++end;
            }
            const std::size_t begin = static_cast<std::size_t>(number_.data() - text_.data());
            std::string_view whole = text_.substr(begin, end - begin);
            whole = whole.substr(0, whole.find_last_not_of(',') + 1);
            fail_at(begin, "a number with commas, " + printable(beginning_of(whole, 40)) +
                               ": its program writes numbers as the locale does; run it again with LC_ALL=C");
        }
        if (c == '}') {
            fail("a comma too many before }");
        }
        stray("a key in quotes");
    }

    /// Behind a value: past a comma, or at the end of what it stands in.
    bool goes_on(char end) {
        const std::size_t behind = at_;
        space();
        if (ended()) {
            fail(cut_off);
        }
        const char c = text_[at_];
        if (c == ',') {
            ++at_;
            space();
            if (!ended() && text_[at_] == end) {
                fail(std::string("a comma too many before ") + end);
            }
            return true;
        }
        if (c == end) {
            return false;
        }
        if (is_after_string_ && at_ == behind && c != '}' && c != ']') {
            fail("a string ends before \"" + words_at(text_, at_) +
                 "\": a quote inside it was written without a backslash; write \\\" for it");
        }
        if (c == '%' && !number_.empty()) {
            fail_at(
                static_cast<std::size_t>(number_.data() - text_.data()),
                "a number with a percent sign, as old versions of Google Benchmark write RMS; take the sign "
                "out, or use a newer version");
        }
        if (c == '"' || c == '{' || c == '[' || is_digit(c) || c == '-') {
            fail("a comma is missing before \"" + words_at(text_, at_) + "\"; put it in");
        }
        if (c == '}' || c == ']') {
            fail(std::string("expected ") + end + ", found " + c + ": a part of the file is missing");
        }
        stray(end == '}' ? "a comma or }" : "a comma or ]");
    }

    /// NaN and Infinity are no JSON, but what programs write: a number that is missing.
    json word_or_number() {
        const std::size_t begin = at_;
        const bool is_signed = text_[at_] == '-' || text_[at_] == '+';
        at_ += is_signed ? 1 : 0;
        if (text_[begin] == '-' && !ended() && is_digit(text_[at_])) {
            at_ = begin;
            return number();
        }
        std::string word;
        while (!ended() && (is_letter(text_[at_]) || text_[at_] == '_')) {
            word += text_[at_++];
        }
        std::string lower = word;
        std::ranges::transform(lower, lower.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        is_after_string_ = false;
        number_ = {};
        if (lower == "nan" || lower == "inf" || lower == "infinity") {
            for (const std::string_view of_a_kind : {"(ind)", "(snan)"}) {
                at_ += text_.substr(at_).starts_with(of_a_kind) ? of_a_kind.size() : 0;
            }
            return nullptr;
        }
        if (!is_signed && word == "null") {
            return nullptr;
        }
        if (!is_signed && (word == "true" || word == "false")) {
            return word == "true";
        }
        if (ended() && !word.empty() &&
            std::ranges::any_of(std::array{"null", "true", "false"},
                                [&](const char* whole) { return std::string_view(whole).starts_with(word); })) {
            fail(cut_off);
        }
        at_ = begin;
        stray("a value");
    }

    json number() {
        const std::size_t begin = at_;
        at_ += text_[at_] == '-' ? 1 : 0;
        const std::size_t digits = at_;
        const auto skip_digits = [&] {
            const std::size_t first = at_;
            while (!ended() && is_digit(text_[at_])) {
                ++at_;
            }
            return at_ > first;
        };
        skip_digits();
        if (text_[digits] == '0' && at_ > digits + 1) {
            fail_at(begin, "a number that begins with 0: " + words_at(text_, begin));
        }
        bool is_whole = true;
        const auto part = [&](bool is_there) {
            if (is_there) {
                is_whole = false;
                ++at_;
            }
            return is_there;
        };
        if (part(!ended() && text_[at_] == '.') && !skip_digits()) {
            fail(ended() ? cut_off : "a digit is missing behind the point");
        }
        if (part(!ended() && (text_[at_] == 'e' || text_[at_] == 'E'))) {
            at_ += !ended() && (text_[at_] == '+' || text_[at_] == '-') ? 1 : 0;
            if (!skip_digits()) {
                fail(ended() ? cut_off : "a digit is missing in the exponent");
            }
        }
        is_after_string_ = false;
        number_ = text_.substr(begin, at_ - begin);
        return is_whole ? whole_number() : floating(begin);
    }

    json whole_number() const {
        const char* const first = number_.data();
        const char* const last = first + number_.size();
        if (std::int64_t value = 0;
            number_.starts_with('-') && std::from_chars(first, last, value).ec == std::errc()) {
            return value;
        }
        if (std::uint64_t value = 0; std::from_chars(first, last, value).ec == std::errc()) {
            return value;
        }
        return floating(static_cast<std::size_t>(first - text_.data()));
    }

    json floating(std::size_t begin) const {
        double value = 0;
        const auto [end, error] = std::from_chars(number_.data(), number_.data() + number_.size(), value);
        if (error == std::errc::result_out_of_range) {
            value = std::strtod(std::string(number_).c_str(),
                                nullptr);  // tells what is too small from what is too large
            if (std::isfinite(value)) {
                return value;
            }
            const std::string shown = number_.size() > 30
                                          ? "a number of " + std::to_string(number_.size()) + " digits"
                                          : std::string(number_);
            fail_at(begin,
                    shown + " is more than a double holds (1.8e308): measure it again, or write null for it");
        }
        return value;
    }

    std::string string() {
        const std::size_t begin = at_++;
        std::string out;
        for (;;) {
            const std::size_t plain = text_.find_first_of(stops, at_);
            copy(out, text_.substr(at_, std::min(plain, text_.size()) - at_));
            if (plain == std::string_view::npos) {
                at_ = text_.size();
                fail("cut off inside the string that begins with " + words_at(text_, begin) +
                     ": was its writer killed? Run it again");
            }
            at_ = plain;
            if (text_[at_] == '"') {
                ++at_;
                is_after_string_ = true;
                number_ = {};
                return out;
            }
            if (text_[at_] != '\\') {
                fail(std::string(text_[at_] == '\n' || text_[at_] == '\r' ? "a line break"
                                 : text_[at_] == '\0'                     ? "a NUL byte"
                                                                          : "a control character") +
                     " inside a string: its end is missing, or a message was written as it came; write " +
                     (text_[at_] == '\n' || text_[at_] == '\r' ? "\\n" : "\\u00..") + " for it");
            }
            escape(out);
        }
    }

    /// What is no UTF-8 is kept in words: two names that differ in such a byte remain two.
    void copy(std::string& out, std::string_view part) {
        for (std::size_t i = 0; i < part.size();) {
            if (static_cast<unsigned char>(part[i]) < 0x80) {
                const auto next = std::ranges::find_if(
                    part.substr(i), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
                const auto size = static_cast<std::size_t>(next - part.substr(i).begin());
                out += part.substr(i, size);
                i += size;
            } else if (const std::size_t size = code_point_bytes(part.substr(i)); size > 0) {
                out += part.substr(i, size);
                i += size;
            } else {
                first_bad_byte_ = std::min(first_bad_byte_, static_cast<std::size_t>(&part[i] - text_.data()));
                out += printable(part.substr(i++, 1));
            }
        }
    }

    void escape(std::string& out) {
        constexpr std::string_view names = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        if (at_ + 1 == text_.size()) {
            fail(cut_off);
        }
        const char named = text_[at_ + 1];
        if (const auto place = names.find(named); place != std::string_view::npos) {
            out += meanings[place];
            at_ += 2;
        } else if (named == 'u') {
            append(out, escaped_code_point());
        } else {
            fail("a backslash that was not escaped, " + words_at(text_, at_) +
                 ", as Google Benchmark writes paths and messages of Windows; write \\\\ for it");
        }
    }

    char32_t escaped_code_point() {
        const char32_t first = code_unit();
        if (first < 0xd800 || first > 0xdfff) {
            return first;
        }
        if (first < 0xdc00 && text_.substr(at_).starts_with("\\u")) {
            if (const char32_t second = code_unit(); second >= 0xdc00 && second <= 0xdfff) {
                return 0x10000 + ((first - 0xd800) << 10 | (second - 0xdc00));
            }
        }
        fail("half of a character (a lone surrogate) in a string");
    }

    char32_t code_unit() {
        unsigned value = 0;
        const char* const first = text_.data() + at_ + 2;
        const char* const last = text_.data() + std::min(at_ + 6, text_.size());
        const auto [end, error] = std::from_chars(std::min(first, last), last, value, 16);
        if (error != std::errc() || end != first + 4) {
            fail("four hexadecimal digits are missing after \\u");
        }
        at_ += 6;
        return value;
    }

    static void append(std::string& out, char32_t c) {
        const auto byte = [&](char32_t bits) { out += static_cast<char>(static_cast<unsigned char>(bits)); };
        if (c < 0x80) {
            byte(c);
        } else if (c < 0x800) {
            byte(0xc0 | c >> 6);
            byte(0x80 | (c & 0x3f));
        } else if (c < 0x10000) {
            byte(0xe0 | c >> 12);
            byte(0x80 | (c >> 6 & 0x3f));
            byte(0x80 | (c & 0x3f));
        } else {
            byte(0xf0 | c >> 18);
            byte(0x80 | (c >> 12 & 0x3f));
            byte(0x80 | (c >> 6 & 0x3f));
            byte(0x80 | (c & 0x3f));
        }
    }

    /// Where a string cannot be copied any more.
    static constexpr auto stop_characters = [] {
        std::array<char, 34> all{'"', '\\'};
        for (std::size_t c = 0; c < 0x20; ++c) {
            all[c + 2] = static_cast<char>(c);
        }
        return all;
    }();
    static constexpr std::string_view stops{stop_characters.data(), stop_characters.size()};

    std::string_view text_;
    const reading& how_;
    std::size_t at_;
    std::size_t depth_ = 0;
    bool is_passed_on_ = false;  ///< the next list's elements
    std::size_t first_bad_byte_ = std::string_view::npos;
    bool is_after_string_ = false;  ///< the last value was one
    std::string_view number_;       ///< the last value, where it was a number
};

// ---------------------------------------------------------------------------------------------- around the
// text

std::string place_text(std::string_view text, std::size_t at) {
    const std::string_view before = text.substr(0, at);
    const auto lines = std::ranges::count(before, '\n');
    const std::size_t line_begin = before.find_last_of('\n') + 1;  // npos + 1 is 0
    const auto column = std::ranges::count_if(before.substr(line_begin), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;  // characters, not bytes
    });
    return "line " + std::to_string(lines + 1) + ", column " + std::to_string(column + 1);
}

/// Whether a document could begin here, rather than a line of a log: `[2030-01-02 ...] text` and `[Warning]`
/// are none.
bool begins_document(std::string_view text) {
    if (!text.starts_with('{') && !text.starts_with('[')) {
        return false;
    }
    const std::size_t next = text.find_first_not_of(" \n\r\t", 1);
    if (text.front() == '{' || next == std::string_view::npos) {
        return true;
    }
    if (is_digit(text[next]) || text[next] == '-') {
        const std::size_t behind =
            text.find_first_not_of(" \r\t", std::min(text.find(']'), text.size() - 1) + 1);
        return behind == std::string_view::npos ||
               std::string_view("\n,]}").find(text[behind]) != std::string_view::npos;
    }
    return std::string_view("{[]\"").find(text[next]) != std::string_view::npos;
}

/// The first line from there on with which a document could begin; npos: none.
std::size_t document_from(std::string_view text, std::size_t at) {
    while (at < text.size()) {
        const std::size_t first = text.find_first_not_of(" \t\r", at);
        if (first == std::string_view::npos) {
            break;
        }
        if (begins_document(text.substr(first))) {
            return first;
        }
        const std::size_t end = text.find('\n', first);
        at = end == std::string_view::npos ? text.size() : end + 1;
    }
    return std::string_view::npos;
}

std::string lines_text(std::string_view text) {
    const auto lines = std::ranges::count_if(split(text, '\n'), [](std::string_view line) {
        return line.find_first_not_of(" \r\t") != std::string_view::npos;
    });
    return (lines == 1 ? "a line that is" : std::to_string(lines) + " lines that are") + " no JSON (\"" +
           words_at(text, 0) + "\")";
}

/// What a text is that is no JSON at all, as far as its beginning says it; empty: nobody knows.
std::string other_format(std::string_view text) {
    const auto begins = [&](std::string_view with) { return text.starts_with(with); };
    if (begins("\x1f\x8b") || begins("PK\x03\x04") || begins("\x28\xb5\x2f\xfd") || begins("BZh") ||
        begins("\xfd"
               "7zXZ")) {
        return "a compressed file; unpack it first";
    }
    if (begins("SQLite format 3")) {
        return "an SQLite file; `handoff history show --db FILE` shows a history";
    }
    if (begins("\x7f"
               "ELF")) {
        return "a program; name the file that it wrote";
    }
    if (begins("name,iterations,real_time") ||
        text.substr(0, 10'000).find("\nname,iterations,real_time") != std::string_view::npos) {
        return "Google Benchmark's CSV, which names no machine; write JSON with --benchmark_out_format=json";
    }
    if (const std::string_view head = text.substr(0, 10'000);
        head.find("Iterations") != std::string_view::npos && head.find("CPU") != std::string_view::npos) {
        return "Google Benchmark's table for the terminal; write JSON with --benchmark_out=FILE";
    }
    if (begins("<")) {
        return "XML or HTML";
    }
    return "";
}

std::string utf8_of_utf16(std::string_view bytes, bool big) {
    std::string out;
    out.reserve(bytes.size() / 2);
    const auto unit = [&](std::size_t i) {
        const auto first = static_cast<unsigned char>(bytes[i]);
        const auto second = static_cast<unsigned char>(bytes[i + 1]);
        return static_cast<char32_t>(big ? first << 8 | second : second << 8 | first);
    };
    const auto append = [&](char32_t c) {
        if (c < 0x80) {
            out += static_cast<char>(c);
            return;
        }
        const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
        constexpr std::array<unsigned, 4> first_of{0, 0xc0, 0xe0, 0xf0};
        out += static_cast<char>(first_of[static_cast<std::size_t>(more)] | c >> (6 * more));
        for (int i = more - 1; i >= 0; --i) {
            out += static_cast<char>(0x80 | (c >> (6 * i) & 0x3f));
        }
    };
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
        char32_t c = unit(i);
        if (c >= 0xd800 && c <= 0xdfff) {
            const bool is_pair =
                c < 0xdc00 && i + 3 < bytes.size() && unit(i + 2) >= 0xdc00 && unit(i + 2) <= 0xdfff;
            c = is_pair ? 0x10000 + ((c - 0xd800) << 10 | (unit(i + 2) - 0xdc00)) : U'\xfffd';
            i += is_pair ? 2 : 0;
        }
        append(c);
    }
    return out;
}

/// The text in UTF-8 without a byte order mark, where it is not that already.
std::optional<std::string> recoded(std::string_view bytes, std::vector<std::string>& notes) {
    const auto begins = [&](std::string_view with) { return bytes.starts_with(with); };
    using std::string_view_literals::operator""sv;
    if (begins("\xff\xfe\0\0"sv) || begins("\0\0\xfe\xff"sv)) {
        throw no_json("not JSON in UTF-8: it is UTF-32; save it as UTF-8");
    }
    const bool little = begins("\xff\xfe"sv);
    const bool big = begins("\xfe\xff"sv);
    const auto is_ascii = [&](std::size_t i) {
        return i < bytes.size() && static_cast<unsigned char>(bytes[i]) - 1U < 0x7e;
    };
    const bool little_unmarked =
        bytes.size() >= 4 && is_ascii(0) && bytes[1] == '\0' && is_ascii(2) && bytes[3] == '\0';
    const bool big_unmarked =
        bytes.size() >= 4 && bytes[0] == '\0' && is_ascii(1) && bytes[2] == '\0' && is_ascii(3);
    if (little || big || little_unmarked || big_unmarked) {
        std::string text = utf8_of_utf16(bytes.substr(little || big ? 2 : 0), big || big_unmarked);
        const std::size_t begin = text.find_first_not_of(" \n\r\t");
        if (begin == std::string::npos || document_from(text, begin) == std::string_view::npos) {
            throw no_json("not JSON: it begins with \"" + words_at(text, 0) + "\" in UTF-16");
        }
        notes.emplace_back("UTF-16, as PowerShell's > writes it: read all the same");
        return text;
    }
    if (begins("\xef\xbb\xbf"sv)) {
        notes.emplace_back("a byte order mark at its beginning: read all the same");
        return std::string(bytes.substr(3));
    }
    return std::nullopt;
}

[[noreturn]] void refuse(std::string_view text, const broken& at) {
    throw no_json("not JSON from " + place_text(text, at.at) + " on: " + at.what);
}

/// The lines behind the document: of a log, or what makes the file none.
void look_behind(std::string_view text, std::size_t end, std::vector<std::string>& notes) {
    const std::size_t first = text.find_first_not_of(" \n\r\t", end);
    if (first == std::string_view::npos) {
        return;
    }
    if (const std::size_t second = document_from(text, first); second != std::string_view::npos) {
        refuse(text, {second, "a second document begins; one result a file"});
    }
    if (std::string_view("}],:\"").find(text[first]) != std::string_view::npos ||
        static_cast<unsigned char>(text[first]) < 0x20) {
        refuse(text, {first, "\"" + words_at(text, first) + "\" behind the document's end"});
    }
    notes.push_back(lines_text(text.substr(first)) + " after the document: overlooked");
}

}  // namespace

json_document read_document(std::string_view bytes, const reading& how) {
    json_document document;
    const std::optional<std::string> other = recoded(bytes, document.notes);
    const std::string_view text = other ? *other : bytes;
    const std::size_t first = text.find_first_not_of(" \n\r\t");
    if (first == std::string_view::npos) {
        throw no_json("not JSON: empty, or cut off at its beginning; was its writer killed?");
    }
    const std::size_t begin = document_from(text, first);
    if (begin == std::string_view::npos) {
        const std::string format = other_format(text.substr(first));
        throw no_json("not JSON: " +
                      (format.empty() ? "it begins with \"" + words_at(text, first) + "\"" : format));
    }
    parser read(text, begin, how);
    try {
        document.value = read.value();
    } catch (const broken& at) {
        refuse(text, at);
    }
    if (begin != first) {
        document.notes.push_back(lines_text(text.substr(first, begin - first)) +
                                 " before the document: overlooked");
    }
    look_behind(text, read.at(), document.notes);
    if (read.first_bad_byte() != std::string_view::npos) {
        document.notes.push_back("bytes that are no UTF-8, first in " +
                                 place_text(text, read.first_bad_byte()) + ": shown as \\x..");
    }
    return document;
}

json read_line(std::string_view text) {
    const reading all;
    parser read(text, 0, all);
    try {
        json value = read.value();
        read.space();
        if (!read.ended()) {
            throw broken{read.at(), "\"" + words_at(text, read.at()) + "\" behind the document's end"};
        }
        return value;
    } catch (const broken& at) {
        throw no_json("no JSON from column " + std::to_string(at.at + 1) + " on: " + at.what);
    }
}

}  // namespace handoff::harness
