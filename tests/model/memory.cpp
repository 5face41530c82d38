#include "memory.hpp"

#include <sys/mman.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace handoff::model {
namespace memory {
namespace {

constexpr std::size_t arena_bytes = std::size_t{8} << 20;
constexpr std::size_t granule = 16;
constexpr std::uintptr_t wished = 0x200000000000;

struct block {
    std::uint32_t begin = 0;  // in the arena
    std::uint32_t bytes = 0;
    bool freed = false;
    std::uint8_t freed_by = 0;
};

struct arena {
    std::size_t used = 0;
    std::vector<block> blocks;
    std::vector<std::uint32_t> block_at;  // of each granule: number of the block + 1
};

std::byte* base = nullptr;
std::array<arena, most_threads> arenas;

void prepare() {
    if (base == nullptr) {
        void* got = mmap(reinterpret_cast<void*>(wished), arena_bytes * most_threads, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (got == MAP_FAILED) {
            std::abort();
        }
        base = static_cast<std::byte*>(got);
        for (arena& one : arenas) {
            one.block_at.assign(arena_bytes / granule, 0);
        }
    }
}

block* block_of(std::uintptr_t address, unsigned& thread) {
    const auto offset = address - reinterpret_cast<std::uintptr_t>(base);
    if (base == nullptr || offset >= arena_bytes * most_threads) {
        return nullptr;
    }
    thread = static_cast<unsigned>(offset / arena_bytes);
    arena& one = arenas[thread];
    const std::uint32_t number = one.block_at[offset % arena_bytes / granule];
    return number == 0 ? nullptr : &one.blocks[number - 1];
}

// Accesses to eight bytes each. A record is the last one of its kind of a thread to these bytes.
struct record {
    std::uint8_t thread;
    std::uint8_t mask;
    access how;
    std::uint16_t events;
};
struct cell {
    std::uintptr_t key = 0;
    std::uint32_t run = 0;
    std::uint8_t count = 0;
    std::array<record, 14> records;
};
constexpr std::size_t cells_order = 17;
std::vector<cell> cells(std::size_t{1} << cells_order);
std::uint32_t run = 1;

cell& cell_of(std::uintptr_t key) {
    std::size_t at = (key * 0x9e3779b97f4a7c15U) >> (64 - cells_order);
    for (;;) {
        cell& one = cells[at];
        if (one.run != run) {
            one.run = run;
            one.key = key;
            one.count = 0;
            return one;
        }
        if (one.key == key) {
            return one;
        }
        at = (at + 1) & (cells.size() - 1);
    }
}

bool is_atomic(access how) {
    return how == access::atomic_read || how == access::atomic_write;
}
bool writes(access how) {
    return how != access::plain_read && how != access::atomic_read;
}

const char* word(access how) {
    switch (how) {
        case access::plain_read:
            return "a plain read";
        case access::plain_write:
            return "a plain write";
        case access::atomic_read:
            return "an atomic read";
        case access::atomic_write:
            return "an atomic write";
        case access::freeing:
            return "the freeing";
    }
    return "";
}

}  // namespace

void restart() {
    prepare();
    for (unsigned t = 0; t < most_threads; ++t) {
        arena& one = arenas[t];
        std::memset(static_cast<void*>(base + t * arena_bytes), 0, one.used);
        std::memset(one.block_at.data(), 0, (one.used / granule + 1) * sizeof(std::uint32_t));
        one.blocks.clear();
        one.used = 0;
    }
    if (++run == 0) {
        for (cell& one : cells) {
            one.run = 0;
        }
        run = 1;
    }
}

void* allocate(unsigned thread, std::size_t bytes, std::size_t alignment) {
    arena& one = arenas[thread];
    alignment = alignment < granule ? granule : alignment;
    const std::size_t at = (one.used + granule + alignment - 1) / alignment * alignment;
    const std::size_t end = at + (bytes + granule - 1) / granule * granule;
    if (end > arena_bytes) {
        return nullptr;
    }
    one.used = end;
    one.blocks.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(bytes), false, 0});
    for (std::size_t g = at / granule; g < end / granule; ++g) {
        one.block_at[g] = static_cast<std::uint32_t>(one.blocks.size());
    }
    return base + thread * arena_bytes + at;
}

bool owns(const void* address) noexcept {
    return base != nullptr &&
           reinterpret_cast<std::uintptr_t>(address) - reinterpret_cast<std::uintptr_t>(base) <
               arena_bytes * most_threads;
}

std::string note(std::uintptr_t address, std::size_t bytes, access how, unsigned thread, unsigned events,
                 const clock& known) {
    unsigned owner = 0;
    if (const block* one = block_of(address, owner)) {
        if (one->freed && how != access::freeing) {
            return std::string("use after free: ") + word(how) + " of " + describe_address(address) +
                   ", which thread " + std::to_string(one->freed_by) + " had freed";
        }
    }
    while (bytes > 0) {
        const std::size_t in_cell = address % 8;
        const std::size_t here = bytes < 8 - in_cell ? bytes : 8 - in_cell;
        const auto mask = static_cast<std::uint8_t>(((1U << here) - 1) << in_cell);
        cell& one = cell_of(address / 8);
        record* mine = nullptr;
        for (std::uint8_t i = 0; i < one.count; ++i) {
            record& old = one.records[i];
            if ((old.mask & mask) == 0) {
                continue;
            }
            if (old.thread == thread) {
                if (old.how == how && old.mask == mask) {
                    mine = &old;
                }
                continue;
            }
            if ((writes(how) || writes(old.how)) && !(is_atomic(how) && is_atomic(old.how)) &&
                known.at[old.thread] <= old.events) {
                return std::string("data race: ") + word(how) + " of thread " + std::to_string(thread) +
                       " and " + word(old.how) + " of thread " + std::to_string(old.thread) + " at " +
                       describe_address(address) + ", in no order";
            }
        }
        if (mine != nullptr) {
            mine->events = static_cast<std::uint16_t>(events);
        } else if (one.count < one.records.size()) {
            one.records[one.count++] = {static_cast<std::uint8_t>(thread), mask, how,
                                        static_cast<std::uint16_t>(events)};
        } else {
            // The oldest makes room: a race with it would no longer be seen.
            std::memmove(&one.records[0], &one.records[1], sizeof(record) * (one.records.size() - 1));
            one.records.back() = {static_cast<std::uint8_t>(thread), mask, how,
                                  static_cast<std::uint16_t>(events)};
        }
        address += here;
        bytes -= here;
    }
    return {};
}

std::string free(void* address, unsigned thread, unsigned events, const clock& known) {
    unsigned owner = 0;
    block* one = block_of(reinterpret_cast<std::uintptr_t>(address), owner);
    if (one == nullptr || base + owner * arena_bytes + one->begin != address) {
        return "freed, but never allocated: " + describe_address(reinterpret_cast<std::uintptr_t>(address));
    }
    if (one->freed) {
        return "freed twice: " + describe_address(reinterpret_cast<std::uintptr_t>(address)) +
               ", first by thread " + std::to_string(one->freed_by);
    }
    std::string wrong =
        note(reinterpret_cast<std::uintptr_t>(address), one->bytes, access::freeing, thread, events, known);
    one->freed = true;
    one->freed_by = static_cast<std::uint8_t>(thread);
    return wrong;
}

std::size_t left() noexcept {
    std::size_t count = 0;
    for (const arena& one : arenas) {
        for (const block& each : one.blocks) {
            count += each.freed ? 0 : 1;
        }
    }
    return count;
}

std::string describe_left() {
    std::string text;
    for (unsigned t = 0; t < most_threads; ++t) {
        for (const block& each : arenas[t].blocks) {
            if (!each.freed) {
                text +=
                    (text.empty() ? "" : ", ") +
                    describe_address(reinterpret_cast<std::uintptr_t>(base) + t * arena_bytes + each.begin) +
                    " (" + std::to_string(each.bytes) + " bytes)";
            }
        }
    }
    return text;
}

}  // namespace memory

std::string describe_address(std::uintptr_t address) {
    unsigned thread = 0;
    if (const memory::block* one = memory::block_of(address, thread)) {
        const auto& blocks = memory::arenas[thread].blocks;
        const auto number = static_cast<std::size_t>(one - blocks.data()) + 1;
        const auto begin =
            reinterpret_cast<std::uintptr_t>(memory::base) + thread * memory::arena_bytes + one->begin;
        std::string text = "T" + std::to_string(thread) + "'s new #" + std::to_string(number);
        if (address != begin) {
            text += "+" + std::to_string(address - begin);
        }
        return text;
    }
    char text[32];
    std::snprintf(text, sizeof text, "0x%zx", static_cast<std::size_t>(address));
    return text;
}

}  // namespace handoff::model
