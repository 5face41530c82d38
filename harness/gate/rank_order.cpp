#include "rank_order.hpp"

#include <algorithm>

namespace handoff::harness {

namespace {

std::pair<std::size_t, std::size_t> sorted(std::size_t a, std::size_t b) {
    return {std::min(a, b), std::max(a, b)};
}

/// What became of a comparison, with `a` as the first.
outcome seen_from(std::size_t a, std::size_t b, const std::function<outcome(std::size_t, std::size_t)>& of) {
    const auto [low, high] = sorted(a, b);
    const outcome o = of(low, high);
    if (low == a) {
        return o;
    }
    switch (o) {
        case outcome::first_faster:
            return outcome::second_faster;
        case outcome::second_faster:
            return outcome::first_faster;
        case outcome::first_failed:
            return outcome::second_failed;
        case outcome::second_failed:
            return outcome::first_failed;
        case outcome::open:
        case outcome::tie:
        case outcome::undecided:
            break;
    }
    return o;
}

}  // namespace

void rank_order::update(const compare& of) {
    drop_failed(of);
    do {
        swap_neighbours(of);
    } while (!give_places(of));
}

void rank_order::drop_failed(const compare& of) {
    std::set<std::size_t> failed;
    for (const std::size_t a : order_) {
        for (const std::size_t b : order_) {
            if (a < b) {
                const outcome o = of(a, b);
                if (o == outcome::first_failed || o == outcome::second_failed) {
                    failed.insert(o == outcome::first_failed ? a : b);
                }
            }
        }
    }
    std::erase_if(order_, [&](std::size_t m) { return failed.contains(m); });
}

void rank_order::swap_neighbours(const compare& of) {
    // Each swap is of a pair that stands against its own comparison, and sets only that pair right: it ends.
    for (bool swapped = true; swapped;) {
        swapped = false;
        for (std::size_t i = 1; i < order_.size(); ++i) {
            if (seen_from(order_[i - 1], order_[i], of) == outcome::second_faster) {
                std::swap(order_[i - 1], order_[i]);
                swapped = true;
            }
        }
    }
}

bool rank_order::give_places(const compare& of) {
    places_.clear();
    wanted_.clear();
    // What is open is wanted, and counts as undecided until then.
    const auto stands = [&](std::size_t above, std::size_t below) {
        const outcome o = seen_from(above, below, of);
        if (o == outcome::open) {
            wanted_.insert(sorted(above, below));
        }
        return o;
    };
    std::size_t leader = 0;  // its place in the order
    for (std::size_t i = 0; i < order_.size(); ++i) {
        place p;
        p.member = order_[i];
        p.rank = i + 1;
        if (i > 0) {
            p.above = order_[i - 1];
            const outcome o = stands(*p.above, p.member);
            p.to_above = o == outcome::tie            ? relation::tie
                         : o == outcome::first_faster ? relation::slower
                                                      : relation::undecided;
        }
        bool shares = i > 0 && p.to_above == relation::tie;
        if (shares && leader + 1 < i) {
            const std::size_t first = order_[leader];
            const outcome o = stands(first, p.member);
            if (o == outcome::second_faster && moved_.insert({p.member, first}).second) {
                std::rotate(order_.begin() + static_cast<std::ptrdiff_t>(leader),
                            order_.begin() + static_cast<std::ptrdiff_t>(i),
                            order_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
                return false;
            }
            if (o == outcome::first_faster || o == outcome::open || o == outcome::undecided) {
                p.leader = first;
                p.to_leader = o == outcome::first_faster ? relation::slower : relation::undecided;
                shares = false;
            }
        }
        if (shares) {
            p.rank = leader + 1;
        } else {
            leader = i;
        }
        places_.push_back(p);
    }
    return true;
}

}  // namespace handoff::harness
