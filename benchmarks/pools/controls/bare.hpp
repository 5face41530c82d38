// Controls of adapted pools: the same tasks given to the bare library, as one writes it by hand.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "pools/pool_trial.hpp"
#include "pools/task_tally.hpp"
#include "pools/traits.hpp"
#include "pools/workloads/submit_empty.hpp"
#include "registry.hpp"
#include "shared/asleep.hpp"

namespace handoff::benchmarks {

/// What makes a library a thread_pool for one submitter, at no cost to its tasks: the submitter counts in a
/// variable of its own, and who waits looks at the trial's own books from time to time.
class bare_pool {
public:
    static constexpr auto starts = impls::start_order::any;
    static constexpr auto waiter = impls::waiter_part::waits;
    static constexpr bool bounded = false;
    static constexpr bool nested_waits = false;
    static constexpr bool keeps_exceptions = false;
    static constexpr bool has_wait = false;
    static constexpr bool gives_futures = false;

    explicit bare_pool(unsigned workers) : size_(workers) {}
    unsigned size() const noexcept { return size_; }
    void wait_idle() const {
        while (task_tally::total_count() < submitted_) {
            sleep_for(20'000);
        }
    }

protected:
    ~bare_pool() = default;
    impls::submission counted() noexcept {
        ++submitted_;
        return impls::submission::accepted;
    }

private:
    const unsigned size_;
    std::uint64_t submitted_ = 0;
};

/// Adds the control of `P::name`: submit_empty by one submitter, under a workload's name of its own.
template <class P>
bool enrol_bare_pool(int number) {
    static constexpr pool_traits traits = traits_of_pool<P>();
    harness::candidate c;
    c.family = "pools";
    c.impl = P::name;
    c.guarantees = {{"control", "yes"}};
    c.words = {{"wait", traits.wait_words()},
               {"policy", traits.policies(false)},
               {"placement", harness::placement_words()}};
    c.judge = [](std::string_view axis, std::string_view value) -> harness::verdict {
        if (axis == "submitters" && value != "1") {
            return {harness::verdict::kind::not_offered, "the control has one submitter"};
        }
        if (axis == "result" && value != "none") {
            return {harness::verdict::kind::not_offered, "the control has no futures"};
        }
        return traits.judge(false, axis, value);
    };
    c.members = submitters_of;
    c.rivals = [](const harness::point&) { return ""; };
    c.stops_on_time = true;
    submit_empty::declare(traits, c);
    c.workload = "bare_submit_empty";
    c.limit = nullptr;
    c.run = [](const harness::trial& t) { return submit_empty::run<P>(t, nullptr); };
    const harness::enrolment added((1 << 20) + number, {std::move(c)});
    return true;
}

}  // namespace handoff::benchmarks
