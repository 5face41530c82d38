// Control: the critical section without a lock, by one thread: what the loop itself costs.
#include <string_view>
#include <utility>
#include <vector>

#include "locks/traits.hpp"
#include "locks/workloads/critical_section.hpp"
#include "registry.hpp"

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
    static constexpr lock_traits declared = traits_of_lock<no_lock>();
    harness::candidate c = begin_team_candidate("locks", declared.name);
    critical_section::declare(declared, c);
    c.axes.front() = {"threads", {"1"}};
    c.judge = [](std::string_view axis, std::string_view value) -> harness::verdict {
        if (axis == "threads" && value != "1") {
            return {harness::verdict::kind::not_offered, "without a lock there can be one thread only"};
        }
        return judge_alike(axis, value);
    };
    c.rivals = [](const harness::point&) { return ""; };
    c.limit = nullptr;
    c.guarantees = {{"control", "yes"}};
    c.keeps_cpu = [](const harness::point&) { return true; };
    c.run = &critical_section::run<no_lock>;
    return {std::move(c)};
}

const harness::enrolment enrolled(1 << 20, controls());

}  // namespace

}  // namespace handoff::benchmarks
