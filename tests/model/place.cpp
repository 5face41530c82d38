#include "place.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>

namespace handoff::model {

void find_place(const void* caller, site& one) {
    static std::map<const void*, std::pair<std::string, unsigned>> known;
    const auto [at, fresh] = known.try_emplace(caller);
    if (fresh) {
        Dl_info in{};
        if (dladdr(caller, &in) == 0) {
            return;
        }
        const auto offset =
            reinterpret_cast<std::uintptr_t>(caller) - reinterpret_cast<std::uintptr_t>(in.dli_fbase) - 1;
        std::array<char, 96> command{};
        std::snprintf(command.data(), command.size(), "addr2line -i -e /proc/%ld/exe 0x%zx 2>/dev/null",
                      static_cast<long>(getpid()), static_cast<std::size_t>(offset));
        FILE* const out = popen(command.data(), "r");
        if (out == nullptr) {
            return;
        }
        std::array<char, 4096> line{};
        while (std::fgets(line.data(), static_cast<int>(line.size()), out) != nullptr) {
            const std::string text(line.data());
            const auto colon = text.rfind(':');
            if (colon == std::string::npos || text.find("/include/c++/") != std::string::npos ||
                text[0] == '?') {
                continue;
            }
            at->second = {text.substr(0, colon),
                          static_cast<unsigned>(std::strtoul(text.c_str() + colon + 1, nullptr, 10))};
            break;
        }
        pclose(out);
    }
    one.file = at->second.first;
    one.line = at->second.second;
}

}  // namespace handoff::model
