#include "async/steps.hpp"

#include <algorithm>

namespace handoff::benchmarks {

steps::steps(std::uint64_t first, std::uint64_t n, bool has_slots)
    : first_(first), n_(n), has_slots_(has_slots), slots_(has_slots ? n : 0) {
    expected_ = first;
    if (has_slots) {
        for (std::uint64_t i = 0; i < n; ++i) {
            expected_ += mixed(i);
        }
    } else {
        for (std::uint64_t i = 0; i < n; ++i) {
            expected_ = mixed(expected_);
        }
    }
}

/// Steps cannot change places: no two of these commute.
std::uint64_t steps::mixed(std::uint64_t value) noexcept {
    return (value ^ (value >> 29)) * 0x9e3779b97f4a7c15 + 1;
}

void steps::begin(std::stop_source* stop) noexcept {
    calls_ = 0;
    stop_ = stop;
    taken_ = 0;
    due_ = first_;
    wrong_ = 0;
    early_ = 0;
    unrun_ = 0;
    std::ranges::fill(slots_, 0);
}

std::uint64_t steps::operator()(std::uint64_t value) {
    if (has_slots_) {
        // Each has a place of its own: steps may run at the same time.
        if (value < n_) {
            ++slots_[value];
        }
        if (value + 1 == fails_at_) {
            throw step_failed(fails_at_);
        }
        return mixed(value);
    }
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    lowest_ = std::min(lowest_, here);
    highest_ = std::max(highest_, here);
    ++calls_;
    if (calls_ == fails_at_) {
        throw step_failed(calls_);
    }
    if (calls_ == stops_at_ && stop_ != nullptr) {
        stop_->request_stop();
    }
    return mixed(value);
}

void steps::take(std::uint64_t value) noexcept {
    if (times_first_ && taken_ == 0) {
        first_taken_ = std::chrono::steady_clock::now();
    }
    ++taken_;
    due_ = mixed(due_);
    if (value != due_ && wrong_ == 0) {
        wrong_ = taken_;
    }
    if (calls_ > taken_ && early_ == 0) {
        early_ = taken_;
    }
    if (calls_ < taken_ && unrun_ == 0) {
        unrun_ = taken_;
    }
}

std::string steps::fault_in_count(std::uint64_t expected, const char* too_many) const {
    if (calls_ < expected) {
        return "lost: " + std::to_string(expected - calls_) + " of " + std::to_string(expected) +
               " steps did not run";
    }
    if (calls_ > expected) {
        return std::string(too_many) + std::to_string(calls_) + " steps ran, not " + std::to_string(expected);
    }
    return "";
}

std::string steps::fault_in_chain(std::uint64_t value) const {
    if (std::string fault = fault_in_count(n_, "duplicated: "); !fault.empty()) {
        return fault;
    }
    return value == expected_
               ? ""
               : "wrong: the result is " + std::to_string(value) + ", not " + std::to_string(expected_);
}

std::string steps::fault_in_failure(std::uint64_t number) const {
    if (calls_ > fails_at_) {
        return "ran on: " + std::to_string(calls_ - fails_at_) + " steps ran after step " +
               std::to_string(fails_at_) + " had failed";
    }
    if (std::string fault = fault_in_count(fails_at_, ""); !fault.empty()) {
        return fault;
    }
    if (number == 0) {
        return "lost error: the failure of step " + std::to_string(fails_at_) + " did not reach the end";
    }
    return number == fails_at_
               ? ""
               : "wrong error: step " + std::to_string(number) + ", not " + std::to_string(fails_at_);
}

std::string steps::fault_in_taking(std::uint64_t expected) const {
    if (taken_ != expected) {
        return (taken_ < expected ? "lost: " : "duplicated: ") + std::to_string(taken_) + " of " +
               std::to_string(expected) + " values were given";
    }
    if (wrong_ != 0) {
        return "wrong: value " + std::to_string(wrong_) + " is not the result of its step";
    }
    if (unrun_ != 0) {
        return "gave ahead: value " + std::to_string(unrun_) + " was given before its step ran";
    }
    return early_ != 0 ? "ran ahead: step " + std::to_string(early_ + 1) + " ran before value " +
                             std::to_string(early_) + " was given"
                       : "";
}

std::string steps::fault_in_sequence(std::uint64_t value) const {
    const std::string fault = fault_in_chain(value);
    return fault.empty() ? fault_in_taking(n_) : fault;
}

std::string steps::fault_in_failed_sequence(std::uint64_t number) const {
    const std::string fault = fault_in_failure(number);
    return fault.empty() ? fault_in_taking(fails_at_ - 1) : fault;
}

std::string steps::fault_in_cancellation(bool has_result) const {
    if (calls_ > stops_at_) {
        return "ran on: " + std::to_string(calls_ - stops_at_) +
               " steps ran after the request to stop in step " + std::to_string(stops_at_);
    }
    if (std::string fault = fault_in_count(stops_at_, ""); !fault.empty()) {
        return fault;
    }
    return has_result ? "not cancelled: a chain that was told to stop has a result" : "";
}

std::string steps::fault_in_slots(bool all) const {
    for (std::uint64_t i = 0; i < n_; ++i) {
        if (slots_[i] > 1) {
            return "duplicated: step " + std::to_string(i) + " ran " + std::to_string(slots_[i]) + " times";
        }
        if (all && slots_[i] == 0) {
            return "lost: step " + std::to_string(i) + " of " + std::to_string(n_) + " did not run";
        }
    }
    return "";
}

std::string steps::fault_in_sum(std::uint64_t sum) const {
    if (std::string fault = fault_in_slots(true); !fault.empty()) {
        return fault;
    }
    return sum == expected_ ? ""
                            : "wrong: the sum is " + std::to_string(sum) + ", not " + std::to_string(expected_);
}

std::string steps::fault_in_first(const impls::first_result& first) const {
    if (std::string fault = fault_in_slots(false); !fault.empty()) {
        return fault;
    }
    if (first.index >= n_ || slots_[first.index] == 0) {
        return "wrong: step " + std::to_string(first.index) + " came first, and did not run";
    }
    return first.value == mixed(first.index)
               ? ""
               : "wrong: the result of step " + std::to_string(first.index) + " is " +
                     std::to_string(first.value) + ", not " + std::to_string(mixed(first.index));
}

}  // namespace handoff::benchmarks
