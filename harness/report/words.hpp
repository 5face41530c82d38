// Numbers as sentences have them.
#pragma once

#include <cstdio>
#include <string>

namespace handoff::harness {

/// Two significant digits, more only where the number has them before its point: `0.26`, `3.5`, `1234`.
inline std::string short_number(double value) {
    char text[40];
    std::snprintf(text, sizeof text, value >= 99.5 && value < 1e6 ? "%.0f" : "%.2g", value);
    return text;
}

/// `12 ns`, `3.5 us`
inline std::string short_time(double ns) {
    return ns < 999.5     ? short_number(ns) + " ns"
           : ns < 999.5e3 ? short_number(ns / 1e3) + " us"
           : ns < 999.5e6 ? short_number(ns / 1e6) + " ms"
                          : short_number(ns / 1e9) + " s";
}

/// `3.5%`, `40%`
inline std::string short_percent(double share) {
    char text[40];
    std::snprintf(text, sizeof text, share < 0.0995 ? "%.1f%%" : "%.0f%%", 100 * share);
    return text;
}

}  // namespace handoff::harness
