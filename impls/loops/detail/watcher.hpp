// A handler that is called again and again, whatever its type.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace handoff::impls::detail {

/// A watched descriptor and its handler. `Base`: what the loop keeps with it.
template <class Base>
class watcher : public Base {
public:
    virtual ~watcher() = default;
    virtual void ready() = 0;

    int descriptor = -1;
    bool live = true;  ///< false: it was unwatched, and only its memory is left
};

template <class Base, class F>
class watcher_of final : public watcher<Base> {
public:
    explicit watcher_of(F&& f) : f_(std::move(f)) {}
    explicit watcher_of(const F& f) : f_(f) {}
    void ready() override { f_(); }

private:
    F f_;
};

/// The watchers of a loop. One that is taken out stays in memory until `bury()`: its handler may be running,
/// and the kernel may have named it in the same turn.
template <class Base>
class watcher_list {
public:
    template <class F>
    watcher<Base>* add(int descriptor, F&& f) {
        all_.push_back(std::make_unique<watcher_of<Base, std::decay_t<F>>>(std::forward<F>(f)));
        all_.back()->descriptor = descriptor;
        all_.back()->place = all_.size() - 1;
        return all_.back().get();
    }
    /// For a loop that knows when nobody needs it any more.
    std::unique_ptr<watcher<Base>> extract(watcher<Base>* gone) {
        const std::size_t at = gone->place;
        gone->live = false;
        std::swap(all_[at], all_.back());
        all_[at]->place = at;
        std::unique_ptr<watcher<Base>> taken = std::move(all_.back());
        all_.pop_back();
        return taken;
    }
    void take_out(watcher<Base>* gone) { dead_.push_back(extract(gone)); }
    bool empty() const noexcept { return all_.empty(); }
    void bury() noexcept { dead_.clear(); }
    template <class See>
    void for_each(See&& see) {
        for (auto& one : all_) {
            see(one.get());
        }
    }

private:
    std::vector<std::unique_ptr<watcher<Base>>> all_;
    std::vector<std::unique_ptr<watcher<Base>>> dead_;
};

/// What a loop keeps at least.
struct watched {
    std::size_t place = 0;  ///< in its list
};

}  // namespace handoff::impls::detail
