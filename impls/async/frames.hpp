// Where the frames of coroutines come from: task.hpp and generator.hpp take one of these, or a class like them.
//
// Progress: recycled_frames: wait-free where the thread's list has a frame; else as the heap.
// Order:    none.
// Capacity: recycled_frames: at most 64 frames of each of 16 sizes for each thread.
// Cost:     recycled_frames: a few plain loads and stores of the thread; nothing is shared.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace handoff::impls::async {

/// Frames from the heap.
struct heap_frames {
    static void* allocate(std::size_t bytes) { return ::operator new(bytes); }
    // without the size: clang has that form from version 19 on only
    static void deallocate(void* frame, std::size_t) noexcept { ::operator delete(frame); }
};

/// Frames of up to 1024 bytes from lists of those that the thread has freed, by size; others from the heap. A
/// frame that another thread frees comes into the list of that one. At most 64 of a size are kept.
class recycled_frames {
    static constexpr std::size_t step = 64;
    static constexpr std::size_t classes = 16;
    static constexpr std::uint32_t most = 64;

    struct free_frame {
        free_frame* next;
    };
    struct lists {
        lists() = default;
        lists(const lists&) = delete;
        lists& operator=(const lists&) = delete;
        ~lists() {
            for (free_frame* each : first) {
                while (each != nullptr) {
                    ::operator delete(std::exchange(each, each->next));
                }
            }
        }
        std::array<free_frame*, classes> first{};
        std::array<std::uint32_t, classes> kept{};
    };
    static lists& mine() noexcept {
        static thread_local lists of_thread;
        return of_thread;
    }

public:
    static void* allocate(std::size_t bytes) {
        const std::size_t size = (bytes - 1) / step;
        if (size >= classes) {
            return ::operator new(bytes);
        }
        lists& l = mine();
        if (free_frame* const frame = l.first[size]; frame != nullptr) {
            l.first[size] = frame->next;
            --l.kept[size];
            return frame;
        }
        return ::operator new((size + 1) * step);
    }
    static void deallocate(void* frame, std::size_t bytes) noexcept {
        const std::size_t size = (bytes - 1) / step;
        lists* const l = size < classes ? &mine() : nullptr;
        if (l == nullptr || l->kept[size] == most) {
            ::operator delete(frame);
            return;
        }
        l->first[size] = new (frame) free_frame{l->first[size]};
        ++l->kept[size];
    }
};

}  // namespace handoff::impls::async
