// Cells that threads own one by one and readers sum: a list that only grows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "../atomic.hpp"
#include "cache_line.hpp"
#include "mutex.hpp"

namespace handoff::impls::detail {

/// Numbers `Spacing` bytes apart: `cache_line` keeps their owners out of each other's way, less shows what that
/// is worth. `claim` and `release` lock and may allocate; everything else is wait-free. A released cell keeps
/// its value, which its next owner adds to.
template <std::size_t Spacing>
class cell_list {
public:
    struct alignas(Spacing) cell {
        atomic<std::uint64_t> value{0};
    };
    static_assert(sizeof(cell) == Spacing);

    cell_list() = default;
    cell_list(const cell_list&) = delete;
    cell_list& operator=(const cell_list&) = delete;
    ~cell_list() {
        for (block* b = first_.load(std::memory_order_relaxed);
             b != nullptr;) {  // relaxed: no threads are left
            block* const next = b->next;
            delete b;
            b = next;
        }
    }

    /// A cell of the caller's own.
    cell& claim() {
        const std::lock_guard lock(claims_);
        if (free_.empty()) {
            auto* const more = new block;
            more->next = first_.load(std::memory_order_relaxed);  // relaxed: changed under the lock only
            for (auto c = more->cells.rbegin(); c != more->cells.rend(); ++c) {
                free_.push_back(&*c);  // from the back, so that neighbours are given out one after the other
            }
            first_.store(more, std::memory_order_release);  // [block]
        }
        cell* const mine = free_.back();
        free_.pop_back();
        return *mine;
    }

    void release(cell& mine) {
        const std::lock_guard lock(claims_);
        free_.push_back(&mine);
    }

    /// Each cell is read once, in no particular order.
    std::uint64_t sum() const noexcept {
        std::uint64_t total = 0;
        // [block]: the cells of the block are there.
        for (const block* b = first_.load(std::memory_order_acquire); b != nullptr; b = b->next) {
            for (const cell& c : b->cells) {
                // relaxed: a number; whoever needs what its writer did before synchronises with the writer
                total += c.value.load(std::memory_order_relaxed);
            }
        }
        return total;
    }

private:
    struct alignas(cache_line) block {
        std::array<cell, 16> cells;
        block* next = nullptr;
    };

    atomic<block*> first_{nullptr};
    mutex claims_;  // protects what follows
    std::vector<cell*> free_;
};

/// How a thread adds to a cell that nobody else writes.
enum class cell_addition {
    plain,   ///< a load and a store: all that is needed
    locked,  ///< an atomic addition, which has to own the line at that moment: for controls that show who else
             ///< wants it
};

/// A thread's cell while its handle lives.
template <std::size_t Spacing, cell_addition How = cell_addition::plain>
class cell_handle {
public:
    explicit cell_handle(cell_list<Spacing>& cells) : cells_(cells), mine_(cells.claim()) {}
    ~cell_handle() { cells_.release(mine_); }
    cell_handle(const cell_handle&) = delete;
    cell_handle& operator=(const cell_handle&) = delete;

    void add(std::uint64_t n) noexcept {
        // relaxed, all: nobody else writes it, and it carries no data
        if constexpr (How == cell_addition::locked) {
            mine_.value.fetch_add(n, std::memory_order_relaxed);
        } else {
            mine_.value.store(mine_.value.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
        }
    }

private:
    cell_list<Spacing>& cells_;
    typename cell_list<Spacing>::cell& mine_;
};

}  // namespace handoff::impls::detail
