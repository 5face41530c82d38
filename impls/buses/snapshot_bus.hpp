// A bus whose publishers read an immutable list of handlers without a lock, and whose unsubscribe() waits for
// the calls that run.
//
// Source: read-copy update (McKenney, Slingwine, "Read-Copy Update: Using Execution History to Solve
// Concurrency Problems", 1998), with a line for each reader as in epoch-based reclamation (Fraser, "Practical
// lock-freedom", 2004).
//
// Progress: publish() is wait-free but for its handlers; subscribe() and unsubscribe() take a lock.
// Order:    each publisher's publications in its order.
// Capacity: unbounded handlers; one allocation each, and a new list per change.
// Cost:     two stores to the publisher's own line and two loads of a shared one per publication, no
//           read-modify-write; one indirect call per delivery. unsubscribe() pays for a membarrier.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "../atomic.hpp"
#include "../concepts/buses.hpp"
#include "../detail/asymmetric_fence.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/mutex.hpp"
#include "../detail/this_thread.hpp"
#include "detail/handler.hpp"

namespace handoff::impls {

template <class Event>
class snapshot_bus {
    struct reader;

public:
    using event_type = Event;
    using subscription = detail::subscription<snapshot_bus, const void*>;
    static constexpr std::string_view name = "snapshot_bus";
    static constexpr auto calls = handler_calls::in_publish;
    static constexpr auto unsubscribed = after_unsubscribe::none_runs;
    static constexpr auto order = ordering::per_producer_fifo;
    static constexpr auto progress = progress_guarantee::wait_free;
    static constexpr bool isolates_exceptions = true;
    static constexpr bool publishes_at_once = true;
    static constexpr bool changes_within_handlers = true;

    explicit snapshot_bus(const bus_options& = {}) : cheap_(detail::asymmetric_fences_available()) {}
    ~snapshot_bus() { delete list_.load(std::memory_order_relaxed); }  // relaxed: no threads are left
    snapshot_bus(const snapshot_bus&) = delete;
    snapshot_bus& operator=(const snapshot_bus&) = delete;

    class publisher_handle {
    public:
        explicit publisher_handle(snapshot_bus& bus) : bus_(&bus), mine_(bus.join()) {}
        publisher_handle(publisher_handle&& other) noexcept
            : bus_(other.bus_), mine_(std::exchange(other.mine_, nullptr)) {}
        publisher_handle& operator=(publisher_handle&&) = delete;
        ~publisher_handle() {
            if (mine_ != nullptr) {
                const std::lock_guard lock(bus_->mutex_);
                mine_->taken = false;
            }
        }

        void publish(const Event& event) {
            // [version]: the list that we load below is of this version or newer.
            const std::uint64_t version = bus_->version_.load(std::memory_order_acquire);
            // release [ended]: who sees this instead of the end of our last publication knows that it is over.
            mine_->reads.store(version, std::memory_order_release);
            // [reads]: before the load of the list. Whoever has stored a newer list and then looks at `reads`
            // either sees our version and waits for us, or we see the newer list.
            detail::light_fence(bus_->cheap_);
            const snapshot& now = *bus_->list_.load(std::memory_order_acquire);  // [listed]
            for (const auto& to : now) {
                if (!mine_->ended.empty() && std::ranges::find(mine_->ended, to.what) != mine_->ended.end())
                    [[unlikely]] {
                    continue;
                }
                try {
                    to(event);
                } catch (...) {
                    bus_->failures_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a count
                }
            }
            mine_->ended.clear();
            mine_->reads.store(nothing,
                               std::memory_order_release);  // [ended]: our calls, and our reads of the list
        }

    private:
        snapshot_bus* bus_;
        reader* mine_;
    };

    /// For the calling thread.
    publisher_handle publisher() { return publisher_handle(*this); }

    template <class F>
    subscription subscribe(F&& f) {
        auto added = std::make_unique<detail::handler<Event>>(std::forward<F>(f));
        const void* const key = added->key();
        std::vector<retired> unused;  // freed without the lock
        const std::lock_guard lock(mutex_);
        auto next =
            std::make_unique<snapshot>(*list_.load(std::memory_order_relaxed));  // relaxed: ours to write
        next->push_back(added->how());
        handlers_.push_back(std::move(added));
        try {
            replace(std::move(next), nullptr);
        } catch (...) {
            handlers_.pop_back();
            throw;
        }
        if (retired_.size() >= kept) {
            unused = unread();
        }
        return {*this, key};
    }

    void drain() noexcept {}
    std::uint64_t failures() const noexcept { return failures_.load(std::memory_order_relaxed); }

private:
    friend subscription;

    // A list is never changed: a subscription stores a new one, of the next version. A publisher writes into
    // its line which version it found before it reads the list, and 0 when it has made its calls. So a list of
    // version v, and a handler that stood in no later one, is nobody's any more as soon as each line has shown
    // 0 or a later version. That is also what unsubscribe() waits for: a publisher that publishes without a
    // pause gets there with its next publication.
    //
    // A handler that unsubscribes stands itself in a publication that reads some old list, and would wait for
    // itself, or for another thread that does the same. It does not wait; but it tells the publications of its
    // own thread, whose lists still have the other handler.
    using snapshot = std::vector<detail::callee<Event>>;
    using owned_handler = std::unique_ptr<detail::handler<Event>>;

    static constexpr std::uint64_t nothing = 0;
    static constexpr std::size_t kept =
        32;  // lists that are kept before subscribe() looks whether they are read

    struct alignas(detail::cache_line) reader {
        atomic<std::uint64_t> reads{
            nothing};       // the version that a publication found; written by the owner only
        bool taken = true;  // protected by the bus's lock, as is `owner`
        std::thread::id owner;
        // Handlers that the publication must not call, since one that it called has ended them. The owner's
        // alone; no other handler can have the address of one of them, which is kept as long as this one reads.
        std::vector<const void*> ended;
    };

    struct retired {
        std::uint64_t version;  // the last in which it was in use
        std::unique_ptr<const snapshot> list;
        owned_handler handler;  // empty: only the list
    };

    reader* join() {
        const std::lock_guard lock(mutex_);
        auto found = std::ranges::find_if(readers_, [](const auto& one) { return !one->taken; });
        if (found == readers_.end()) {
            readers_.push_back(std::make_unique<reader>());
            found = readers_.end() - 1;
        }
        (*found)->taken = true;
        (*found)->owner = std::this_thread::get_id();
        return found->get();
    }

    /// The lock is held.
    void replace(std::unique_ptr<const snapshot> next, owned_handler dropped) {
        const std::uint64_t version = version_.load(std::memory_order_relaxed);  // relaxed: ours to write
        retired_.reserve(retired_.size() + 1);
        // release [listed]: the list is written. The store comes before that of the version, [version].
        std::unique_ptr<const snapshot> last(list_.exchange(next.release(), std::memory_order_acq_rel));
        version_.store(version + 1, std::memory_order_release);
        retired_.push_back({version, std::move(last), std::move(dropped)});
    }

    void unsubscribe(const void* key) {
        std::vector<reader*> waited_for;
        std::uint64_t version = 0;
        {
            const std::lock_guard lock(mutex_);
            const auto found =
                std::ranges::find_if(handlers_, [&](const auto& one) { return one->key() == key; });
            auto next =
                std::make_unique<snapshot>(*list_.load(std::memory_order_relaxed));  // relaxed: as above
            std::erase_if(*next, [&](const auto& one) { return one.what == key; });
            waited_for.reserve(readers_.size());
            version = version_.load(std::memory_order_relaxed);  // relaxed: as above
            const bool is_in_a_handler = tell_own_publications(key);
            replace(std::move(next), std::move(*found));
            handlers_.erase(found);
            if (is_in_a_handler) {
                return;
            }
            detail::heavy_fence();  // [reads]: the partner of the light one in publish()
            for (const auto& one : readers_) {
                if (still_reads(*one, version)) {
                    waited_for.push_back(one.get());
                }
            }
        }
        for (const reader* one : waited_for) {
            wait_for(*one, version);
        }
        std::vector<retired> unused;  // freed without the lock: handlers' destructors are the user's
        const std::lock_guard lock(mutex_);
        unused = take_up_to(version);
    }

    static bool still_reads(const reader& one, std::uint64_t version) noexcept {
        const std::uint64_t reads = one.reads.load(std::memory_order_acquire);  // [ended]
        return reads != nothing && reads <= version;
    }

    /// Publishers do not notify: that would cost each of their publications a fence.
    static void wait_for(const reader& one, std::uint64_t version) {
        for (unsigned looks = 0; still_reads(one, version); ++looks) {
            if (looks < 64) {
                this_thread::yield();
            } else {
                this_thread::sleep_for(std::chrono::microseconds(20));
            }
        }
    }

    /// The lock is held. Keeps the publications of this thread from calling a handler. False: there are none;
    /// else its call of another handler leads here.
    bool tell_own_publications(const void* key) {
        bool are_some = false;
        for (const auto& one : readers_) {
            // relaxed: of this thread's own handle, which it wrote itself
            if (one->taken && one->owner == std::this_thread::get_id() &&
                one->reads.load(std::memory_order_relaxed) != nothing) {
                one->ended.push_back(key);
                are_some = true;
            }
        }
        return are_some;
    }

    /// The lock is held. What nobody reads any more, without a wait.
    std::vector<retired> unread() {
        detail::heavy_fence();                                            // [reads]
        std::uint64_t oldest = version_.load(std::memory_order_relaxed);  // relaxed: ours to write
        for (const auto& one : readers_) {
            const std::uint64_t reads = one->reads.load(std::memory_order_acquire);  // [ended]
            oldest = reads != nothing ? std::min(oldest, reads) : oldest;
        }
        return take_up_to(oldest - 1);
    }

    /// The lock is held.
    std::vector<retired> take_up_to(std::uint64_t version) {
        const auto rest =
            std::ranges::find_if(retired_, [&](const auto& one) { return one.version > version; });
        std::vector<retired> taken(std::make_move_iterator(retired_.begin()), std::make_move_iterator(rest));
        retired_.erase(retired_.begin(), rest);
        return taken;
    }

    const bool cheap_;  // publishers leave their fence to whoever unsubscribes
    alignas(detail::cache_line) atomic<const snapshot*> list_{new snapshot};
    atomic<std::uint64_t> version_{1};
    alignas(detail::cache_line) mutex mutex_;  // protects what follows, and changes of the list
    std::vector<std::unique_ptr<reader>> readers_;
    std::vector<owned_handler> handlers_;
    std::vector<retired> retired_;  // in the order of their versions
    atomic<std::uint64_t> failures_{0};
};

}  // namespace handoff::impls
