#include "graph.hpp"

#include <algorithm>
#include <utility>

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
    static thread_local std::vector<int> nodes;  // event of each node
    static thread_local std::vector<unsigned>
        end_of;  // place of its last event: of a read-modify-write, its write's
    static thread_local std::vector<int> node_of;  // none: not seq_cst
    static thread_local std::vector<char> has_write;
    static thread_local std::array<std::vector<int>, most_threads> of;      // nodes of each thread
    static thread_local std::array<std::vector<int>, most_threads> fences;  // of these
    nodes.clear();
    end_of.clear();
    for (unsigned t = 0; t < most_threads; ++t) {
        of[t].clear();
        fences[t].clear();
    }
    node_of.assign(events.size(), none);
    has_write.assign(events.size(), 0);
    // The main thread runs before and after all others: no cycle goes through it.
    for (unsigned t = 1; t < most_threads; ++t) {
        for (const std::int16_t n : of_thread[t]) {
            const event& e = (*this)[n];
            if (e.is == kind::write && e.exclusive) {
                // One operation with its read, which is the thread's last read of this location.
                for (unsigned k = e.place; k-- > 0;) {
                    const int r = of_thread[t][k];
                    if ((*this)[r].location == e.location) {
                        has_write[static_cast<std::size_t>(r)] = 1;
                        node_of[static_cast<std::size_t>(n)] = node_of[static_cast<std::size_t>(r)];
                        if (node_of[static_cast<std::size_t>(r)] != none) {
                            end_of[static_cast<std::size_t>(node_of[static_cast<std::size_t>(r)])] = e.place;
                        }
                        break;
                    }
                }
                continue;
            }
            if (e.seq_cst()) {
                const int node = static_cast<int>(nodes.size());
                node_of[static_cast<std::size_t>(n)] = node;
                nodes.push_back(n);
                end_of.push_back(e.place);
                of[t].push_back(node);
                if (e.is == kind::fence) {
                    fences[t].push_back(node);
                }
            }
        }
    }
    const std::size_t count = nodes.size();
    if (count < 2) {
        return true;
    }
    static thread_local std::vector<std::vector<int>> after;
    std::size_t all = 0;
    const auto fresh = [&] {
        if (after.size() <= all) {
            after.emplace_back();
        }
        after[all].clear();
        return static_cast<int>(all++);
    };
    while (all < count) {
        fresh();
    }
    const auto edge = [&](int from, int to) { after[static_cast<std::size_t>(from)].push_back(to); };
    // Strongly happens before: "sequenced before", or that, "happens before" and that again. (Where two seq_cst
    // operations synchronize, one is coherence-ordered before the other, or a fence stands between: that is
    // below.) The nearest ones suffice: nodes of one thread are a chain.
    for (unsigned t = 1; t < most_threads; ++t) {
        for (std::size_t k = 1; k < of[t].size(); ++k) {
            edge(of[t][k - 1], of[t][k]);
        }
    }
    for (std::size_t b = 0; b < count; ++b) {
        const event& y = (*this)[nodes[b]];
        const event& before = (*this)[of_thread[y.thread][y.place - 1U]];
        for (unsigned t = 1; t < most_threads; ++t) {
            if (t == y.thread || before.hb.at[t] < 2) {
                continue;
            }
            const auto behind = std::partition_point(of[t].begin(), of[t].end(), [&](int a) {
                return end_of[static_cast<std::size_t>(a)] + 1 < before.hb.at[t];
            });
            if (behind != of[t].begin()) {
                edge(*(behind - 1), static_cast<int>(b));
            }
        }
    }
    // Coherence-ordered before: a write and those that read it, then the next write ... The steps between are
    // nodes of their own, so that the edges are few.
    const auto each_source = [&](int number, auto&& visit) {
        const event& a = (*this)[number];
        if (a.thread == 0 || (a.is == kind::read && has_write[static_cast<std::size_t>(number)] != 0)) {
            return;  // its write says as much
        }
        if (node_of[static_cast<std::size_t>(number)] != none) {
            visit(node_of[static_cast<std::size_t>(number)]);
        }
        for (unsigned t = 1; t < most_threads; ++t) {
            const unsigned known = a.hb.at[t];
            if (known != 0 && known <= of_thread[t].size()) {
                const int fence = (*this)[of_thread[t][known - 1]].last_fence;
                if (fence != none) {
                    visit(node_of[static_cast<std::size_t>(fence)]);
                }
            }
        }
    };
    const auto each_target = [&](int number, auto&& visit) {
        const event& b = (*this)[number];
        if (b.thread == 0) {
            return;
        }
        if (node_of[static_cast<std::size_t>(number)] != none) {
            visit(node_of[static_cast<std::size_t>(number)]);
        }
        for (unsigned t = 1; t < most_threads; ++t) {
            const auto first = std::partition_point(fences[t].begin(), fences[t].end(), [&](int f) {
                return (*this)[nodes[static_cast<std::size_t>(f)]].hb.at[b.thread] <= b.place;
            });
            if (first != fences[t].end()) {
                visit(*first);
            }
        }
    };
    const auto key = [&](int n) {
        const event& e = (*this)[n];
        return e.is == kind::write ? e.rank : rank_of(e.source);
    };
    static thread_local std::vector<std::pair<int, int>> line;  // rank, event
    for (const location& where : locations) {
        line.clear();
        for (int n = where.last; n != none; n = (*this)[n].before) {
            line.emplace_back(key(n), n);
        }
        if (line.size() < 2) {
            continue;
        }
        std::sort(line.begin(), line.end());
        int step = none;
        for (std::size_t begin = 0; begin < line.size();) {
            std::size_t end = begin;
            int write = none;
            for (; end < line.size() && line[end].first == line[begin].first; ++end) {
                if ((*this)[line[end].second].is == kind::write) {
                    write = line[end].second;
                }
            }
            const int next = fresh();
            for (std::size_t k = begin; k < end; ++k) {
                const int n = line[k].second;
                if (step != none) {
                    each_target(n, [&](int to) { edge(step, to); });
                }
                each_source(n, [&](int from) { edge(from, next); });
                if (write != none && n != write) {
                    each_source(write, [&](int from) { each_target(n, [&](int to) { edge(from, to); }); });
                }
            }
            if (step != none) {
                edge(step, next);
            }
            step = next;
            begin = end;
        }
    }
    // A cycle?
    enum : char { untouched, on_path, finished };
    static thread_local std::vector<char> is;
    static thread_local std::vector<std::pair<int, std::size_t>> path;
    is.assign(all, untouched);
    for (std::size_t root = 0; root < count; ++root) {
        if (is[root] != untouched) {
            continue;
        }
        path.assign(1, {static_cast<int>(root), 0});
        is[root] = on_path;
        while (!path.empty()) {
            auto& [at, done] = path.back();
            const auto& next = after[static_cast<std::size_t>(at)];
            if (done == next.size()) {
                is[static_cast<std::size_t>(at)] = finished;
                path.pop_back();
                continue;
            }
            const int to = next[done++];
            if (is[static_cast<std::size_t>(to)] == on_path) {
                return false;
            }
            if (is[static_cast<std::size_t>(to)] == untouched) {
                is[static_cast<std::size_t>(to)] = on_path;
                path.emplace_back(to, 0);
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
