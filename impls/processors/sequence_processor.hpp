// Event processor over a ring in which producers and stages only count: each stage has the sequence number up
// to which it has handled events, and waits for the numbers of those before it. Stages are called with several
// events per look at these numbers.
//
// Source: Thompson, Farley, Barker, Gee, Stewart, "Disruptor: High performance alternative to bounded queues
// for
//         exchanging data between concurrent threads", LMAX, 2011. The bit that ends the claims, and the
//         meeting of the stages at a stop, are ours.
//
// Progress: blocking: a producer that stops between claiming a place and filling it holds up the stages there.
// Order:    submission, at every stage.
// Capacity: exact, a power of two; allocated once. An event stays in its place until that is used again.
// Cost:     1 RMW (fetch-and-add) per submission; per look of a stage, at up to 16 events, one store and the
//           notifications.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "../atomic.hpp"
#include "../concepts/processors.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/mutex.hpp"
#include "../detail/threads.hpp"
#include "../wait/park.hpp"
#include "detail/handling.hpp"

namespace handoff::impls {

template <class Event, class Handler, class Wait = park>
class sequence_processor {
    // A place that is claimed has to be filled: stages wait for it.
    static_assert(std::is_nothrow_move_assignable_v<Event>);

public:
    using event_type = Event;
    using handler_type = Handler;
    static constexpr std::string_view name = "sequence_processor";
    static constexpr auto producers = cardinality::many;
    static constexpr auto workers = cardinality::one;
    static constexpr auto order = handling_order::submission;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr processor_capacities capacities{.bounded = true, .rule = capacity_rule::power_of_two};
    static constexpr auto handlers_submit = handler_submissions::unless_full;
    static constexpr bool waits_by_itself = false;
    static constexpr bool graphs = true;
    static std::size_t lanes(const processor_options& options) { return stages_of(options.graph); }

    sequence_processor(const processor_options& options, Handler handler)
        : handler_(std::move(handler)), mask_(options.capacity - 1), slots_(options.capacity) {
        detail::choose_wait_of_processor(room_, options.wait);
        for (unsigned i = 0; i < stages_of(options.graph); ++i) {
            stages_.push_back(std::make_unique<stage>());
            detail::choose_wait_of_processor(stages_.back()->news, options.wait);
        }
        switch (options.graph) {
            case event_graph::pipeline:
                connect(0, 1);
                connect(1, 2);
                break;
            case event_graph::diamond:
                connect(0, 2);
                connect(1, 2);
                break;
            case event_graph::single:
            case event_graph::multicast:
                break;
        }
        to_meet_ = stages_.size();
        for (const auto& one : stages_) {
            if (one->before.empty()) {
                first_.push_back(one.get());
            }
            if (one->behind.empty()) {
                last_.push_back(one.get());
            }
        }
        try {
            detail::make_threads(name, static_cast<unsigned>(stages_.size()), threads_,
                                 [this, begin = options.on_start](unsigned number) {
                                     if (begin) {
                                         begin(number);
                                     }
                                     work(number);
                                 });
        } catch (...) {
            {
                // Whoever meets has seen `gives_up_`, which comes after this, and so has the lock after us.
                const std::lock_guard lock(meeting_);
                to_meet_ = threads_.size();
            }
            stop(stop_mode::now);
            throw;
        }
    }
    ~sequence_processor() { stop(stop_mode::drain); }
    sequence_processor(const sequence_processor&) = delete;
    sequence_processor& operator=(const sequence_processor&) = delete;

    /// A submitting thread's end. Outlived by the processor; used by one thread at a time.
    class submitter_handle {
    public:
        explicit submitter_handle(sequence_processor& owner) : owner_(owner), room_until_(owner.capacity()) {}

        [[nodiscard]] bool submit(Event&& event, std::uint64_t = 0) {
            // relaxed, here and in try_submit: numbers are handed out, no data. All changes of the cursor are
            // read-modify-writes, so that each claim is before the one that ends all claims, or sees its bit.
            const std::uint64_t claim = owner_.cursor_.fetch_add(one_place, std::memory_order_relaxed);
            if ((claim & no_more) != 0) {
                return false;
            }
            const std::uint64_t place = claim / one_place;
            if (place >= room_until_) [[unlikely]] {
                wait_for_room(place);
            }
            owner_.publish(place, std::move(event));
            return true;
        }
        [[nodiscard]] submit_status try_submit(Event&& event, std::uint64_t = 0) {
            std::uint64_t claim = owner_.cursor_.load(std::memory_order_relaxed);
            do {
                if ((claim & no_more) != 0) {
                    return submit_status::stopped;
                }
                if (claim / one_place >= room_until_) {
                    room_until_ = owner_.room_until();
                    if (claim / one_place >= room_until_) {
                        return submit_status::full;
                    }
                }
            } while (
                !owner_.cursor_.compare_exchange_weak(claim, claim + one_place, std::memory_order_relaxed));
            owner_.publish(claim / one_place, std::move(event));
            return submit_status::accepted;
        }

    private:
        [[gnu::noinline]] void wait_for_room(std::uint64_t place) {
            owner_.room_.wait_until([&] { return place < (room_until_ = owner_.room_until()); });
        }

        sequence_processor& owner_;
        std::uint64_t room_until_;  ///< places before this one were free when it was looked at
    };

    submitter_handle submitter() { return submitter_handle(*this); }

    stop_report stop(stop_mode mode) {
        if (mode == stop_mode::now && end_.load(std::memory_order_relaxed) == never) {
            gives_up_.store(true, std::memory_order_relaxed);  // relaxed: [end] shows it to who must know
        }
        // relaxed: as in submit. What comes later sees the bit; all before it are certain to be published.
        const std::uint64_t claimed = cursor_.fetch_or(no_more, std::memory_order_relaxed);
        if ((claimed & no_more) == 0) {
            end_.store(claimed / one_place, std::memory_order_release);  // [end]
        }
        for (const auto& one : stages_) {
            one->news.notify_all();
        }
        for (std::thread& thread : threads_) {
            thread.join();
        }
        threads_.clear();
        const std::uint64_t end = end_.load(std::memory_order_relaxed);  // relaxed: nobody else is left
        stop_report all{.handled = met_ > 0 ? std::min(cut_, end) : end};
        all.given_up = end - all.handled;
        for (const auto& one : stages_) {
            all.thrown += one->thrown;
        }
        return all;
    }

private:
    // The cursor holds the next place to claim, doubled, and in its lowest bit whether claims are over.
    static constexpr std::uint64_t one_place = 2;
    static constexpr std::uint64_t no_more = 1;
    static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();
    /// Events that a stage handles before it says so: more would make the stages behind it wait, fewer cost a
    /// store and the notifications more often.
    static constexpr std::uint64_t most_at_once = in_model ? 2 : 16;

    struct slot {
        atomic<std::uint64_t> filled{0};  ///< the number of the event that is inside, plus one
        Event event{};
    };

    struct alignas(detail::cache_line) stage {
        atomic<std::uint64_t> done{0};  ///< events before this one are handled
        std::uint64_t thrown = 0;
        Wait news;
        std::vector<stage*> before;  ///< whose events it waits for; empty: the producers'
        std::vector<stage*> behind;
    };

    class context {
    public:
        context(sequence_processor& owner, std::size_t lane) : submitter_(owner), lane_(lane) {}
        std::size_t lane() const noexcept { return lane_; }
        [[nodiscard]] submit_status submit(Event&& event, std::uint64_t = 0) {
            return submitter_.try_submit(std::move(event));
        }

    private:
        submitter_handle submitter_;
        const std::size_t lane_;
    };

    std::uint64_t capacity() const noexcept { return mask_ + 1; }

    void connect(unsigned before, unsigned behind) {
        stages_[before]->behind.push_back(stages_[behind].get());
        stages_[behind]->before.push_back(stages_[before].get());
    }

    static std::uint64_t least_done(const std::vector<stage*>& of) noexcept {
        std::uint64_t least = never;
        for (const stage* one : of) {
            // [done]: what those stages have done with the events is visible, and they will not come back
            least = std::min(least, one->done.load(std::memory_order_acquire));
        }
        return least;
    }
    std::uint64_t room_until() const noexcept { return least_done(last_) + capacity(); }

    void publish(std::uint64_t place, Event&& event) {
        slot& mine = slots_[place & mask_];
        mine.event = std::move(event);
        mine.filled.store(place + 1, std::memory_order_release);  // [filled]
        for (stage* one : first_) {
            one->news.notify();
        }
    }

    /// Up to which event a stage may go on that has come to `next`.
    std::uint64_t ready(const stage& me, std::uint64_t next) const noexcept {
        if (!me.before.empty()) {
            return std::min(least_done(me.before), next + most_at_once);
        }
        std::uint64_t until = next;
        while (until < next + most_at_once &&
               slots_[until & mask_].filled.load(std::memory_order_acquire) == until + 1) {  // [filled]
            ++until;
        }
        return until;
    }

    /// Where all stages stop handling when events are given up: the furthest one has handled those before it,
    /// so the others do, too. Each says how far it is and waits for all.
    std::uint64_t meet(std::uint64_t next) {
        std::unique_lock lock(meeting_);
        cut_ = std::max(cut_, next);
        if (++met_ == to_meet_) {
            all_met_.notify_all();
        }
        while (met_ < to_meet_) {
            all_met_.wait(lock);
        }
        return cut_;
    }

    void work(unsigned number) {
        stage& me = *stages_[number];
        context here(*this, number);
        std::uint64_t cut = never;
        bool met = false;
        // relaxed: carries no data; at the end of all events [end] shows it
        const auto must_meet = [&] { return !met && gives_up_.load(std::memory_order_relaxed); };
        for (std::uint64_t next = 0;;) {
            std::uint64_t until = ready(me, next);
            if (until == next) {
                bool over = false;
                me.news.wait_until([&] {
                    // [end]: what is published before it has been claimed before it
                    over = next == end_.load(std::memory_order_acquire);
                    return over || must_meet() || (until = ready(me, next)) != next;
                });
                if (must_meet()) {
                    cut = meet(next);
                    met = true;
                    continue;
                }
                if (over) {
                    break;
                }
            }
            for (; next != until; ++next) {
                if (must_meet()) [[unlikely]] {
                    cut = meet(next);
                    met = true;
                }
                if (next < cut) [[likely]] {
                    me.thrown += detail::call_handler(handler_, slots_[next & mask_].event, here);
                }
            }
            me.done.store(next, std::memory_order_release);  // [done]
            for (stage* one : me.behind) {
                one->news.notify();
            }
            if (me.behind.empty()) {
                room_.notify_all();  // each that waits there waits for a place of its own
            }
        }
    }

    Handler handler_;
    const std::uint64_t mask_;
    std::vector<slot> slots_;
    std::vector<std::unique_ptr<stage>> stages_;
    std::vector<stage*> first_;  ///< that the producers' events come to
    std::vector<stage*> last_;   ///< behind which an event's place is free
    std::vector<std::thread> threads_;

    alignas(detail::cache_line) atomic<std::uint64_t> cursor_{0};
    alignas(detail::cache_line) Wait room_;
    alignas(detail::cache_line) atomic<bool> gives_up_{false};  // read with every event, written once
    atomic<std::uint64_t> end_{never};                          // likewise: how many events were claimed

    mutex meeting_;  // protects what follows
    condition_variable all_met_;
    std::size_t to_meet_ = 0;
    std::size_t met_ = 0;
    std::uint64_t cut_ = 0;
};

}  // namespace handoff::impls
