// One comparison of all points of a pair source, from the first pair to the verdicts.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "clock.hpp"
#include "engine.hpp"
#include "gate.hpp"
#include "gate_record.hpp"
#include "line_file.hpp"
#include "pair_source.hpp"

namespace handoff::harness {

/// Which points are wanted, where that depends on what others came to.
class agenda {
public:
    agenda() = default;
    virtual ~agenda() = default;
    agenda(const agenda&) = delete;
    agenda& operator=(const agenda&) = delete;

    /// Before each pair. The engine numbers the points that both sides have from 0.
    virtual void update(gate_engine& engine) = 0;
};

/// What is known before the first pair.
gate_setup setup_of(const gate_options& options, const pair_source& source);

/// Whether a trial neither failed nor says anything: nothing was done in it.
bool is_starved(const side_trial& t);

class suite {
public:
    /// What all points are wanted of, or what the agenda says. The options, the source and the agenda live as
    /// long as this.
    suite(const gate_options& options, pair_source& source, gate_setup setup, agenda* wanted = nullptr);

    /// Measures until the engine has its verdicts, the budget (since `begin`) is spent or the user interrupts.
    /// `log`, if there is one, gets each pair; `save` is called after the first and then once a second.
    void run(std::optional<line_file>& log, const std::function<void()>& save,
             clock::time_point begin = clock::now());

    bool was_interrupted() const { return interrupted_; }
    gate_result result() const;
    gate_engine& engine() { return *engine_; }

private:
    struct point_run {
        std::size_t attempts = 0;
        std::vector<double> base;  ///< values of the pairs that count
        std::vector<double> candidate;
        double seconds = 0;
    };

    int exit_code(const std::vector<gate_point>& points) const;
    void add_standing(gate_point& point, std::size_t index) const;
    void give_up(std::size_t index, const no_pairs& why);
    void measure_pair(std::size_t index);
    void show() const;

    const gate_options& options_;
    pair_source& source_;
    gate_setup setup_;
    agenda* agenda_;
    std::vector<std::size_t> both_;  ///< points that both sides have; the engine numbers them from 0
    std::optional<gate_engine> engine_;
    std::vector<point_run> runs_;
    std::vector<gate_pair> pairs_;
    std::vector<gate_failure> failures_;
    double wall_seconds_ = 0;
    bool complete_ = false;
    bool interrupted_ = false;
};

}  // namespace handoff::harness
