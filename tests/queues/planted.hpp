// A queue with a fault planted into it: what the conformance tests must name, whatever the queue. For tests of
// the tests in suites of other projects (handoff_add_tests with PLANTED).
#pragma once

#include <concepts>
#include <cstddef>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "concepts/queues.hpp"

namespace handoff::tests {

enum class fault { loses_an_item, repeats_an_item, overtakes };

/// What goes wrong at every hundredth pop.
template <fault Which, class T>
class faulty_pop {
public:
    /// `take(T&)` pops from the queue as it is.
    template <class Take>
    bool operator()(Take take, T& out) {
        const std::lock_guard guard(mutex_);
        if (kept_) {
            out = std::move(*kept_);
            kept_.reset();
            return true;
        }
        if (!take(out)) {
            return false;
        }
        if (++calls_ % 100 == 0) {
            spoil(take, out);
        }
        return true;
    }

private:
    template <class Take>
    void spoil(Take& take, T& out) {
        if constexpr (Which == fault::repeats_an_item) {
            if constexpr (std::copy_constructible<T>) {
                kept_ = out;
            }
        } else {
            T next{};
            if (!take(next)) {
                --calls_;  // the next pop is due
            } else {
                if constexpr (Which == fault::overtakes) {
                    kept_.emplace(std::move(out));
                }
                out = std::move(next);
            }
        }
    }

    std::mutex mutex_;
    std::optional<T> kept_;
    unsigned long calls_ = 0;
};

/// What the queue takes, with a fault or without.
template <template <class> class Queue, class T>
concept takes_values_of = requires { typename Queue<T>; };

/// Queue<T> with that fault; its operations that wait are left as they are.
template <fault Which, template <class> class Queue, class T>
    requires takes_values_of<Queue, T>
class with_fault : public Queue<T> {
public:
    using Queue<T>::Queue;
    bool try_pop(T& out) {
        return pop_([this](T& o) { return Queue<T>::try_pop(o); }, out);
    }

private:
    faulty_pop<Which, T> pop_;
};

template <fault Which, template <class> class Queue, class T>
    requires takes_values_of<Queue, T> && impls::has_handles<Queue<T>>
class with_fault<Which, Queue, T> : public Queue<T> {
    using healthy = std::remove_reference_t<decltype(std::declval<Queue<T>&>().consumer())>;

public:
    using Queue<T>::Queue;
    struct reader : healthy {
        faulty_pop<Which, T>& pop;
        bool try_pop(T& out) {
            return pop([this](T& o) { return healthy::try_pop(o); }, out);
        }
    };
    reader consumer() { return {Queue<T>::consumer(), pop_}; }

private:
    faulty_pop<Which, T> pop_;
};

}  // namespace handoff::tests
