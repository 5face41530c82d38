// JSON that passes through. For the .cpp files of this room only.
#pragma once

#include "fields.hpp"
#include "report_source.hpp"

namespace handoff::harness {

template <>
struct fields::codec<kept_json> {
    static json write(const kept_json& kept) { return json::parse(kept.text); }
    static kept_json read(const json& value) { return {fields::text_of(value)}; }
};

}  // namespace handoff::harness
