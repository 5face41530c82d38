// Who was called for what: the record by which every trial of a bus verifies itself.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "shared/item.hpp"

namespace handoff::benchmarks {

/// What is published: its publisher, and which of that one's publications it is.
using bus_event = item<8>;

/// What one handler has seen of one publisher. One thread at a time writes it.
struct attended {
    /// After what came last. Others read it while it is written.
    std::atomic<std::uint64_t> next{0};
    std::uint64_t left_out = 0;   ///< that did not come before a later one
    std::uint64_t came_back = 0;  ///< that came after a later one, or once more
    std::uint64_t strange = 0;    ///< of publishers that do not exist

    /// One comparison and one store for what comes in its turn: each publication once, and in order.
    void enter(std::uint64_t sequence) noexcept {
        // relaxed: its one writer's own; who else reads it wants a number
        const std::uint64_t expected = next.load(std::memory_order_relaxed);
        if (sequence != expected) [[unlikely]] {
            if (sequence < expected) {
                ++came_back;
                return;
            }
            left_out += sequence - expected;
        }
        next.store(sequence + 1, std::memory_order_relaxed);
    }
    std::uint64_t calls() const noexcept { return next.load(std::memory_order_relaxed) - left_out + came_back; }
};

/// A handler that records.
struct recorder {
    attended* first;  ///< of publisher 0
    std::size_t stride;
    std::size_t publishers;

    void operator()(const bus_event& event) const noexcept {
        const std::uint64_t publisher = event.producer();
        if (publisher >= publishers) [[unlikely]] {
            ++first->strange;
            return;
        }
        first[publisher * stride].enter(event.sequence());
    }
};

/// The records of all handlers. Those that one thread writes lie together: of one handler where it has a worker
/// of its own, of one publisher where that one calls the handlers.
class attendance {
public:
    attendance(std::size_t publishers, std::size_t handlers, bool by_handler);

    recorder of(std::size_t handler) noexcept;
    const attended& at(std::size_t handler, std::size_t publisher) const noexcept;
    /// The least that any handler has seen of that publisher.
    std::uint64_t least(std::size_t publisher) const noexcept;
    /// What is wrong where publisher p made `published[p]` publications, and every handler was there all the
    /// time. Empty: each handler was called once for each, in order.
    std::string audit(const std::vector<std::uint64_t>& published) const;

private:
    static constexpr std::size_t per_line = 4;
    static_assert(sizeof(attended) == 32);
    struct alignas(128) line {
        std::array<attended, per_line> records;
    };

    std::size_t place(std::size_t handler, std::size_t publisher) const noexcept {
        return by_handler_ ? handler * row_ + publisher : publisher * row_ + handler;
    }

    const std::size_t publishers_;
    const std::size_t handlers_;
    const bool by_handler_;
    const std::size_t row_;
    std::vector<line> lines_;
};

}  // namespace handoff::benchmarks
