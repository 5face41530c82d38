// Styles that break what they promise, and one that does not.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <stop_token>
#include <string_view>
#include <thread>
#include <vector>

#include "concepts/async.hpp"

namespace handoff::impls {

enum class style_fault {
    none,
    runs_twice,       ///< what follows the second step runs twice
    forgets,          ///< what follows the second step does not run
    never_ends,       ///< the program waits for a last step that nobody runs
    ignores_errors,   ///< steps run after one that failed; the failure arrives
    swallows_errors,  ///< a failure ends the chain, which has a result all the same
    mixes_values,     ///< a step is given another's value
    ignores_stops,    ///< steps run after a request to stop
    is_impatient,     ///< a wait is given up before its time
    counts_twice,     ///< of independent steps the last runs twice
    names_another,    ///< of independent steps another is said to have come first
    runs_ahead,       ///< of a sequence all steps run before the first value is given
    gives_twice,      ///< of a sequence the last value is given twice
    gives_another,    ///< of a sequence the reader is given what a step takes, and not its result
    drops_the_last,   ///< of a sequence the last value is not given
    gives_failures,   ///< of a sequence a value is also given for the step that failed
};

/// A style of calls, with a fault.
template <style_fault Fault>
struct faulty_style {
    static constexpr auto form = step_form::callback;
    static constexpr auto runs = steps_run::by_itself;
    static constexpr bool stack_grows = false;
    static constexpr std::uint64_t most_steps = 0;

    template <class Executor, class Step>
    static std::uint64_t chain(Executor&, Step& step, std::uint64_t first, std::uint64_t n) {
        std::uint64_t value = first;
        std::exception_ptr failure;
        for (std::uint64_t i = 0; i < n; ++i) {
            if (Fault == style_fault::forgets && i == 1) {
                continue;
            }
            if (Fault == style_fault::never_ends && n > 2 && i == n - 1) {
                for (;;) {
                    std::this_thread::sleep_for(std::chrono::milliseconds(100));
                }
            }
            try {
                if (Fault == style_fault::runs_twice && i == 1) {
                    value = step(value);
                }
                value = step(Fault == style_fault::mixes_values && i == 1 ? first : value);
            } catch (...) {
                failure = std::current_exception();
                if (Fault != style_fault::ignores_errors) {
                    break;
                }
            }
        }
        if (failure && Fault != style_fault::swallows_errors) {
            std::rethrow_exception(failure);
        }
        return value;
    }

    template <class Executor, class Step, class Take>
    static std::uint64_t sequence(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n, Take& take) {
        if (Fault == style_fault::runs_ahead) {
            std::vector<std::uint64_t> values;
            const auto notes = [&](std::uint64_t value) {
                values.push_back(step(value));
                return values.back();
            };
            const std::uint64_t last = chain(ex, notes, first, n);
            for (const std::uint64_t value : values) {
                take(value);
            }
            return last;
        }
        std::uint64_t value = first;
        for (std::uint64_t i = 0; i < n; ++i) {
            const std::uint64_t before = value;
            try {
                value = step(value);
            } catch (...) {
                if (Fault == style_fault::gives_failures) {
                    take(value);
                }
                throw;
            }
            if (Fault == style_fault::drops_the_last && i + 1 == n) {
                break;
            }
            take(Fault == style_fault::gives_another ? before : value);
            if (Fault == style_fault::gives_twice && i + 1 == n) {
                take(value);
            }
        }
        return value;
    }

    template <class Executor, class Step>
    static std::uint64_t fan_all(Executor&, Step& step, std::uint64_t n) {
        std::uint64_t sum = 0;
        std::exception_ptr failure;
        for (std::uint64_t i = 0; i < n; ++i) {
            try {
                sum += step(i);
                if (Fault == style_fault::counts_twice && i + 1 == n) {
                    sum += step(i);
                }
            } catch (...) {
                failure = std::current_exception();
            }
        }
        if (failure) {
            std::rethrow_exception(failure);
        }
        return sum;
    }

    template <class Executor, class Step>
    static first_result fan_first(Executor&, Step& step, std::uint64_t n) {
        const std::uint64_t value = step(0);
        return {Fault == style_fault::names_another ? n - 1 : 0, value};
    }

    template <class Executor, class Step>
    static std::optional<std::uint64_t> cancelled(Executor&, Step& step, std::uint64_t first, std::uint64_t n,
                                                  const std::stop_source& stop) {
        std::uint64_t value = first;
        for (std::uint64_t i = 0; i < n; ++i) {
            if (stop.stop_requested() && Fault != style_fault::ignores_stops) {
                return std::nullopt;
            }
            value = step(value);
        }
        return stop.stop_requested() ? std::nullopt : std::optional(value);
    }

    template <class Executor>
    static bool times_out(Executor&, std::chrono::nanoseconds patience) {
        // Not half of it: the kernel lets a sleep of 50 us take twice as long.
        if (Fault != style_fault::is_impatient) {
            std::this_thread::sleep_for(patience);
        }
        return true;
    }
};

struct sound_style : faulty_style<style_fault::none> {
    static constexpr std::string_view name = "sound_style";
};
struct runs_a_continuation_twice : faulty_style<style_fault::runs_twice> {
    static constexpr std::string_view name = "runs_a_continuation_twice";
};
struct loses_a_continuation : faulty_style<style_fault::forgets> {
    static constexpr std::string_view name = "loses_a_continuation";
};
struct loses_the_last_continuation : faulty_style<style_fault::never_ends> {
    static constexpr std::string_view name = "loses_the_last_continuation";
};
struct runs_on_after_an_error : faulty_style<style_fault::ignores_errors> {
    static constexpr std::string_view name = "runs_on_after_an_error";
};
struct swallows_an_error : faulty_style<style_fault::swallows_errors> {
    static constexpr std::string_view name = "swallows_an_error";
};
struct mixes_up_values : faulty_style<style_fault::mixes_values> {
    static constexpr std::string_view name = "mixes_up_values";
};
struct runs_on_after_a_stop : faulty_style<style_fault::ignores_stops> {
    static constexpr std::string_view name = "runs_on_after_a_stop";
};
struct gives_up_early : faulty_style<style_fault::is_impatient> {
    static constexpr std::string_view name = "gives_up_early";
};
struct runs_the_last_twice : faulty_style<style_fault::counts_twice> {
    static constexpr std::string_view name = "runs_the_last_twice";
};
struct names_another_first : faulty_style<style_fault::names_another> {
    static constexpr std::string_view name = "names_another_first";
};
struct runs_ahead_of_its_caller : faulty_style<style_fault::runs_ahead> {
    static constexpr std::string_view name = "runs_ahead_of_its_caller";
};
struct gives_a_value_twice : faulty_style<style_fault::gives_twice> {
    static constexpr std::string_view name = "gives_a_value_twice";
};
struct gives_another_value : faulty_style<style_fault::gives_another> {
    static constexpr std::string_view name = "gives_another_value";
};
struct drops_the_last_value : faulty_style<style_fault::drops_the_last> {
    static constexpr std::string_view name = "drops_the_last_value";
};
struct gives_a_value_for_a_failure : faulty_style<style_fault::gives_failures> {
    static constexpr std::string_view name = "gives_a_value_for_a_failure";
};

}  // namespace handoff::impls
