// Loops whose type does not matter, for all that workloads do with them outside the measured loops.
#pragma once

#include <memory>

#include "concepts/loops.hpp"

namespace handoff::benchmarks {

class any_loop {
public:
    virtual ~any_loop() = default;
    virtual void run() = 0;
    /// By any thread: the loop ends when it comes to it.
    virtual void post_stop() = 0;
};

/// What is `cold` is not measured: the compiler spends less time on it.
template <impls::event_loop L>
class loop_of final : public any_loop {
public:
    [[gnu::cold]] loop_of() = default;
    [[gnu::cold]] ~loop_of() override = default;

    [[gnu::cold]] void run() override { loop.run(); }
    [[gnu::cold]] void post_stop() override {
        loop.post([this] { loop.stop(); });
    }
    /// On the heap: loops never move.
    [[gnu::cold]] static std::unique_ptr<any_loop> make() { return std::make_unique<loop_of>(); }

    L loop;
};

using loop_factory = std::unique_ptr<any_loop> (*)();

/// The loop behind what `loop_of<L>::make` has made.
template <class L>
L& loop_in(any_loop& any) noexcept {
    return static_cast<loop_of<L>&>(any).loop;
}

}  // namespace handoff::benchmarks
