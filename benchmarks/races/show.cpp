#include "show.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "child.hpp"

namespace handoff::races {

namespace {

using harness::child_result;
using nlohmann::json;

/// A child's rounds take a second or two; what takes this long stands still.
constexpr double child_seconds = 60;
/// A twin that does nothing but crash is not played to the end.
constexpr std::uint64_t most_crashes = 20;

/// The last whole line of what a child reported; nothing where it said nothing.
counts last_report(const std::string& said) {
    counts seen;
    const auto end = said.rfind('\n');
    if (end == std::string::npos) {
        return seen;
    }
    const auto before = said.rfind('\n', end == 0 ? 0 : end - 1);
    const auto begin = before == std::string::npos || before == end ? 0 : before + 1;
    const json line = json::parse(said.substr(begin, end - begin));
    line.at("rounds").get_to(seen.rounds);
    line.at("failures").get_to(seen.failures);
    line.at("totals").get_to(seen.totals);
    line.at("longest").get_to(seen.longest);
    return seen;
}

void add(counts& to, const counts& more) {
    to.rounds += more.rounds;
    to.failures += more.failures;
    for (const auto& [what, how_many] : more.totals) {
        to.totals[what] += how_many;
    }
    for (const auto& [what, value] : more.longest) {
        to.longest[what] = std::max(to.longest[what], value);
    }
}

std::string last_line(std::string text) {
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    return text.substr(text.rfind('\n') + 1);
}

}  // namespace

observation show(const exhibit& e, const twin& t, std::uint64_t rounds, std::uint64_t seed) {
    observation o;
    while (o.seen.rounds < rounds && o.why_stopped.empty()) {
        const std::uint64_t left = std::min(rounds - o.seen.rounds, e.rounds);
        // Without the twin's name: both draw the same delays.
        const std::uint64_t its_seed = seed * 1'000'003 + o.children;
        const child_result ended =
            harness::run_child({"/proc/self/exe", "--child=" + std::string(e.name) + "/" + std::string(t.name),
                                "--rounds=" + std::to_string(left), "--seed=" + std::to_string(its_seed)},
                               child_seconds);
        if (ended.how == child_result::end::exited && (ended.code == 2 || ended.code == 127)) {
            throw std::runtime_error("no child can be made: " + last_line(ended.output));
        }
        ++o.children;
        counts reported = last_report(ended.measurement);
        if (ended.how == child_result::end::interrupted) {
            o.interrupted = true;
            o.why_stopped = "interrupted";
        } else if (ended.how == child_result::end::timed_out) {
            ++o.timed_out;
            o.why_stopped = "a child stood still for " + std::to_string(static_cast<int>(child_seconds)) + " s";
        } else if (ended.how == child_result::end::killed || ended.code != 0 || reported.rounds == 0) {
            if (++o.crashed == most_crashes) {
                o.why_stopped = std::to_string(most_crashes) +
                                " children crashed; the last one said: " + last_line(ended.output);
            }
        } else {
            add(o.seen, reported);
            continue;
        }
        if (!o.interrupted) {  // the round that it was in
            reported.rounds = std::min(reported.rounds + 1, left);
            reported.failures = std::min(reported.failures + 1, reported.rounds);
        }
        add(o.seen, reported);
    }
    return o;
}

int be_child(const twin& t, const order& asked) {
    tally outcome(3);
    t.play(asked, outcome);
    outcome.pass_on();
    return 0;
}

}  // namespace handoff::races
