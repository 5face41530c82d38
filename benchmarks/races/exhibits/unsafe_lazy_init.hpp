// Unsafe lazy initialisation: two threads want an object that the first to come is to make.
//
// What it stands for:     if (!instance) instance = new thing;     return *instance;
//
// What goes wrong, in `broken`: check-then-act. Both find nothing, both make one, and the first to come works
// with an object that nobody else will ever see.
//
//     thread 0: instance? none                    makes one, stores it     uses its own
//     thread 1:                  instance? none   makes one                                stores it
//
// What goes wrong, in `broken_double_checked`: a lock around a second look cures that, but the first look is
// outside. If the pointer becomes visible before what it points to, who looks then gets an object that is not
// made yet. Source: Meyers and Alexandrescu, "C++ and the Perils of Double-Checked Locking", 2004. As with
// unsafe publication, x86 does not reorder the stores by itself; here they stand as a compiler may arrange
// them.
//
//     thread 0: locks, stores the pointer                        fills in the object
//     thread 1:                             instance? yes, uses it: empty
//
// What repairs it: std::call_once (or a local static variable, which is the same in the language), or a
// double-checked lock whose pointer is released and acquired.
//
// Stresses: the first use, which comes once per program: here once per round. Shows: two failures of one idiom.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>

#include "../exhibit.hpp"
#include "../stage.hpp"

namespace handoff::races {

enum class lazy_init { unlocked, double_checked_early, call_once, double_checked };

template <lazy_init How>
class unsafe_lazy_init {
public:
    static constexpr unsigned threads = 2;
    static constexpr unsigned window_ns = 500;

    void set_up() {
        instance_.store(nullptr,
                        std::memory_order_relaxed);  // relaxed here and below: the threads meet around a round
        made_.store(0, std::memory_order_relaxed);
        for (object& o : room_) {
            o.value.store(0, std::memory_order_relaxed);
        }
        once_.emplace();
    }

    void act(unsigned self, dice& chance) {
        chance.widen(window_ns);
        found_[self].value = get(self, chance)->value.load(std::memory_order_relaxed);
    }

    bool failed(tally& outcome) const {
        const bool twice = made_.load(std::memory_order_relaxed) > 1;
        const bool empty = found_[0].value != 42 || found_[1].value != 42;
        outcome.count("made_twice", twice ? 1 : 0);
        outcome.count("used_unmade", empty ? 1 : 0);
        return twice || empty;
    }

private:
    struct alignas(impls::detail::cache_line) object {
        std::atomic<int> value{0};  ///< 42: made
    };
    struct alignas(impls::detail::cache_line) finding {
        int value = 0;
    };

    const object* get(unsigned self, dice& chance) {
        if constexpr (How == lazy_init::call_once) {
            std::call_once(*once_, [&] { make_and_store(self, chance, std::memory_order_relaxed); });
            return instance_.load(std::memory_order_relaxed);  // relaxed: call_once orders it
        } else if constexpr (How == lazy_init::unlocked) {
            if (object* seen = instance_.load(std::memory_order_acquire)) {  // [made]
                return seen;
            }
            return make_and_store(self, chance, std::memory_order_release);  // [made]
        } else {
            constexpr bool early = How == lazy_init::double_checked_early;
            if (object* seen =
                    instance_.load(early ? std::memory_order_relaxed : std::memory_order_acquire)) {  // [made]
                return seen;
            }
            const std::lock_guard lock(mutex_);
            if (object* seen = instance_.load(std::memory_order_relaxed)) {  // relaxed: stored under the lock
                return seen;
            }
            if constexpr (early) {
                instance_.store(&room_[self], std::memory_order_relaxed);
                return make(self, chance);
            } else {
                return make_and_store(self, chance, std::memory_order_release);  // [made]: the value is there
            }
        }
    }

    object* make(unsigned self, dice& chance) {
        made_.fetch_add(1, std::memory_order_relaxed);
        chance.widen(window_ns);  // making takes time
        room_[self].value.store(42, std::memory_order_relaxed);
        return &room_[self];
    }

    object* make_and_store(unsigned self, dice& chance, std::memory_order visible) {
        object* made = make(self, chance);
        instance_.store(made, visible);
        return made;
    }

    alignas(impls::detail::cache_line) std::atomic<object*> instance_{nullptr};
    alignas(impls::detail::cache_line) std::atomic<int> made_{0};
    std::mutex mutex_;
    std::optional<std::once_flag> once_;
    object room_[threads];  ///< where each thread would make one
    finding found_[threads];
};

inline exhibit show_unsafe_lazy_init() {
    using broken = unsafe_lazy_init<lazy_init::unlocked>;
    exhibit e{
        .name = "unsafe_lazy_init",
        .title = "two threads want an object that the first to come makes",
        .kind = "wrong_result",
        .fails = "two objects were made, or one was used before it was made",
        .threads = broken::threads,
        .window_ns = broken::window_ns,
        .rounds = 40'000,
        .twins = {},
    };
    e.twins.push_back({
        .name = "broken",
        .is = role::broken,
        .how = "look, then make",
        .seen_failed = "both found nothing and made one",
        .seen_none = "",
        .play = &play<broken>,
    });
    e.twins.push_back({
        .name = "broken_double_checked",
        .is = role::broken,
        .how = "double-checked lock, pointer stored before the object is made",
        .seen_failed = "the pointer was seen before the object",
        .seen_none = "",
        .play = &play<unsafe_lazy_init<lazy_init::double_checked_early>>,
    });
    e.twins.push_back({
        .name = "repaired",
        .is = role::repaired,
        .how = "std::call_once",
        .seen_failed = "made twice, or used before it was made",
        .seen_none = "one object, whole",
        .play = &play<unsafe_lazy_init<lazy_init::call_once>>,
    });
    e.twins.push_back({
        .name = "repaired_double_checked",
        .is = role::repaired,
        .how = "double-checked lock, pointer released and acquired",
        .seen_failed = "made twice, or used before it was made",
        .seen_none = "one object, whole",
        .play = &play<unsafe_lazy_init<lazy_init::double_checked>>,
    });
    return e;
}

}  // namespace handoff::races
