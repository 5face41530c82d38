#include "program.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sstream>

#include "../explorer.hpp"
#include "handoff_model/asymmetric_fence.hpp"
#include "handoff_model/atomic.hpp"

namespace handoff::model::litmus {
namespace {

std::memory_order order_in(const std::string& word) {
    if (word == "rlx") {
        return std::memory_order_relaxed;
    }
    if (word == "acq") {
        return std::memory_order_acquire;
    }
    if (word == "rel") {
        return std::memory_order_release;
    }
    if (word == "ar") {
        return std::memory_order_acq_rel;
    }
    if (word == "sc") {
        return std::memory_order_seq_cst;
    }
    std::fprintf(stderr, "litmus: no order: '%s'\n", word.c_str());
    std::exit(2);
}

const char* text_of(std::memory_order order) {
    switch (order) {
        case std::memory_order_relaxed:
            return "rlx";
        case std::memory_order_acquire:
            return "acq";
        case std::memory_order_release:
            return "rel";
        case std::memory_order_acq_rel:
            return "ar";
        default:
            return "sc";
    }
}

bool reads(const instruction& i) {
    return i.is == 'R' || i.is == 'A' || i.is == 'C';
}

std::string outcome_text(const program& p, const std::vector<std::vector<int>>& read,
                         const std::vector<int>& last) {
    std::string text;
    for (std::size_t t = 0; t < read.size(); ++t) {
        for (std::size_t i = 0; i < read[t].size(); ++i) {
            text += std::to_string(t + 1) + ":" + std::to_string(i) + "=" + std::to_string(read[t][i]) + " ";
        }
    }
    for (std::size_t l = 0; l < last.size(); ++l) {
        text += std::string(1, p.locations[l]) + "=" + std::to_string(last[l]) + " ";
    }
    return text;
}

}  // namespace

program parse(const std::vector<std::string>& threads) {
    program p;
    const auto location = [&](char letter) {
        const auto found = std::find(p.locations.begin(), p.locations.end(), letter);
        if (found != p.locations.end()) {
            return static_cast<int>(found - p.locations.begin());
        }
        p.locations.push_back(letter);
        return static_cast<int>(p.locations.size()) - 1;
    };
    for (const std::string& text : threads) {
        std::vector<instruction> thread;
        std::istringstream all(text);
        for (std::string one; std::getline(all, one, ';');) {
            std::istringstream words(one);
            std::string what;
            std::string order;
            std::string otherwise;
            words >> what >> order >> otherwise;
            instruction i;
            if (what == "L" || what == "H") {
                i.is = what[0];
            } else if (what == "F") {
                i.is = 'F';
                i.order = order_in(order);
            } else if (what[0] != 'r') {
                i.is = 'W';
                i.location = location(what[0]);
                i.value = std::atoi(what.c_str() + 2);
                i.order = order_in(order);
            } else {
                i.location = location(what[2]);
                i.order = order_in(order);
                if (what.size() == 3) {
                    i.is = 'R';
                } else if (what[3] == '+') {
                    i.is = 'A';
                    i.value = std::atoi(what.c_str() + 4);
                } else {
                    i.is = 'C';
                    i.expected = std::atoi(what.c_str() + 4);
                    i.value = std::atoi(what.c_str() + what.find(':') + 1);
                    i.otherwise = order_in(otherwise);
                }
            }
            thread.push_back(i);
        }
        p.threads.push_back(std::move(thread));
    }
    return p;
}

std::string to_text(const program& p) {
    std::string text;
    for (const auto& thread : p.threads) {
        text += text.empty() ? "" : "  ||  ";
        for (std::size_t n = 0; n < thread.size(); ++n) {
            const instruction& i = thread[n];
            const std::string at =
                i.location < 0 ? "" : std::string(1, p.locations[static_cast<std::size_t>(i.location)]);
            text += n == 0 ? "" : "; ";
            switch (i.is) {
                case 'W':
                    text += at + "=" + std::to_string(i.value) + " " + text_of(i.order);
                    break;
                case 'R':
                    text += "r=" + at + " " + text_of(i.order);
                    break;
                case 'A':
                    text += "r=" + at + "+" + std::to_string(i.value) + " " + text_of(i.order);
                    break;
                case 'C':
                    text += "r=" + at + "?" + std::to_string(i.expected) + ":" + std::to_string(i.value) + " " +
                            text_of(i.order) + " " + text_of(i.otherwise);
                    break;
                case 'F':
                    text += std::string("F ") + text_of(i.order);
                    break;
                default:
                    text += std::string(1, i.is);
            }
        }
    }
    return text;
}

outcomes by_model(const program& p) {
    outcomes out;
    options how;
    how.collect_outcomes = true;
    const auto body = [&p] {
        std::vector<std::unique_ptr<impls::atomic<int>>> at;
        for (std::size_t l = 0; l < p.locations.size(); ++l) {
            at.push_back(std::make_unique<impls::atomic<int>>(0));
        }
        std::vector<std::vector<int>> read(p.threads.size());
        std::vector<std::function<void()>> bodies;
        for (std::size_t t = 0; t < p.threads.size(); ++t) {
            read[t].reserve(p.threads[t].size());
            bodies.emplace_back([&, t] {
                for (const instruction& i : p.threads[t]) {
                    const auto l = static_cast<std::size_t>(i.location);
                    step("");  // litmus tests have no loops
                    switch (i.is) {
                        case 'W':
                            at[l]->store(i.value, i.order);
                            break;
                        case 'R':
                            read[t].push_back(at[l]->load(i.order));
                            break;
                        case 'A':
                            read[t].push_back(at[l]->fetch_add(i.value, i.order));
                            break;
                        case 'C': {
                            int expected = i.expected;
                            at[l]->compare_exchange_strong(expected, i.value, i.order, i.otherwise);
                            read[t].push_back(expected);
                            break;
                        }
                        case 'F':
                            impls::thread_fence(i.order);
                            break;
                        case 'L':
                            impls::detail::light_fence(true);
                            break;
                        case 'H':
                            impls::detail::heavy_fence();
                            break;
                        default:
                            break;
                    }
                }
            });
        }
        threads(std::move(bodies));
        std::vector<int> last;
        for (auto& one : at) {
            last.push_back(one->load(std::memory_order_relaxed));
        }
        outcome(outcome_text(p, read, last));
    };
    const result r = explore(body, how);
    out.all = r.outcomes;
    out.executions = r.executions;
    out.complete = !r.failed && r.exhaustive() && r.blocked == 0;
    if (r.failed) {
        std::fprintf(stderr, "%s\n%s", r.why.c_str(), r.trace.c_str());
    }
    return out;
}

namespace {

// The definitions, as directly as possible: relations are matrices of events.
struct relation {
    std::size_t n;
    std::vector<char> has;
    explicit relation(std::size_t n) : n(n), has(n * n, 0) {}
    char& operator()(std::size_t a, std::size_t b) { return has[a * n + b]; }
    bool at(std::size_t a, std::size_t b) const { return has[a * n + b] != 0; }
    void close() {
        for (std::size_t k = 0; k < n; ++k) {
            for (std::size_t a = 0; a < n; ++a) {
                for (std::size_t b = 0; at(a, k) && b < n; ++b) {
                    if (at(k, b)) {
                        (*this)(a, b) = 1;
                    }
                }
            }
        }
    }
    bool loops() const {
        for (std::size_t a = 0; a < n; ++a) {
            if (at(a, a)) {
                return true;
            }
        }
        return false;
    }
    relation then(const relation& other) const {
        relation r(n);
        for (std::size_t a = 0; a < n; ++a) {
            for (std::size_t k = 0; k < n; ++k) {
                for (std::size_t b = 0; at(a, k) && b < n; ++b) {
                    if (other.at(k, b)) {
                        r(a, b) = 1;
                    }
                }
            }
        }
        return r;
    }
    void add(const relation& other) {
        for (std::size_t i = 0; i < has.size(); ++i) {
            has[i] = has[i] != 0 || other.has[i] != 0 ? 1 : 0;
        }
    }
};

struct node {
    const instruction* i;  // null: an initial value
    std::size_t thread;
    int location;
    int read = 0;
    int written = 0;
    bool writes = false;
    bool is_sc = false;
};

bool consistent(const std::vector<node>& e, const std::vector<int>& rf,
                const std::vector<std::vector<std::size_t>>& mo) {
    const std::size_t n = e.size();
    relation sb(n);
    for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b < n; ++b) {
            sb(a, b) =
                a != b && e[b].i != nullptr && (e[a].i == nullptr || (e[a].thread == e[b].thread && a < b)) ? 1
                                                                                                            : 0;
        }
    }
    relation from(n);
    for (std::size_t r = 0; r < n; ++r) {
        if (rf[r] >= 0) {
            from(static_cast<std::size_t>(rf[r]), r) = 1;
        }
    }
    relation order(n);
    for (const auto& one : mo) {
        for (std::size_t a = 0; a < one.size(); ++a) {
            for (std::size_t b = a + 1; b < one.size(); ++b) {
                order(one[a], one[b]) = 1;
            }
        }
    }
    relation before(n);  // reads-before
    for (std::size_t r = 0; r < n; ++r) {
        for (std::size_t w = 0; rf[r] >= 0 && w < n; ++w) {
            if (w != r && order.at(static_cast<std::size_t>(rf[r]), w)) {
                before(r, w) = 1;
            }
        }
    }
    relation eco(n);
    eco.add(from);
    eco.add(order);
    eco.add(before);
    eco.close();
    const auto order_of = [&](std::size_t a) {
        const instruction& i = *e[a].i;
        return i.is == 'C' && !e[a].writes ? i.otherwise : i.order;
    };
    const auto is_read = [&](std::size_t a) { return e[a].i != nullptr && reads(*e[a].i); };
    const auto is_fence = [&](std::size_t a) { return e[a].i != nullptr && e[a].i->is == 'F'; };
    const auto rel = [&](std::size_t a) {
        return e[a].i != nullptr &&
               (order_of(a) == std::memory_order_release || order_of(a) == std::memory_order_acq_rel ||
                order_of(a) == std::memory_order_seq_cst);
    };
    const auto acq = [&](std::size_t a) {
        return e[a].i != nullptr &&
               (order_of(a) == std::memory_order_acquire || order_of(a) == std::memory_order_acq_rel ||
                order_of(a) == std::memory_order_seq_cst);
    };
    // Release sequences: the head, and read-modify-writes that continue it.
    relation sequence(n);
    for (std::size_t a = 0; a < n; ++a) {
        sequence(a, a) = e[a].writes ? 1 : 0;
        for (std::size_t b = 0; b < n; ++b) {
            if (from.at(a, b) && e[a].writes && e[b].writes) {
                sequence(a, b) = 1;
            }
        }
    }
    sequence.close();
    const relation read_from_sequence = sequence.then(from);
    relation sw(n);
    for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b < n; ++b) {
            if (!rel(a) || !acq(b) || (!e[a].writes && !is_fence(a)) || (!is_read(b) && !is_fence(b))) {
                continue;
            }
            for (std::size_t w = 0; w < n; ++w) {
                if (!(is_fence(a) ? sb.at(a, w) && e[w].writes : a == w)) {
                    continue;
                }
                for (std::size_t r = 0; r < n; ++r) {
                    if ((is_fence(b) ? sb.at(r, b) && is_read(r) : r == b) && read_from_sequence.at(w, r)) {
                        sw(a, b) = 1;
                    }
                }
            }
        }
    }
    relation hb = sb;
    hb.add(sw);
    hb.close();
    // No cycle of "sequenced before" and "reads from".
    relation porf = sb;
    porf.add(from);
    porf.close();
    if (porf.loops() || hb.loops() || hb.then(eco).loops() || eco.loops()) {
        return false;
    }
    // Atomicity: nothing between a read-modify-write and what it reads.
    for (std::size_t a = 0; a < n; ++a) {
        if (e[a].writes && rf[a] >= 0) {
            for (std::size_t w = 0; w < n; ++w) {
                if (w != a && order.at(static_cast<std::size_t>(rf[a]), w) && order.at(w, a)) {
                    return false;
                }
            }
            if (!order.at(static_cast<std::size_t>(rf[a]), a)) {
                return false;
            }
        }
    }
    // One order of all seq_cst operations.
    const auto sc = [&](std::size_t a) {
        return e[a].i != nullptr && order_of(a) == std::memory_order_seq_cst;
    };
    relation strongly = sb;
    strongly.add(sb.then(hb).then(sb));
    for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b < n; ++b) {
            if (sw.at(a, b) && sc(a) && sc(b)) {
                strongly(a, b) = 1;
            }
        }
    }
    strongly.close();
    relation s(n);
    for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b < n; ++b) {
            if (sc(a) && sc(b) && strongly.at(a, b)) {
                s(a, b) = 1;
            }
            if (!eco.at(a, b)) {
                continue;
            }
            for (std::size_t f = 0; f < n; ++f) {
                const bool first = (f == a && sc(a)) || (is_fence(f) && sc(f) && hb.at(f, a));
                for (std::size_t g = 0; first && g < n; ++g) {
                    if ((g == b && sc(b)) || (is_fence(g) && sc(g) && hb.at(b, g))) {
                        s(f, g) = 1;
                    }
                }
            }
        }
    }
    s.close();
    return !s.loops();
}

}  // namespace

outcomes by_brute_force(const program& p) {
    outcomes out;
    out.complete = true;
    std::vector<node> e;
    const std::size_t locations = p.locations.size();
    for (std::size_t l = 0; l < locations; ++l) {
        e.push_back({nullptr, 0, static_cast<int>(l), 0, 0, true, false});
    }
    for (std::size_t t = 0; t < p.threads.size(); ++t) {
        for (const instruction& i : p.threads[t]) {
            e.push_back({&i, t, i.location, 0, i.value, i.is == 'W' || i.is == 'A', false});
        }
    }
    const std::size_t n = e.size();
    std::vector<int> rf(n, -1);
    std::vector<std::size_t> readers;
    for (std::size_t a = 0; a < n; ++a) {
        if (e[a].i != nullptr && reads(*e[a].i)) {
            readers.push_back(a);
        }
    }
    // Which compare-exchanges succeed follows from what they read: guessed, then checked.
    const auto all_orders = [&](auto&& self, std::vector<std::vector<std::size_t>>& mo, std::size_t l) -> void {
        if (l == locations) {
            if (consistent(e, rf, mo)) {
                ++out.executions;
                std::vector<std::vector<int>> read(p.threads.size());
                for (const std::size_t r : readers) {
                    read[e[r].thread].push_back(e[r].read);
                }
                std::vector<int> last;
                for (const auto& one : mo) {
                    last.push_back(e[one.back()].written);
                }
                out.all.insert(outcome_text(p, read, last));
            }
            return;
        }
        std::vector<std::size_t> writes;
        for (std::size_t a = locations; a < n; ++a) {
            if (e[a].location == static_cast<int>(l) && e[a].writes) {
                writes.push_back(a);
            }
        }
        std::sort(writes.begin(), writes.end());
        do {
            mo.push_back({l});
            mo.back().insert(mo.back().end(), writes.begin(), writes.end());
            self(self, mo, l + 1);
            mo.pop_back();
        } while (std::next_permutation(writes.begin(), writes.end()));
    };
    const auto all_sources = [&](auto&& self, std::size_t k) -> void {
        if (k == readers.size()) {
            // Values: from who has no unknown source, on and on.
            std::vector<char> known(n, 0);
            for (std::size_t a = 0; a < n; ++a) {
                known[a] = rf[a] < 0 ? 1 : 0;
            }
            for (bool moved = true; moved;) {
                moved = false;
                for (const std::size_t r : readers) {
                    if (known[r] == 0 && known[static_cast<std::size_t>(rf[r])] != 0) {
                        known[r] = 1;
                        moved = true;
                        e[r].read = e[static_cast<std::size_t>(rf[r])].written;
                        if (e[r].i->is == 'A') {
                            e[r].written = e[r].read + e[r].i->value;
                        } else if (e[r].i->is == 'C' && (e[r].read == e[r].i->expected) != e[r].writes) {
                            return;  // the guess was wrong
                        }
                    }
                }
            }
            if (std::find(known.begin(), known.end(), 0) != known.end()) {
                return;  // a cycle
            }
            for (const std::size_t r : readers) {
                if (!e[static_cast<std::size_t>(rf[r])].writes) {
                    return;  // a compare-exchange that has failed wrote nothing
                }
            }
            std::vector<std::vector<std::size_t>> mo;
            all_orders(all_orders, mo, 0);
            return;
        }
        const std::size_t r = readers[k];
        const int guesses = e[r].i->is == 'C' ? 2 : 1;
        for (int guess = 0; guess < guesses; ++guess) {
            if (e[r].i->is == 'C') {
                e[r].writes = guess == 1;
            }
            for (std::size_t w = 0; w < n; ++w) {
                const bool may_write = e[w].writes || (e[w].i != nullptr && e[w].i->is == 'C');
                if (w == r || !may_write || e[w].location != e[r].location) {
                    continue;
                }
                rf[r] = static_cast<int>(w);
                self(self, k + 1);
            }
        }
    };
    all_sources(all_sources, 0);
    return out;
}

}  // namespace handoff::model::litmus
