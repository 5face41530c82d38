// What a thread burns that waits for an item, and none comes.
//
// Stresses: the wait strategy alone, for as long as the trial lasts.
// Verifies: the waiter gets the one item that ends its wait, whole, not before it was pushed, and nothing after
//           it.
#pragma once

#include <memory>
#include <utility>

#include "blocking.hpp"
#include "channel.hpp"
#include "item.hpp"
#include "measurement.hpp"
#include "waiting.hpp"

namespace handoff::benchmarks {

/// A channel whose type does not matter: what a call of it costs is nothing beside the wait.
class idle_channel {
public:
    virtual ~idle_channel() = default;
    /// By a handle of the calling thread's own.
    virtual bool pop(item<8>& out) = 0;
    virtual bool push(item<8> value) = 0;
    virtual void close() = 0;
    /// Its wait strategies' part of the metrics; when all threads have joined, before it is drained: a strategy
    /// that does not look first sleeps once even where nothing more can come.
    virtual void add_metrics(harness::measurement& m) const = 0;
};

/// One iteration is one wait; the trial has one. `idle_cpu` is the waiting thread's CPU time over the time that
/// it waited, each read by itself just before the wait and just after it. The other thread sleeps in the
/// meantime.
harness::measurement idle_on(const harness::trial& t, idle_channel& channel);

template <class Channel>
harness::measurement idle(const harness::trial& t) {
    class erased final : public idle_channel {
    public:
        explicit erased(const harness::point& p) : channel(make_channel<Channel>(p)) {}
        bool pop(item<8>& out) override {
            auto from = channel->consumer();
            const bool got = from.pop(out);
            waits += from.observer();
            return got;
        }
        bool push(item<8> value) override { return channel->producer().push(std::move(value)); }
        void close() override { channel->close(); }
        void add_metrics(harness::measurement& m) const override {
            m.actual_capacity = capacity_of(*channel);
            if constexpr (tells_of_waits<Channel>) {
                add_sleep_metrics(m, waits, report_of(*channel));
            }
        }
        const std::unique_ptr<Channel> channel;
        wait_tally waits;  ///< of those who popped
    } erased_channel(t.point);

    return idle_on(t, erased_channel);
}

}  // namespace handoff::benchmarks
