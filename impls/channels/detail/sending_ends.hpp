// Closing a channel whose library knows no close that loses nothing: sends announce themselves, so that the
// closing thread knows when none is under way.
//
// Cost: two stores to a line of the sender's own and one load per send; the closing thread pays for the fence
//       (detail/asymmetric_fence.hpp).
#pragma once

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "../../atomic.hpp"
#include "../../detail/asymmetric_fence.hpp"
#include "../../detail/cache_line.hpp"
#include "../../detail/mutex.hpp"
#include "../../detail/this_thread.hpp"

namespace handoff::impls::detail {

/// All senders of one channel. `End`: what each of them has beside its announcement.
template <class End>
class sending_ends {
public:
    sending_ends() : cheap_(asymmetric_fences_available()) {}
    sending_ends(const sending_ends&) = delete;
    sending_ends& operator=(const sending_ends&) = delete;

    /// A sender's entry, while its handle lives.
    class alignas(cache_line) entry {
    public:
        template <class... Args>
        explicit entry(sending_ends& owner, Args&&... args) : owner_(owner), end(std::forward<Args>(args)...) {
            const std::lock_guard lock(owner_.mutex_);
            owner_.all_.push_back(this);
        }
        ~entry() {
            const std::lock_guard lock(owner_.mutex_);
            std::erase(owner_.all_, this);
        }
        entry(const entry&) = delete;
        entry& operator=(const entry&) = delete;

        /// Before a send; false: the channel is closed.
        bool enter() noexcept {
            inside_.store(true, std::memory_order_relaxed);  // relaxed: the fence orders it
            light_fence(owner_.cheap_);                      // [announced]
            if (!owner_.is_closed()) {
                return true;
            }
            leave();
            return false;
        }
        /// After it, whatever became of it.
        void leave() noexcept { inside_.store(false, std::memory_order_release); }  // [left]

    private:
        friend class sending_ends;
        sending_ends& owner_;
        atomic<bool> inside_{false};

    public:
        End end;
    };

    // relaxed: it carries no data; sends read it after [announced]
    bool is_closed() const noexcept { return closed_.load(std::memory_order_relaxed); }

    /// Refuses all sends that begin from now on, and returns when none is under way. Calls `wake(end)` of each
    /// sender that is inside, again and again, until it is not. Then calls `then`. Does nothing the second
    /// time, but where `wake` or `then` has thrown: it goes on with that.
    template <class Wake, class Then>
    void close(Wake&& wake, Then&& then) {
        const std::lock_guard lock(mutex_);
        if (told_) {
            return;
        }
        closed_.store(true, std::memory_order_relaxed);  // relaxed: the fence orders it
        heavy_fence();  // [announced]: a send that did not see `closed_` is seen inside
        for (entry* const one : all_) {
            // [left]: what it has sent was sent before `then`
            while (one->inside_.load(std::memory_order_acquire)) {
                wake(one->end);
                this_thread::yield();
            }
        }
        then();
        told_ = true;
    }

private:
    const bool cheap_;
    atomic<bool> closed_{false};
    mutex mutex_;  // protects what follows
    std::vector<entry*> all_;
    bool told_ = false;  ///< `then` has returned
};

/// As long as it lives, its sender is inside.
template <class Entry>
class sending {
public:
    explicit sending(Entry& who) noexcept : who_(who), open_(who.enter()) {}
    ~sending() {
        if (open_) {
            who_.leave();
        }
    }
    sending(const sending&) = delete;
    sending& operator=(const sending&) = delete;
    explicit operator bool() const noexcept { return open_; }

private:
    Entry& who_;
    const bool open_;
};

}  // namespace handoff::impls::detail
