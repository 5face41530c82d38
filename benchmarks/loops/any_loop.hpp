// Loops whose type does not matter, for all that workloads do with them outside the measured loops.
#pragma once

#include <memory>

#include "concepts/loops.hpp"
#include "loops/event_descriptor.hpp"

namespace handoff::benchmarks {

class any_loop {
public:
    virtual ~any_loop() = default;
    virtual void run() = 0;
    /// By the loop's thread, before run(): watches a descriptor for `rescue`.
    virtual void be_rescuable() = 0;
    /// By any thread, for a loop that is stuck: it runs what was posted, and stops. Not by a post: a loop that
    /// sleeps over one may sleep over another.
    virtual void rescue() = 0;
};

/// What is `cold` is not measured: the compiler spends less time on it.
template <impls::event_loop L>
class loop_of final : public any_loop {
public:
    [[gnu::cold]] loop_of() = default;
    [[gnu::cold]] ~loop_of() override = default;

    [[gnu::cold]] void run() override { loop.run(); }
    [[gnu::cold]] void be_rescuable() override {
        loop.watch(rescuer_.fd(), [this] {
            rescuer_.take();
            loop.post([this] { loop.stop(); });
        });
    }
    [[gnu::cold]] void rescue() override { rescuer_.raise(); }
    /// On the heap: loops never move.
    [[gnu::cold]] static std::unique_ptr<any_loop> make() { return std::make_unique<loop_of>(); }

private:
    event_descriptor rescuer_;  // outlives the loop

public:
    L loop;
};

using loop_factory = std::unique_ptr<any_loop> (*)();

/// The loop behind what `loop_of<L>::make` has made.
template <class L>
L& loop_in(any_loop& any) noexcept {
    return static_cast<loop_of<L>&>(any).loop;
}

}  // namespace handoff::benchmarks
