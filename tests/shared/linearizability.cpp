#include "shared/linearizability.hpp"

#include <algorithm>
#include <iomanip>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <unordered_map>
#include <utility>

namespace handoff::tests {

namespace {

using kind = operation::kind;
using moment = std::int64_t;
constexpr moment never = std::numeric_limits<moment>::max();
constexpr moment always = std::numeric_limits<moment>::min();

/// A value's way through the queue.
struct passage {
    const operation* push = nullptr;
    const operation* pop = nullptr;  // none: it was never popped

    moment push_begun() const { return push->begun; }
    moment push_ended() const { return push->ended; }
    moment pop_begun() const { return pop == nullptr ? never : pop->begun; }
    moment pop_ended() const { return pop == nullptr ? never : pop->ended; }
};
using passages = std::vector<passage>;

void add(verdict& to, const passage& way) {
    to.who.push_back(*way.push);
    if (way.pop != nullptr) {
        to.who.push_back(*way.pop);
    }
}

/// `(key, value)` pairs in the order of their keys, each with the largest value up to there.
class largest_so_far {
public:
    explicit largest_so_far(std::vector<std::pair<moment, moment>> pairs) : pairs_(std::move(pairs)) {
        std::ranges::sort(pairs_);
        for (std::size_t i = 1; i < pairs_.size(); ++i) {
            pairs_[i].second = std::max(pairs_[i].second, pairs_[i - 1].second);
        }
    }
    /// Of all keys below `key`; `always` where there are none.
    moment below(moment key) const {
        const auto end = std::ranges::lower_bound(pairs_, key, {}, &std::pair<moment, moment>::first);
        return end == pairs_.begin() ? always : std::prev(end)->second;
    }

private:
    std::vector<std::pair<moment, moment>> pairs_;
};

// ---------------------------------------------------------------------------------------------- order

/// Two values with one order of their pushes and the other of their pops.
std::optional<verdict> out_of_order(const passages& all) {
    passages by_begin = all;
    passages by_end = all;
    std::ranges::sort(by_begin, {}, &passage::push_begun);
    std::ranges::sort(by_end, {}, &passage::push_ended);
    const passage* last_to_leave = nullptr;  // of those whose pushes had ended
    auto ended = by_end.begin();
    for (const passage& later : by_begin) {
        for (; ended != by_end.end() && ended->push_ended() < later.push_begun(); ++ended) {
            if (last_to_leave == nullptr || ended->pop_begun() > last_to_leave->pop_begun()) {
                last_to_leave = &*ended;
            }
        }
        if (last_to_leave != nullptr && later.pop_ended() < last_to_leave->pop_begun()) {
            verdict found{pattern::out_of_order, {}, {}};
            const std::string first = std::to_string(last_to_leave->push->value);
            const std::string second = std::to_string(later.push->value);
            found.words = "the push of " + first + " had ended before that of " + second + " began, and " +
                          second + " was popped " +
                          (last_to_leave->pop == nullptr ? "while " + first + " never was"
                                                         : "before the pop of " + first + " began");
            add(found, *last_to_leave);
            add(found, later);
            return found;
        }
    }
    return std::nullopt;
}

// ---------------------------------------------------------------------------------------------- empty

/// Between the end of its push and the beginning of its pop a value is certainly inside.
bool stays(const passage& way) {
    return way.push_ended() < way.pop_begun();
}

/// Stretches of time in which some value is certainly inside. Two values whose stays overlap follow each other
/// without a gap; two that only touch leave a moment between them.
class stretches {
public:
    explicit stretches(const passages& all) {
        for (const passage& way : all) {
            if (stays(way)) {
                stays_.push_back(way);
            }
        }
        std::ranges::sort(stays_, {}, &passage::push_ended);
        for (const passage& way : stays_) {
            if (!stretches_.empty() && way.push_ended() < stretches_.back().end) {
                stretches_.back().end = std::max(stretches_.back().end, way.pop_begun());
            } else {
                stretches_.push_back({way.push_ended(), way.pop_begun()});
            }
        }
    }

    bool cover(const operation& call) const {
        const auto after = std::ranges::lower_bound(stretches_, call.begun, {}, &stretch::begin);
        return after != stretches_.begin() && std::prev(after)->end > call.ended;
    }

    /// As few values as cover a call that is covered, each inside until after the next one is.
    passages chain(const operation& call) const {
        passages found;
        moment covered = call.begun;
        auto next = stays_.begin();
        const passage* longest = nullptr;
        while (found.empty() || covered <= call.ended) {
            for (; next != stays_.end() && next->push_ended() < covered; ++next) {
                if (longest == nullptr || next->pop_begun() > longest->pop_begun()) {
                    longest = &*next;
                }
            }
            found.push_back(*longest);
            covered = longest->pop_begun();
        }
        return found;
    }

private:
    struct stretch {
        moment begin;
        moment end;
    };
    passages stays_;
    std::vector<stretch> stretches_;
};

// ---------------------------------------------------------------------------------------------- full

/// From when to when a value may be inside, and from when to when it certainly is, which may be never. Where
/// values have one order a neighbour's moments tell more than its own: it was pushed after one that was popped
/// before it, and popped before one that was pushed after it.
struct stay {
    const passage* way;
    moment earliest_in;
    moment latest_out;
    moment latest_in;
    moment earliest_out;
};

std::vector<stay> stays_of(const passages& all, bool one_order) {
    std::vector<stay> found;
    found.reserve(all.size());
    for (const passage& way : all) {
        found.push_back({&way, way.push_begun(), way.pop_ended(), way.push_ended(), way.pop_begun()});
    }
    if (!one_order) {
        return found;
    }
    std::vector<std::pair<moment, moment>> push_begun_by_pop_ended;
    std::vector<std::pair<moment, moment>> pop_ended_by_push_begun;
    std::vector<std::pair<moment, moment>> push_ended_by_pop_begun;
    std::vector<std::pair<moment, moment>> pop_begun_by_push_ended;
    for (const passage& way : all) {
        // The least of those above is the largest of those below with all signs changed.
        push_begun_by_pop_ended.emplace_back(way.pop_ended(), way.push_begun());
        pop_ended_by_push_begun.emplace_back(-way.push_begun(), -way.pop_ended());
        push_ended_by_pop_begun.emplace_back(-way.pop_begun(), -way.push_ended());
        pop_begun_by_push_ended.emplace_back(way.push_ended(), way.pop_begun());
    }
    const largest_so_far popped_before(std::move(push_begun_by_pop_ended));
    const largest_so_far pushed_after(std::move(pop_ended_by_push_begun));
    const largest_so_far popped_after(std::move(push_ended_by_pop_begun));
    const largest_so_far pushed_before(std::move(pop_begun_by_push_ended));
    const auto least = [](moment own, moment negative) {
        return negative == always ? own : std::min(own, -negative);
    };
    for (stay& one : found) {
        const passage& way = *one.way;
        one.earliest_in = std::max(one.earliest_in, popped_before.below(way.pop_begun()));
        one.latest_out = least(one.latest_out, pushed_after.below(-way.push_ended()));
        one.latest_in = least(one.latest_in, popped_after.below(-way.pop_ended()));
        one.earliest_out = std::max(one.earliest_out, pushed_before.below(way.push_begun()));
    }
    return found;
}

/// How many values may be inside at once at most, for any stretch of time.
class crowd {
public:
    explicit crowd(const std::vector<stay>& all) {
        for (const stay& one : all) {
            in_.push_back(one.earliest_in);
            out_.push_back(one.latest_out);
        }
        std::ranges::sort(in_);
        std::ranges::sort(out_);
        // The number rises only where a value may come in. most_[k][i]: the largest at the 2^k such moments
        // from the i-th on.
        std::vector<std::size_t> at;
        for (const moment when : in_) {
            at.push_back(inside(when));
        }
        most_.push_back(std::move(at));
        for (std::size_t width = 1; 2 * width <= in_.size(); width *= 2) {
            const std::vector<std::size_t>& narrow = most_.back();
            std::vector<std::size_t> wide(in_.size() - 2 * width + 1);
            for (std::size_t i = 0; i < wide.size(); ++i) {
                wide[i] = std::max(narrow[i], narrow[i + width]);
            }
            most_.push_back(std::move(wide));
        }
    }

    std::size_t most(const operation& during) const {
        std::size_t most = inside(during.begun);
        const auto first = static_cast<std::size_t>(std::ranges::upper_bound(in_, during.begun) - in_.begin());
        const auto end = static_cast<std::size_t>(std::ranges::upper_bound(in_, during.ended) - in_.begin());
        if (first < end) {
            std::size_t power = 0;
            while ((std::size_t{2} << power) <= end - first) {
                ++power;
            }
            most = std::max({most, most_[power][first], most_[power][end - (std::size_t{1} << power)]});
        }
        return most;
    }

private:
    std::size_t inside(moment when) const {
        return static_cast<std::size_t>((std::ranges::upper_bound(in_, when) - in_.begin()) -
                                        (std::ranges::lower_bound(out_, when) - out_.begin()));
    }

    std::vector<moment> in_;
    std::vector<moment> out_;
    std::vector<std::vector<std::size_t>> most_;
};

/// Values that are certainly inside at the same time, more than `holds`.
std::optional<verdict> too_many(const std::vector<stay>& all, std::size_t holds) {
    struct step {
        moment when;
        bool in;
        const stay* who;
    };
    std::vector<step> steps;
    for (const stay& one : all) {
        if (one.latest_in < one.earliest_out) {
            steps.push_back({one.latest_in, true, &one});
            steps.push_back({one.earliest_out, false, &one});
        }
    }
    // What leaves and what comes at the same moment need not have met.
    std::ranges::sort(
        steps, [](const step& a, const step& b) { return std::pair(a.when, a.in) < std::pair(b.when, b.in); });
    std::size_t inside = 0;
    for (const step& at : steps) {
        inside += at.in ? 1 : static_cast<std::size_t>(-1);
        if (inside > holds) {
            verdict found{pattern::too_many, {}, {}};
            found.words =
                std::to_string(inside) + " values are inside at once, and it holds " + std::to_string(holds);
            for (const stay& one : all) {
                if (one.latest_in <= at.when && one.earliest_out > at.when) {
                    add(found, *one.way);
                }
            }
            return found;
        }
    }
    return std::nullopt;
}

/// Whether some of these operations overlaps another one.
class in_flight {
public:
    in_flight(std::span<const operation> history, kind what) : ends_(times(history, what)) {}
    bool during(const operation& call) const {
        return ends_.below(call.ended == never ? never : call.ended + 1) >= call.begun;
    }

private:
    static std::vector<std::pair<moment, moment>> times(std::span<const operation> history, kind what) {
        std::vector<std::pair<moment, moment>> found;
        for (const operation& one : history) {
            if (one.what == what) {
                found.emplace_back(one.begun, one.ended);
            }
        }
        return found;
    }
    largest_so_far ends_;
};

/// Of the operations that overlap a call the one that took longest; none: there is none.
const operation* longest_during(const operation& call, std::span<const operation> history, kind what) {
    const operation* found = nullptr;
    for (const operation& one : history) {
        if (one.what == what && one.begun <= call.ended && call.begun <= one.ended &&
            (found == nullptr || one.ended - one.begun > found->ended - found->begun)) {
            found = &one;
        }
    }
    return found;
}

// ---------------------------------------------------------------------------------------------- history

/// Every value's passage, in the order of the pushes in the history; or what is wrong with a pop.
std::optional<verdict> follow(std::span<const operation> history, passages& all) {
    std::unordered_map<std::uint64_t, std::size_t> where;
    where.reserve(history.size());
    for (const operation& one : history) {
        if (one.what == kind::push) {
            if (!where.emplace(one.value, all.size()).second) {
                throw std::invalid_argument("two pushes of the value " + std::to_string(one.value) +
                                            ": the values of a history must differ");
            }
            all.push_back({&one, nullptr});
        }
    }
    std::optional<verdict> twice;
    for (const operation& one : history) {
        if (one.what != kind::pop) {
            continue;
        }
        const std::string value = std::to_string(one.value);
        const auto found = where.find(one.value);
        if (found == where.end()) {
            return verdict{pattern::invented, {one}, value + " was popped, and nobody has pushed it"};
        }
        passage& way = all[found->second];
        if (one.ended < way.push_begun()) {
            return verdict{pattern::invented, {*way.push, one}, value + " was popped before its push began"};
        }
        if (way.pop != nullptr && !twice) {
            twice = verdict{pattern::repeated, {*way.push, *way.pop, one}, value + " was popped twice"};
        }
        way.pop = &one;
    }
    return twice;
}

}  // namespace

std::string_view name_of(pattern what) {
    switch (what) {
        case pattern::none:
            return "none";
        case pattern::invented:
            return "invented";
        case pattern::repeated:
            return "repeated";
        case pattern::out_of_order:
            return "out of order";
        case pattern::false_empty:
            return "false empty";
        case pattern::false_full:
            return "false full";
        case pattern::too_many:
            return "too many";
    }
    return "";
}

verdict judge(std::span<const operation> history, const queue_promises& promises) {
    passages all;
    if (auto found = follow(history, all)) {
        return *found;
    }
    // Each a queue of its own.
    std::map<unsigned, passages> queues;
    for (const passage& way : all) {
        queues[promises.one_order ? 0 : way.push->thread].push_back(way);
    }
    for (const auto& [producer, values] : queues) {
        if (auto found = out_of_order(values)) {
            return *found;
        }
    }
    if (promises.empty_is != impls::refusal_rule::unstated) {
        const bool may_be_held_up = promises.empty_is == impls::refusal_rule::held_up;
        const in_flight pushes(history, kind::push);
        for (const auto& [producer, values] : queues) {
            const stretches filled(values);
            for (const operation& call : history) {
                if (call.what == kind::empty && filled.cover(call) &&
                    !(may_be_held_up && pushes.during(call))) {
                    verdict found{pattern::false_empty, {call}, {}};
                    found.words = "a pop found nothing, and the queue was never empty meanwhile";
                    if (may_be_held_up) {
                        found.words += ", nor was a push under way";
                    } else if (const operation* held_up_by = longest_during(call, history, kind::push)) {
                        found.words +=
                            "; a push was under way: a queue in which that hides values declares "
                            "empty_is = refusal_rule::held_up";
                        found.who.push_back(*held_up_by);
                    }
                    for (const passage& way : filled.chain(call)) {
                        add(found, way);
                    }
                    return found;
                }
            }
        }
    }
    if (promises.holds == std::numeric_limits<std::size_t>::max()) {
        return {};
    }
    const std::vector<stay> stays = stays_of(all, promises.one_order);
    if (promises.full_is != impls::refusal_rule::unstated) {
        const bool may_be_held_up = promises.full_is == impls::refusal_rule::held_up;
        const in_flight pops(history, kind::pop);
        const crowd inside(may_be_held_up ? stays_of(all, false) : stays);
        for (const operation& call : history) {
            if (call.what != kind::full || (may_be_held_up && pops.during(call))) {
                continue;
            }
            const std::size_t most = inside.most(call);
            if (most < promises.holds) {
                verdict found{pattern::false_full, {call}, {}};
                found.words = "a push found no room, and no more than " + std::to_string(most) +
                              " values can have been inside at once meanwhile, of the " +
                              std::to_string(promises.holds) + " that the queue holds";
                if (may_be_held_up) {
                    found.words += "; nor was a pop under way";
                } else if (const operation* held_up_by = longest_during(call, history, kind::pop)) {
                    found.words +=
                        "; a pop was under way: a queue in which that keeps places declares "
                        "full_is = refusal_rule::held_up";
                    found.who.push_back(*held_up_by);
                }
                for (const stay& one : stays) {
                    if (one.earliest_in <= call.ended && one.latest_out >= call.begun) {
                        add(found, *one.way);
                    }
                }
                return found;
            }
        }
    }
    if (promises.holds_no_more) {
        if (auto found = too_many(stays, promises.holds)) {
            return *found;
        }
    }
    return {};
}

std::string told(const verdict& of, std::span<const operation> history) {
    if (of.what == pattern::none) {
        return {};
    }
    constexpr std::size_t lines = 12;
    moment first = never;
    for (const operation& one : history) {
        first = std::min(first, one.begun);
    }
    std::ostringstream text;
    text << name_of(of.what) << ": " << of.words << '\n';
    for (const operation& one : std::span(of.who).first(std::min(of.who.size(), lines))) {
        std::string what;
        switch (one.what) {
            case kind::push:
                what = "push " + std::to_string(one.value);
                break;
            case kind::pop:
                what = "pop: " + std::to_string(one.value);
                break;
            case kind::empty:
                what = "pop: empty";
                break;
            case kind::full:
                what = "push " + std::to_string(one.value) + ": full";
                break;
        }
        text << "  thread " << one.thread << "  " << std::left << std::setw(24) << what << std::right
             << std::setw(12) << one.begun - first << " .. " << std::setw(12) << one.ended - first << " ns\n";
    }
    if (of.who.size() > lines) {
        text << "  and " << of.who.size() - lines << " more\n";
    }
    return text.str();
}

}  // namespace handoff::tests
