// A wait strategy whose threads lose their CPU between its steps.
#pragma once

#include <chrono>
#include <memory>

#include "concepts/waiting.hpp"
#include "shared/perturb.hpp"

namespace handoff::tests {

/// As `any_wait_of<W>`, for those who take their strategy at run time. While a `perturbed` lives, who waits
/// loses time around each look, and so also between the look that found nothing and falling asleep; who
/// notifies loses time before and after it.
template <impls::wait_strategy W>
std::unique_ptr<impls::any_wait> perturbing() {
    static constexpr unsigned seldom = 8;
    static constexpr unsigned often = 2;
    class disturbed final : public impls::any_wait {
        static auto slowly(condition& done) {
            return [&done] {
                between_two_steps(seldom);
                const bool is_done = done();
                between_two_steps(seldom);
                return is_done;
            };
        }

        void wait_until(condition done) override { strategy_.wait_until(slowly(done)); }
        bool wait_until(condition done, std::chrono::steady_clock::time_point deadline) override {
            return strategy_.wait_until(slowly(done), deadline);
        }
        void notify() override {
            between_two_steps(seldom);
            strategy_.notify();
            between_two_steps(often);
        }
        void notify_all() override {
            between_two_steps(seldom);
            strategy_.notify_all();
            between_two_steps(often);
        }
        bool polls() const override { return impls::polling<W>; }

        W strategy_;
    };
    return std::make_unique<disturbed>();
}

}  // namespace handoff::tests
