// What a program of the family does at each step, the same for all styles: a function that is compiled
// elsewhere, which takes a number, notes that it ran, and gives another number.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <stop_token>
#include <string>
#include <vector>

#include "concepts/async.hpp"

namespace handoff::benchmarks {

/// What a step throws that was told to fail.
class step_failed : public std::exception {
public:
    explicit step_failed(std::uint64_t number) : number(number) {}
    const char* what() const noexcept override { return "a step failed, as it was told"; }
    std::uint64_t number;
};

/// The steps of one program, run after run. Steps of a chain, and what their reader takes, are counted without
/// synchronization: the style orders them. Where it does not, ThreadSanitizer sees a data race of the counts.
class steps {
public:
    /// A chain of `n` steps that begins with `first`.
    static steps in_chain(std::uint64_t first, std::uint64_t n) { return steps(first, n, false); }
    /// Steps 0 to `n` - 1, independent of each other.
    static steps apart(std::uint64_t n) { return steps(0, n, true); }

    /// In each run step `k`, from 1 (independent ones, too), throws `step_failed`.
    void fail_at(std::uint64_t k) noexcept { fails_at_ = k; }
    /// In each run step `k`, from 1, requests a stop.
    void stop_at(std::uint64_t k) noexcept { stops_at_ = k; }

    /// In each run the clock is read when the first value is taken.
    void time_first() noexcept { times_first_ = true; }

    /// Before each run. `stop`: what is requested in it, if anything is.
    void begin(std::stop_source* stop = nullptr) noexcept;

    /// One step.
    std::uint64_t operator()(std::uint64_t value);
    /// Of a sequence: its reader is given a step's result.
    void take(std::uint64_t value) noexcept;

    std::uint64_t first() const noexcept { return first_; }
    std::uint64_t size() const noexcept { return n_; }
    /// Steps of a chain that have run since `begin`.
    std::uint64_t calls() const noexcept { return calls_; }
    /// When the first value was taken since `begin`, if it is timed and was.
    std::chrono::steady_clock::time_point first_taken() const noexcept { return first_taken_; }
    /// How much further down the stack the deepest step of all runs was than the highest, if all were on one
    /// stack.
    std::uint64_t stack_bytes() const noexcept { return highest_ < lowest_ ? 0 : highest_ - lowest_; }

    /// What is wrong with a run, in words; empty if nothing is. Of a chain that ended with `value`.
    std::string fault_in_chain(std::uint64_t value) const;
    /// Of a chain that failed with step `number`; 0: with nothing that a step threw.
    std::string fault_in_failure(std::uint64_t number) const;
    /// Of a sequence that ended with `value`.
    std::string fault_in_sequence(std::uint64_t value) const;
    /// Of a sequence that failed with step `number`, likewise.
    std::string fault_in_failed_sequence(std::uint64_t number) const;
    /// Of a chain that was told to stop.
    std::string fault_in_cancellation(bool has_result) const;
    /// Of independent steps whose sum was `sum`.
    std::string fault_in_sum(std::uint64_t sum) const;
    /// Of independent steps, whatever their results: each ran once; where not `all` need run, at most once.
    std::string fault_in_slots(bool all) const;
    /// Of independent steps of which `first` came first.
    std::string fault_in_first(const impls::first_result& first) const;

private:
    steps(std::uint64_t first, std::uint64_t n, bool has_slots);

    static std::uint64_t mixed(std::uint64_t value) noexcept;
    std::string fault_in_count(std::uint64_t expected, const char* too_many) const;
    std::string fault_in_taking(std::uint64_t expected) const;

    const std::uint64_t first_;
    const std::uint64_t n_;
    const bool has_slots_;
    std::uint64_t expected_ = 0;
    std::uint64_t fails_at_ = 0;
    std::uint64_t stops_at_ = 0;
    std::stop_source* stop_ = nullptr;
    std::uint64_t calls_ = 0;
    bool times_first_ = false;
    std::chrono::steady_clock::time_point first_taken_;
    std::uint64_t taken_ = 0;
    std::uint64_t due_ = 0;    ///< the value that was taken last, if all was well
    std::uint64_t wrong_ = 0;  ///< the first that was taken and was another; from 1
    std::uint64_t early_ = 0;  ///< the first that was taken while more steps than those up to it had run
    std::uint64_t unrun_ = 0;  ///< the first that was taken while fewer had
    std::uintptr_t lowest_ = UINTPTR_MAX;
    std::uintptr_t highest_ = 0;
    std::vector<std::uint32_t> slots_;  ///< how often each independent step ran
};

}  // namespace handoff::benchmarks
