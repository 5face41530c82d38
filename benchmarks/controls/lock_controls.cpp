// Control: the critical section without a lock, by one thread: what the loop itself costs.
#include <string_view>
#include <utility>
#include <vector>

#include "lock_family.hpp"

namespace handoff::benchmarks {

namespace {

struct no_lock {
    static constexpr std::string_view name = "no_lock";
    // clang does not see that the concept of a lock asks for them
    [[maybe_unused]] static constexpr auto admits = impls::admission::any;
    [[maybe_unused]] static constexpr auto waits = impls::waiting::spins;
    void lock() noexcept { asm volatile("" ::: "memory"); }  // the section stays where it is, as behind a lock
    void unlock() noexcept { asm volatile("" ::: "memory"); }
};

std::vector<harness::candidate> controls() {
    harness::candidate c = team_candidate<no_lock>(
        "locks", "critical_section", {{"threads", {"1"}}, {"hold_ns", {"0"}}, {"think_ns", {"0"}}}, "",
        &critical_section<no_lock>);
    c.guarantees = {{"control", "yes"}};
    c.keeps_cpu = [](const harness::point&) { return true; };
    c.judge = [](std::string_view axis, std::string_view value) -> harness::verdict {
        if (axis == "threads" && value != "1") {
            return {harness::verdict::kind::not_offered, "without a lock there can be one thread only"};
        }
        return {};
    };
    return {std::move(c)};
}

const harness::enrolment enrolled(1 << 20, controls());

}  // namespace

}  // namespace handoff::benchmarks
