// Unsafe publication: a writer fills in data and raises a flag; a reader sees the flag, and not the data.
//
// What it stands for:     data = 42;               while (!ready) {}
//                         ready = true;            use(data);
//
// What goes wrong: nothing says that the two stores are to be seen in their order. A processor may let the
// second overtake the first, and a compiler may swap them, if `ready` is plain or relaxed.
//
//     writer: ready = true                                   data = 42
//     reader:                 ready? yes    use(data): 0
//
// What repairs it: release and acquire on the flag.
//
// There are two broken twins. In `broken` the stores stand in the machine code as above, and the processor
// alone could reorder them: x86 never does (it keeps stores in order, and loads too), ARM and POWER do. In
// `broken_reordered` they stand as a compiler may legally arrange the same source.
//
// Stresses: the order in which two stores of one thread become visible to another. Shows: that "it works here"
// says something about this processor and this compiler's mood.
#pragma once

#include <atomic>

#include "../exhibit.hpp"
#include "../stage.hpp"

namespace handoff::races {

enum class publication { relaxed, reordered, release };

template <publication How>
class unsafe_publication {
public:
    static constexpr unsigned threads = 2;
    static constexpr unsigned window_ns = 500;

    void set_up() {
        data_.store(0, std::memory_order_relaxed);  // relaxed here and below: the threads meet before and after
        ready_.store(false, std::memory_order_relaxed);
    }

    void act(unsigned self, dice& chance) {
        if (self == 0) {
            chance.widen(window_ns);
            if constexpr (How == publication::reordered) {
                ready_.store(true, std::memory_order_relaxed);
                chance.widen(window_ns);
                data_.store(42, std::memory_order_relaxed);
            } else {
                data_.store(42, std::memory_order_relaxed);  // ordered, where it is, by the flag
                chance.widen(window_ns);
                ready_.store(true, How == publication::release
                                       ? std::memory_order_release  // [ready]: data_ holds 42
                                       : std::memory_order_relaxed);
            }
        } else {
            wait_until([&] {
                return ready_.load(How == publication::release ? std::memory_order_acquire  // [ready]
                                                               : std::memory_order_relaxed);
            });
            found_ = data_.load(std::memory_order_relaxed);
        }
    }

    bool failed(tally&) const { return found_ != 42; }

private:
    alignas(impls::detail::cache_line) std::atomic<int> data_{0};
    alignas(impls::detail::cache_line) std::atomic<bool> ready_{false};
    alignas(impls::detail::cache_line) int found_ = 0;  ///< by the reader
};

inline exhibit show_unsafe_publication() {
    using broken = unsafe_publication<publication::relaxed>;
#if defined(__x86_64__) || defined(__i386__)
    constexpr auto why_unseen =
        "this processor keeps stores in order; the compiler need not: see broken_reordered";
#else
    constexpr auto why_unseen = "this processor may reorder the stores, and did not";
#endif
    exhibit e{
        .name = "unsafe_publication",
        .title = "a writer stores data, then a flag; a reader waits for the flag, then reads the data",
        .kind = "wrong_result",
        .fails = "the reader found no data",
        .threads = broken::threads,
        .window_ns = broken::window_ns,
        .rounds = 100'000,
        .twins = {},
    };
    e.twins.push_back({
        .name = "broken",
        .is = role::broken,
        .how = "relaxed stores in the source's order",
        .seen_failed = "the flag was seen before the data",
        .seen_none = why_unseen,
        .play = &play<broken>,
    });
    e.twins.push_back({
        .name = "broken_reordered",
        .is = role::broken,
        .how = "the same stores as a compiler may swap them",
        .seen_failed = "the flag was seen before the data",
        .seen_none = "",
        .play = &play<unsafe_publication<publication::reordered>>,
    });
    e.twins.push_back({
        .name = "repaired",
        .is = role::repaired,
        .how = "release and acquire",
        .seen_failed = "the flag was seen before the data",
        .seen_none = "whoever saw the flag saw the data",
        .play = &play<unsafe_publication<publication::release>>,
    });
    return e;
}

}  // namespace handoff::races
