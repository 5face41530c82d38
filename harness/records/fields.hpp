// How records become JSON: each record lists its keys and members once (`fields_of`), and a reader and a writer
// walk the list. For the .cpp files of this room only.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "document.hpp"
#include "json.hpp"
#include "text.hpp"

namespace handoff::harness {

/// Specialised for each record: `each(record, visit)` calls `visit(key, member)` for its members. The record is
/// const when it is written.
template <class Record>
struct fields_of;

namespace fields {

using nlohmann::json;

template <class T>
struct codec;

template <class T>
json write(const T& value) {
    return codec<T>::write(value);
}
template <class T>
T read(const json& value) {
    return codec<T>::read(value);
}

/// JSON as text on one line, or indented; what is no UTF-8 is replaced. Compiled once.
std::string text_of(const json& value, int indent = -1);

/// Writes members into an object.
class writer {
public:
    static constexpr bool reads = false;

    explicit writer(json& out) : out_(out) {}

    /// Absent where an optional is empty.
    template <class T>
    void operator()(const char* key, const T& value) {
        out_[key] = write(value);
    }
    template <class T>
    void operator()(const char* key, const std::optional<T>& value) {
        if (value) {
            out_[key] = write(*value);
        }
    }
    template <class T>
    void required(const char* key, const T& value) {
        out_[key] = write(value);
    }
    /// Null where it is empty.
    template <class T>
    void nullable(const char* key, const std::optional<T>& value) {
        out_[key] = value ? write(*value) : json(nullptr);
    }
    /// Absent where it equals a default-made one.
    template <class T>
    void unless_default(const char* key, const T& value) {
        if (!(value == T())) {
            out_[key] = write(value);
        }
    }
    /// Absent where it is empty.
    template <class T>
    void unless_empty(const char* key, const T& value) {
        if (!value.empty()) {
            out_[key] = write(value);
        }
    }
    /// An object of its own, filled by `fill(visitor)`.
    template <class Fill>
    void object(const char* key, Fill&& fill) {
        json inner = json::object();
        writer own(inner);
        fill(own);
        out_[key] = std::move(inner);
    }
    /// What has always this value, or what follows from the members: readers pass over it.
    template <class T>
    void stated(const char* key, const T& value) {
        out_[key] = value;
    }

private:
    json& out_;
};

/// Reads members from an object.
class reader {
public:
    static constexpr bool reads = true;

    explicit reader(const json& in) : in_(in) {
        if (!in.is_object()) {
            throw malformed("expected an object, found " + shown(in));
        }
    }

    template <class T>
    void operator()(const char* key, T& value) {
        if (const auto found = in_.find(key); found != in_.end() && !found->is_null()) {
            value = under<T>(key, *found);
        }
    }
    template <class T>
    void operator()(const char* key, std::optional<T>& value) {
        if (const auto found = in_.find(key); found != in_.end() && !found->is_null()) {
            value = under<T>(key, *found);
        }
    }
    /// Throws where the key is absent.
    template <class T>
    void required(const char* key, T& value) {
        if (!in_.contains(key)) {
            throw malformed(std::string("no key '") + key + "'");
        }
        value = under<T>(key, in_.at(key));
    }
    template <class T>
    void nullable(const char* key, std::optional<T>& value) {
        (*this)(key, value);
    }
    template <class T>
    void unless_default(const char* key, T& value) {
        (*this)(key, value);
    }
    template <class T>
    void unless_empty(const char* key, T& value) {
        (*this)(key, value);
    }
    template <class Fill>
    void object(const char* key, Fill&& fill) {
        if (const auto found = in_.find(key); found != in_.end()) {
            try {
                reader own(*found);
                fill(own);
            } catch (const malformed& e) {
                throw malformed(std::string(key) + ": " + e.what());
            }
        }
    }
    template <class T>
    void stated(const char*, const T&) {}

    static std::string shown(const json& value) { return beginning_of(text_of(value), 60); }

private:
    template <class T>
    static T under(const char* key, const json& value) {
        try {
            return read<T>(value);
        } catch (const malformed& e) {
            throw malformed(std::string(key) + ": " + e.what());
        }
    }

    const json& in_;
};

[[noreturn]] inline void expected(const char* what, const json& found) {
    throw malformed(std::string("expected ") + what + ", found " + reader::shown(found));
}

/// Records.
template <class T>
struct record_codec {
    static json write(const T& value) {
        json out = json::object();
        writer visit(out);
        fields_of<T>::each(value, visit);
        return out;
    }
    static T read(const json& value) {
        T record{};
        reader visit(value);
        fields_of<T>::each(record, visit);
        return record;
    }
};

template <class T>
struct codec : record_codec<T> {};

/// Records whose codec is defined in another unit, by HANDOFF_JSON_PART.
template <class T>
struct part {
    static json write(const T& value);
    static T read(const json& value);
};

template <>
struct codec<bool> {
    static json write(bool value) { return value; }
    static bool read(const json& value) {
        return value.is_boolean() ? value.get<bool>() : (expected("true or false", value), false);
    }
};

template <class T>
    requires std::is_arithmetic_v<T>
struct codec<T> {
    static json write(T value) { return value; }
    static T read(const json& value) {
        if constexpr (std::is_floating_point_v<T>) {
            if (!value.is_number()) {
                expected("a number", value);
            }
        } else {
            if (!value.is_number_integer() || (std::is_unsigned_v<T> && value < 0)) {
                expected(std::is_unsigned_v<T> ? "a whole number from 0 on" : "a whole number", value);
            }
            if (value.is_number_unsigned() ? !std::in_range<T>(value.get<std::uint64_t>())
                                           : !std::in_range<T>(value.get<std::int64_t>())) {
                expected(("a whole number of at most " + std::to_string(std::numeric_limits<T>::max())).c_str(),
                         value);
            }
        }
        return value.get<T>();
    }
};

template <>
struct codec<std::string> {
    static json write(const std::string& value) { return value; }
    static std::string read(const json& value) {
        return value.is_string() ? value.get<std::string>() : (expected("a string", value), "");
    }
};

/// Elements that may be absent: null.
template <class T>
struct codec<std::optional<T>> {
    static json write(const std::optional<T>& value) { return value ? fields::write(*value) : json(nullptr); }
    static std::optional<T> read(const json& value) {
        return value.is_null() ? std::nullopt : std::optional(fields::read<T>(value));
    }
};

template <class T>
struct codec<std::vector<T>> {
    static json write(const std::vector<T>& values) {
        json out = json::array();
        for (const T& value : values) {
            out.push_back(fields::write(value));
        }
        return out;
    }
    static std::vector<T> read(const json& values) {
        if (!values.is_array()) {
            expected("a list", values);
        }
        std::vector<T> all;
        for (std::size_t i = 0; i < values.size(); ++i) {
            try {
                all.push_back(fields::read<T>(values[i]));
            } catch (const malformed& e) {
                throw malformed("[" + std::to_string(i) + "]: " + e.what());
            }
        }
        return all;
    }
};

template <class T, std::size_t N>
struct codec<std::array<T, N>> {
    static json write(const std::array<T, N>& values) { return values; }
    static std::array<T, N> read(const json& values) {
        const auto all = fields::read<std::vector<T>>(values);
        if (all.size() != N) {
            expected(("a list of " + std::to_string(N)).c_str(), values);
        }
        std::array<T, N> read{};
        std::ranges::copy(all, read.begin());
        return read;
    }
};

template <class T>
struct codec<std::pair<T, T>> {
    static json write(const std::pair<T, T>& value) { return json::array({value.first, value.second}); }
    static std::pair<T, T> read(const json& value) {
        const auto both = fields::read<std::array<T, 2>>(value);
        return {both[0], both[1]};
    }
};

template <class T>
struct codec<std::map<std::string, T>> {
    static json write(const std::map<std::string, T>& values) {
        json out = json::object();
        for (const auto& [key, value] : values) {
            out[key] = fields::write(value);
        }
        return out;
    }
    static std::map<std::string, T> read(const json& values) {
        if (!values.is_object()) {
            expected("an object", values);
        }
        std::map<std::string, T> all;
        for (const auto& [key, value] : values.items()) {
            try {
                all.emplace(key, fields::read<T>(value));
            } catch (const malformed& e) {
                throw malformed(key + ": " + e.what());
            }
        }
        return all;
    }
};

}  // namespace fields

template <class Record>
nlohmann::json to_json(const Record& record) {
    return fields::write(record);
}

template <class Record>
Record from_json(const nlohmann::json& value) {
    return fields::read<Record>(value);
}

template <class Record>
std::string line_of(const Record& record) {
    return fields::text_of(to_json(record));
}

template <class Record>
Record parse_record(std::string_view text) {
    return from_json<Record>(read_line(text));
}

template <class Record>
std::string file_text_of(const Record& record) {
    return file_text(to_json(record));
}

template <class Record>
std::string indented_text_of(const Record& record) {
    return fields::text_of(to_json(record), 1) + "\n";
}

/// What json.hpp declares for every record.
#define HANDOFF_JSON_RECORD(Record)                           \
    template nlohmann::json to_json<Record>(const Record&);   \
    template Record from_json<Record>(const nlohmann::json&); \
    template std::string line_of<Record>(const Record&);      \
    template Record parse_record<Record>(std::string_view);   \
    template std::string file_text_of<Record>(const Record&)

/// Defines the functions of a `part`, in the unit that has its `fields_of`.
#define HANDOFF_JSON_PART(Record)                                     \
    template <>                                                       \
    nlohmann::json fields::part<Record>::write(const Record& value) { \
        return record_codec<Record>::write(value);                    \
    }                                                                 \
    template <>                                                       \
    Record fields::part<Record>::read(const nlohmann::json& value) {  \
        return record_codec<Record>::read(value);                     \
    }                                                                 \
    static_assert(true)

}  // namespace handoff::harness
