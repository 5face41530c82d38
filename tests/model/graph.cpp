#include "graph.hpp"

#include <algorithm>
#include <bitset>

namespace handoff::model {

int graph::add(event added) {
    const int number = static_cast<int>(events.size());
    added.place = static_cast<std::uint16_t>(of_thread[added.thread].size());
    if (added.location != none) {
        location& where = locations[static_cast<std::size_t>(added.location)];
        added.before = where.last;
        where.last = static_cast<std::int16_t>(number);
    }
    of_thread[added.thread].push_back(static_cast<std::int16_t>(number));
    events.push_back(added);
    update(number);
    return number;
}

void graph::update(int number) {
    event& e = (*this)[number];
    if (e.place > 0) {
        const event& before = (*this)[of_thread[e.thread][e.place - 1U]];
        e.hb = before.hb;
        e.porf = before.porf;
        e.pending = before.pending;
        e.released = before.released;
        e.last_fence = before.last_fence;
    } else {
        e.hb = e.porf = e.pending = e.released = clock{};
        e.last_fence = none;
    }
    e.carried = clock{};
    const auto own = static_cast<std::uint16_t>(e.place + 1);
    e.hb.at[e.thread] = own;
    e.porf.at[e.thread] = own;
    switch (e.is) {
        case kind::read: {
            e.value = value_of(e.source, e.location);
            e.exclusive = e.modifies || (e.compares && e.value == e.expected);
            if (e.source != none) {
                const event& source = (*this)[e.source];
                e.porf.join(source.porf);
                e.pending.join(source.carried);
                if (acquires(e.met())) {
                    e.hb.join(source.carried);
                }
            }
            break;
        }
        case kind::write:
            if (releases(e.order)) {
                e.carried = e.hb;
            } else {
                e.carried = e.released;
            }
            if (e.exclusive && e.source != none) {
                e.carried.join((*this)[e.source].carried);  // the release sequence goes on
            }
            break;
        case kind::fence:
            if (acquires(e.order)) {
                e.hb.join(e.pending);
            }
            if (releases(e.order)) {
                e.released = e.hb;
            }
            if (e.order == std::memory_order_seq_cst) {
                e.last_fence = static_cast<std::int16_t>(number);
            }
            break;
        case kind::begin:
            if (e.source != none) {
                e.hb.join((*this)[e.source].hb);
                e.porf.join((*this)[e.source].porf);
            }
            break;
        case kind::join:
            for (unsigned t = 0; t < most_threads; ++t) {
                if (t != e.thread && !of_thread[t].empty()) {
                    e.hb.join((*this)[of_thread[t].back()].hb);
                    e.porf.join((*this)[of_thread[t].back()].porf);
                }
            }
            break;
        case kind::choice:
        case kind::spawn:
        case kind::end:
            break;
    }
}

int graph::oldest(int location, const clock& known) const noexcept {
    int rank = 0;
    for (int n = locations[static_cast<std::size_t>(location)].last; n != none; n = (*this)[n].before) {
        const event& e = (*this)[n];
        if (known.at[e.thread] > e.place) {
            rank = std::max(rank, e.is == kind::write ? e.rank : rank_of(e.source));
        }
    }
    return rank;
}

bool graph::followed(int write, int location, int but) const noexcept {
    for (int n = locations[static_cast<std::size_t>(location)].last; n != none; n = (*this)[n].before) {
        const event& e = (*this)[n];
        if (e.is == kind::write && e.exclusive && e.source == write && n != but) {
            return true;
        }
    }
    return false;
}

void graph::places(int location, const clock& known, std::vector<int>& ranks) const {
    ranks.clear();
    const int oldest_rank = oldest(location, known);
    if (oldest_rank == 0 && !followed(none, location)) {
        ranks.push_back(0);
    }
    for (int n = locations[static_cast<std::size_t>(location)].last; n != none; n = (*this)[n].before) {
        const event& e = (*this)[n];
        if (e.is == kind::write && e.rank >= oldest_rank && !followed(n, location)) {
            ranks.push_back(e.rank);
        }
    }
    std::sort(ranks.begin(), ranks.end());
}

void graph::open(int location, int rank) noexcept {
    for (int n = locations[static_cast<std::size_t>(location)].last; n != none; n = (*this)[n].before) {
        event& e = (*this)[n];
        if (e.is == kind::write && e.rank > rank) {
            ++e.rank;
        }
    }
}

bool graph::ordered() const {
    // C++20 [atomics.order] p4: one order S of all seq_cst operations, with "strongly happens before" in it,
    // and with "coherence-ordered before", also through seq_cst fences that happen before or after. Such an
    // order exists if the edges below make no cycle.
    constexpr std::size_t most = 256;
    static thread_local std::vector<int> nodes;  // event of each node
    static thread_local std::vector<int> node_of;
    nodes.clear();
    node_of.assign(events.size(), none);
    for (std::size_t n = 0; n < events.size(); ++n) {
        const event& e = events[n];
        if (e.thread == 0 || !e.seq_cst()) {
            continue;  // the main thread runs before and after all others: no cycle goes through it
        }
        if (e.is == kind::write && e.exclusive) {
            // One operation with its read, which is the thread's last read of this location.
            for (unsigned k = e.place; k-- > 0;) {
                const int r = of_thread[e.thread][k];
                if ((*this)[r].location == e.location) {
                    node_of[n] = node_of[static_cast<std::size_t>(r)];
                    break;
                }
            }
            if (node_of[n] != none) {
                continue;
            }
        }
        node_of[n] = static_cast<int>(nodes.size());
        nodes.push_back(static_cast<int>(n));
    }
    const std::size_t count = nodes.size();
    if (count < 2 || count > most) {
        return true;
    }
    static thread_local std::vector<std::bitset<most>> after;
    after.assign(count, {});
    // Strongly happens before: "sequenced before", or that, "happens before" and that again. (Where two seq_cst
    // operations synchronize, one is coherence-ordered before the other, or a fence stands between: that is
    // below.) The nearest ones suffice: nodes of one thread are a chain.
    static thread_local std::array<std::vector<int>, most_threads> of;
    for (auto& one : of) {
        one.clear();
    }
    for (std::size_t a = 0; a < count; ++a) {
        of[(*this)[nodes[a]].thread].push_back(static_cast<int>(a));
    }
    const auto place_of = [&](int node) { return (*this)[nodes[static_cast<std::size_t>(node)]].place; };
    for (auto& one : of) {
        std::sort(one.begin(), one.end(), [&](int a, int b) { return place_of(a) < place_of(b); });
        for (std::size_t k = 1; k < one.size(); ++k) {
            after[static_cast<std::size_t>(one[k - 1])][static_cast<std::size_t>(one[k])] = true;
        }
    }
    for (std::size_t b = 0; b < count; ++b) {
        const event& y = (*this)[nodes[b]];
        if (y.place == 0) {
            continue;
        }
        const event& before = (*this)[of_thread[y.thread][y.place - 1U]];
        for (unsigned t = 0; t < most_threads; ++t) {
            if (t == y.thread || before.hb.at[t] < 2) {
                continue;
            }
            const auto behind = std::partition_point(of[t].begin(), of[t].end(),
                                                     [&](int a) { return place_of(a) + 1 < before.hb.at[t]; });
            if (behind != of[t].begin()) {
                after[static_cast<std::size_t>(*(behind - 1))][b] = true;
            }
        }
    }
    // Coherence-ordered before.
    const auto key = [&](const event& e) { return e.is == kind::write ? e.rank : rank_of(e.source); };
    static thread_local std::vector<int> sources;
    static thread_local std::vector<std::vector<int>> targets_of;
    for (std::size_t l = 0; l < locations.size(); ++l) {
        for (int m = locations[l].last; m != none; m = (*this)[m].before) {
            const event& a = (*this)[m];
            sources.clear();
            if (node_of[static_cast<std::size_t>(m)] != none) {
                sources.push_back(node_of[static_cast<std::size_t>(m)]);
            }
            for (unsigned t = 0; t < most_threads; ++t) {
                const unsigned known = a.hb.at[t];
                if (known == 0 || known > of_thread[t].size()) {
                    continue;
                }
                const int fence = (*this)[of_thread[t][known - 1]].last_fence;
                if (fence != none && node_of[static_cast<std::size_t>(fence)] != none) {
                    sources.push_back(node_of[static_cast<std::size_t>(fence)]);
                }
            }
            if (sources.empty()) {
                continue;
            }
            for (int n = locations[l].last; n != none; n = (*this)[n].before) {
                if (n == m) {
                    continue;
                }
                const event& b = (*this)[n];
                const bool before =
                    a.is == kind::write && b.is == kind::read ? key(a) <= key(b) : key(a) < key(b);
                if (!before) {
                    continue;
                }
                const auto edge = [&](int to) {
                    for (const int from : sources) {
                        if (from != to) {
                            after[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)] = true;
                        }
                    }
                };
                if (node_of[static_cast<std::size_t>(n)] != none) {
                    edge(node_of[static_cast<std::size_t>(n)]);
                }
                for (std::size_t f = 0; f < count; ++f) {
                    const event& fence = (*this)[nodes[f]];
                    if (fence.is == kind::fence && fence.hb.at[b.thread] > b.place) {
                        edge(static_cast<int>(f));
                    }
                }
            }
        }
    }
    // A cycle?
    static thread_local std::vector<int> path;
    std::bitset<most> left;
    std::bitset<most> on_path;
    for (std::size_t a = 0; a < count; ++a) {
        left[a] = true;
    }
    for (std::size_t root = 0; root < count; ++root) {
        if (!left[root]) {
            continue;
        }
        path.assign(1, static_cast<int>(root));
        left[root] = false;
        on_path[root] = true;
        while (!path.empty()) {
            const auto at = static_cast<std::size_t>(path.back());
            if ((after[at] & on_path).any()) {
                return false;
            }
            const std::size_t next = (after[at] & left)._Find_first();
            if (next < count) {
                left[next] = false;
                on_path[next] = true;
                path.push_back(static_cast<int>(next));
            } else {
                on_path[at] = false;
                path.pop_back();
            }
        }
    }
    return true;
}

graph graph::restricted(const std::vector<char>& kept, std::vector<int>& renumbered) const {
    graph rest;
    rest.locations = locations;
    for (location& one : rest.locations) {
        one.last = none;
    }
    renumbered.assign(events.size(), none);
    rest.events.reserve(events.size() + 1);
    const auto number = [&](int old) { return old == none ? none : renumbered[static_cast<std::size_t>(old)]; };
    for (std::size_t n = 0; n < events.size(); ++n) {
        if (!kept[n]) {
            continue;
        }
        renumbered[n] = static_cast<int>(rest.events.size());
        rest.events.push_back(events[n]);
    }
    for (std::size_t n = 0; n < rest.events.size(); ++n) {
        event& e = rest.events[n];
        e.source = static_cast<std::int16_t>(number(e.source));
        e.last_fence = static_cast<std::int16_t>(number(e.last_fence));
        rest.of_thread[e.thread].push_back(static_cast<std::int16_t>(n));
        if (e.location != none) {
            location& where = rest.locations[static_cast<std::size_t>(e.location)];
            e.before = where.last;
            where.last = static_cast<std::int16_t>(n);
        }
    }
    return rest;
}

}  // namespace handoff::model
