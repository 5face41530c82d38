// What event buses share: a handler of any type, and the subscription that ends its calls.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace handoff::impls::detail {

/// How to call a handler. Two words, so that a list of them is read in one go.
template <class Event>
struct callee {
    void (*call)(void*, const Event&);
    void* what;

    void operator()(const Event& event) const { call(what, event); }
};

/// A handler of any type, on the heap.
template <class Event>
class handler {
public:
    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, handler>)
    explicit handler(F&& f)
        : what_(new std::remove_cvref_t<F>(std::forward<F>(f)),
                [](void* what) { delete static_cast<std::remove_cvref_t<F>*>(what); }),
          call_([](void* what, const Event& event) { (*static_cast<std::remove_cvref_t<F>*>(what))(event); }) {}

    callee<Event> how() const noexcept { return {call_, what_.get()}; }
    /// No two handlers of a bus share it.
    const void* key() const noexcept { return what_.get(); }

private:
    std::unique_ptr<void, void (*)(void*)> what_;
    void (*call_)(void*, const Event&);
};

/// A subscription to a bus that knows it by a key: Bus::unsubscribe(Key).
template <class Bus, class Key>
class subscription {
public:
    subscription() = default;
    subscription(Bus& bus, const Key& key) : bus_(&bus), key_(key) {}
    subscription(subscription&& other) noexcept
        : bus_(std::exchange(other.bus_, nullptr)), key_(std::exchange(other.key_, Key{})) {}
    subscription& operator=(subscription&& other) noexcept {
        if (this != &other) {
            unsubscribe();
            bus_ = std::exchange(other.bus_, nullptr);
            key_ = std::exchange(other.key_, Key{});
        }
        return *this;
    }
    ~subscription() { unsubscribe(); }

    void unsubscribe() {
        if (Bus* bus = std::exchange(bus_, nullptr)) {
            bus->unsubscribe(key_);
        }
    }

private:
    Bus* bus_ = nullptr;
    Key key_{};
};

}  // namespace handoff::impls::detail
