#include "processors/handling.hpp"

namespace handoff::benchmarks {

namespace {

/// What a stage writes into an event. Not 0, which stands in those that it has not seen.
std::uint64_t mark_of(std::uint64_t head) noexcept {
    return image(head) | 1;
}

}  // namespace

handling::handling(const plan& how)
    : plan_(how),
      lines_per_row_((how.producers + line::size - 1) / line::size),
      books_(how.lanes),
      lines_(how.order == by::nothing ? 0 : lines_per_row_ * (how.order == by::key ? keys : how.lanes)),
      waiting_(how.producers) {}

void handling::reset() {
    for (book& one : books_) {
        one.count.store(0, std::memory_order_relaxed);
        one.sum = 0;
        one.thrown = 0;
        one.faults = 0;
    }
    for (line& one : lines_) {
        for (auto& least : one.least) {
            least.store(0, std::memory_order_relaxed);
        }
    }
}

std::uint64_t handling::count() const {
    std::uint64_t all = 0;
    for (const book& one : books_) {
        all += one.count.load(std::memory_order_relaxed);
    }
    return all;
}

std::uint64_t handling::thrown() const {
    std::uint64_t all = 0;
    for (const book& one : books_) {
        all += one.thrown;
    }
    return all;
}

/// Of a diamond of several processors: whether the event has now come from both stages; then it has what both
/// have written.
bool handling::joined(event& one) {
    std::deque<event>& others =
        waiting_[std::min<std::size_t>(one.head >> item<8>::sequence_bits, plan_.producers - 1)];
    if (others.empty() || (others.front().left == 0) == (one.left == 0)) {
        others.push_back(one);
        return false;
    }
    if (others.front().head != one.head) {
        books_[2].faults |= disordered;
    }
    one.left |= others.front().left;
    one.right |= others.front().right;
    others.pop_front();
    return true;
}

void handling::see_at_stage(event& one, std::size_t stage) {
    if (stage == 2 && plan_.joins && !joined(one)) {
        return;
    }
    book& mine = books_[stage];
    enter(mine, one, stage);
    if (plan_.steps > 0) {
        burden work(plan_.steps);
        work();
    }
    if (plan_.graph != impls::event_graph::multicast) {
        const std::uint64_t mark = mark_of(one.head);
        const bool follows_left = stage == 2 || (stage == 1 && plan_.graph == impls::event_graph::pipeline);
        if ((follows_left && one.left != mark) || (stage == 2 && one.right != mark)) {
            mine.faults |= early;
        }
        if (stage == 0) {
            one.left = mark;
        } else if (stage == 1) {
            one.right = mark;
        }
    }
    const std::uint64_t count = mine.count.load(std::memory_order_relaxed) + 1;
    mine.count.store(count, std::memory_order_relaxed);
    // The last stage, or that of the three beside each other that is called first.
    if (plan_.ahead != nullptr && stage == 2 && count % lead::step == 0) {
        plan_.ahead->advanced();
    }
    if (stage < 2 && onward[stage].submit != nullptr) {
        static_cast<void>(onward[stage].submit(onward[stage].end, event(one)));  // one that is refused is lost
    }
}

std::string handling::audit_order() const {
    for (const book& one : books_) {
        if ((one.faults & strange) != 0) {
            return "corrupt: an event names a producer that does not exist";
        }
        if ((one.faults & early) != 0) {
            return "early: a stage saw an event before the stages before it had handled it";
        }
        if ((one.faults & disordered) != 0) {
            return plan_.order == by::key ? "order: events of a key overtook each other or came twice"
                                          : out_of_order;
        }
    }
    return "";
}

std::string handling::audit(const std::vector<std::uint64_t>& accepted) const {
    std::uint64_t expected = 0;
    std::uint64_t expected_sum = 0;
    std::uint64_t expected_thrown = 0;
    for (std::size_t p = 0; p < accepted.size(); ++p) {
        expected += accepted[p];
        for (std::uint64_t i = 0; i < accepted[p]; ++i) {
            const std::uint64_t head = item<8>(p, i).head();
            expected_sum += image(head);
            expected_thrown += plan_.throws > 0 && throws_at(head, plan_.throws);
        }
    }
    const bool by_stage = plan_.does == part::stage;
    std::uint64_t all = 0;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < books_.size(); ++i) {
        const std::uint64_t here = count(i);
        all += here;
        sum += books_[i].sum;
        if (by_stage) {
            std::string wrong = audit_count(expected, here);
            if (wrong.empty() && books_[i].sum != expected_sum) {
                wrong = not_the_same;
            }
            if (!wrong.empty()) {
                return wrong + " (stage " + std::to_string(i) + ")";
            }
        }
    }
    if (!by_stage) {
        if (std::string wrong = audit_count(expected, all); !wrong.empty()) {
            return wrong;
        }
        if (std::string wrong = audit_order(); !wrong.empty()) {
            return wrong;
        }
        if (sum != expected_sum) {
            return not_the_same;
        }
        if (thrown() != expected_thrown) {
            return "exceptions: " + std::to_string(expected_thrown) + " were to be thrown, " +
                   std::to_string(thrown()) + " were";
        }
        return "";
    }
    return audit_order();
}

}  // namespace handoff::benchmarks
