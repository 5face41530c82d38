// The tests of policies against planted faults: each has to fail (tests/cli/test_planted_in_tests.py).

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "channels/csp_channel.hpp"
#include "overload/faults.hpp"
#include "overload/policy_tests.hpp"
#include "shared/typed_suites.hpp"

namespace handoff::tests {

using csp = impls::csp_channel<std::uint64_t>;

struct by_policy {
    template <class Subject>
    static std::string GetName(int index) {
        constexpr std::array names{
            "refuses_to_wait",         "refuses_with_room", "drops_the_other_end", "counts_a_drop_twice",
            "drops_the_newest_inside", "keeps_the_older",   "keeps_one_of_three",  "runs_twice"};
        return names[static_cast<std::size_t>(index)];
    }
};

using planted = testing::Types<
    policy_over<overload::refuses_to_wait, csp>, policy_over<overload::refuses_with_room, csp>,
    policy_over<overload::drops_the_other_end, csp>, policy_over<overload::counts_a_drop_twice, csp>,
    policy_over<overload::drops_the_newest_inside, csp>, policy_over<overload::keeps_the_older, csp>,
    policy_over<overload::keeps_one_of_three, csp>, policy_over<overload::runs_twice, csp>>;
HANDOFF_NAMED_TYPED_TESTS(planted, OverloadPolicy, planted, by_policy);
using planted_batches = testing::Types<batches_over<overload::forgetful_batches<csp>, csp>>;
HANDOFF_TYPED_TESTS(forgets_at_the_time_limit, OverloadBatches, planted_batches);

}  // namespace handoff::tests
