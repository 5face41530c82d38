#include "compress.hpp"

#define ZLIB_CONST  // its input stays as it is
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

namespace handoff::harness {

std::optional<std::string> gzip(const std::string& bytes) {
    constexpr int window_of_gzip = 15 + 16;  // the largest window, and a gzip header: without a name or a time
    constexpr int memory_level = 9;
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window_of_gzip, memory_level,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::bad_alloc();
    }
    std::string packed;
    std::size_t given = 0;
    int state = Z_OK;
    while (state != Z_STREAM_END) {
        if (stream.avail_in == 0) {
            const std::size_t part =
                std::min<std::size_t>(bytes.size() - given, std::numeric_limits<uInt>::max());
            stream.next_in = reinterpret_cast<const Bytef*>(bytes.data() + given);  // zlib's bytes are unsigned
            stream.avail_in = static_cast<uInt>(part);
            given += part;
        }
        unsigned char room[1 << 14];
        stream.next_out = room;
        stream.avail_out = sizeof room;
        state = deflate(&stream, given == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
        packed.append(room, room + (sizeof room - stream.avail_out));
    }
    deflateEnd(&stream);
    return packed;
}

}  // namespace handoff::harness
