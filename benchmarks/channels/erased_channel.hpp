// A channel whose type does not matter, also where it is used.
//
// For loops that are compiled once for all channels: each operation is an indirect call, some nanoseconds.
// Where an item's handling takes microseconds, and what is measured is compared with what the same calls reach,
// that is worth less than the time to compile every policy with every channel.
#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include "channels/any_channel.hpp"
#include "concepts/channels.hpp"
#include "shared/item.hpp"

namespace handoff::benchmarks {

class erased_sender {
public:
    virtual ~erased_sender() = default;
    virtual bool send(item<8>&& value) = 0;
    virtual impls::channel_status try_send(item<8>&& value) = 0;
};

class erased_receiver {
public:
    virtual ~erased_receiver() = default;
    virtual bool receive(item<8>& out) = 0;
    virtual impls::channel_status try_receive(item<8>& out) = 0;
    virtual impls::channel_status receive_for(item<8>& out, std::chrono::nanoseconds patience) = 0;
};

/// How the ends of a channel are made.
struct erased_ends {
    std::unique_ptr<erased_sender> (*sender)(any_channel_ends&);
    std::unique_ptr<erased_receiver> (*receiver)(any_channel_ends&);
};

/// A view of a channel, with handles that own theirs.
class erased_channel {
public:
    using value_type = item<8>;
    /// Said at run time, by the channel's declaration.
    static constexpr auto senders = impls::cardinality::many;
    static constexpr auto receivers = impls::cardinality::many;
    static constexpr impls::channel_capacities capacities{
        .rendezvous = true, .bounded = true, .unbounded = true};

    erased_channel(any_channel_ends& channel, erased_ends ends) : channel_(channel), ends_(ends) {}

    class sender_handle {
    public:
        explicit sender_handle(std::unique_ptr<erased_sender> end) : end_(std::move(end)) {}
        // NOLINTNEXTLINE(performance-move-const-arg): it takes nothing else
        bool send(value_type&& value) { return end_->send(std::move(value)); }
        impls::channel_status try_send(value_type&& value) {
            return end_->try_send(std::move(value));  // NOLINT(performance-move-const-arg): likewise
        }

    private:
        std::unique_ptr<erased_sender> end_;
    };

    class receiver_handle {
    public:
        explicit receiver_handle(std::unique_ptr<erased_receiver> end) : end_(std::move(end)) {}
        bool receive(value_type& out) { return end_->receive(out); }
        impls::channel_status try_receive(value_type& out) { return end_->try_receive(out); }
        impls::channel_status receive_for(value_type& out, std::chrono::nanoseconds patience) {
            return end_->receive_for(out, patience);
        }

    private:
        std::unique_ptr<erased_receiver> end_;
    };

    sender_handle sender() { return sender_handle(ends_.sender(channel_)); }
    receiver_handle receiver() { return receiver_handle(ends_.receiver(channel_)); }

private:
    any_channel_ends& channel_;
    erased_ends ends_;
};

/// The ends of a channel of that type.
template <class Channel>
class erased_ends_of {
    class sender_end final : public erased_sender {
    public:
        explicit sender_end(Channel& channel) : end_(channel.sender()) {}
        bool send(item<8>&& value) override { return end_.send(std::move(value)); }
        impls::channel_status try_send(item<8>&& value) override { return end_.try_send(std::move(value)); }

    private:
        impls::sender_end_t<Channel> end_;
    };

    class receiver_end final : public erased_receiver {
    public:
        explicit receiver_end(Channel& channel) : end_(channel.receiver()) {}
        bool receive(item<8>& out) override { return end_.receive(out); }
        impls::channel_status try_receive(item<8>& out) override { return end_.try_receive(out); }
        impls::channel_status receive_for(item<8>& out, std::chrono::nanoseconds patience) override {
            return end_.receive_for(out, patience);
        }

    private:
        impls::receiver_end_t<Channel> end_;
    };

    static std::unique_ptr<erased_sender> sender(any_channel_ends& channel) {
        return std::make_unique<sender_end>(channel_in<Channel>(channel));
    }
    static std::unique_ptr<erased_receiver> receiver(any_channel_ends& channel) {
        return std::make_unique<receiver_end>(channel_in<Channel>(channel));
    }

public:
    static constexpr erased_ends ends{&sender, &receiver};
};

}  // namespace handoff::benchmarks
