// The progress bar of a run.
#pragma once

#include <cstddef>
#include <string>

#include "clock.hpp"

namespace handoff::harness {

/// A bar, its count, the time that is left and the next trial's name, as far as they fit: the count always.
std::string progress_line(std::size_t done, std::size_t total, const std::string& eta, const std::string& name,
                          std::size_t width);

/// The time that is left, in words: as long in proportion as what was done took. Empty where nothing was.
/// `done` and `left` are of one measure, whatever that is.
std::string eta_text(double seconds, double done, double left);

/// On a terminal a bar that redraws itself on one line; elsewhere, and on a dumb one, a line per tenth of the
/// way. Goes to stderr.
class progress {
public:
    /// `already` trials were done by an earlier run; the others take about `expected_seconds`, which is right
    /// in proportion only.
    progress(std::size_t total, std::size_t already, double expected_seconds);
    ~progress();
    /// One more trial has ended, of which `seconds` were expected; `next` is the name of the next one.
    void advance(const std::string& next, double seconds);
    void show(const std::string& name);
    /// Takes the bar off the line, so that something can be printed.
    void clear();

private:
    std::string eta() const;

    const std::size_t total_;
    std::size_t done_;
    double seconds_left_;
    double seconds_done_ = 0;
    const bool terminal_;
    std::size_t last_tenth_ = 0;
    const clock::time_point begin_ = clock::now();
};

}  // namespace handoff::harness
