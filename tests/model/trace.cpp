#include "trace.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

#include "memory.hpp"

namespace handoff::model {
namespace {

const std::string& line_of(const std::string& file, unsigned line) {
    static std::map<std::string, std::vector<std::string>> files;
    static const std::string nothing;
    auto found = files.find(file);
    if (found == files.end()) {
        std::vector<std::string> lines;
        std::ifstream in(file);
        for (std::string one; std::getline(in, one);) {
            lines.push_back(one);
        }
        found = files.emplace(file, std::move(lines)).first;
    }
    return line == 0 || line > found->second.size() ? nothing : found->second[line - 1];
}

std::string trimmed(const std::string& text) {
    const auto from = text.find_first_not_of(" \t");
    if (from == std::string::npos) {
        return {};
    }
    std::string rest = text.substr(from);
    if (const auto comment = rest.find("  //"); comment != std::string::npos) {
        rest.resize(comment);
    }
    return rest;
}

/// "tail_" of "... tail_.load(...)": the object that the source names.
std::string name_in(const site& where) {
    const std::string& line = line_of(where.file, where.line);
    std::size_t best = std::string::npos;
    for (const char* call :
         {"load(", "store(", "exchange(", "compare_exchange_strong(", "compare_exchange_weak(", "fetch_add(",
          "fetch_sub(", "fetch_or(", "fetch_and(", "fetch_xor("}) {
        for (const char* dot : {".", "->"}) {
            const auto at = line.find(std::string(dot) + call);
            if (at != std::string::npos && at < best) {
                best = at;
            }
        }
    }
    if (best == std::string::npos) {
        return {};
    }
    std::size_t from = best;
    int depth = 0;
    while (from > 0) {
        const char c = line[from - 1];
        if (c == ']' || c == ')') {
            ++depth;
        } else if (c == '[' || c == '(') {
            if (depth == 0) {
                break;
            }
            --depth;
        } else if (depth == 0 && std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '.' &&
                   c != '>' && c != '-') {
            break;
        }
        --from;
    }
    return line.substr(from, best - from);
}

const char* word(std::memory_order order) {
    switch (order) {
        case std::memory_order_relaxed:
            return "relaxed";
        case std::memory_order_consume:
            return "consume";
        case std::memory_order_acquire:
            return "acquire";
        case std::memory_order_release:
            return "release";
        case std::memory_order_acq_rel:
            return "acq_rel";
        case std::memory_order_seq_cst:
            return "seq_cst";
    }
    return "?";
}

std::string value_text(std::uint64_t value, unsigned size) {
    if (size == 8 && memory::owns(reinterpret_cast<const void*>(value))) {
        return "&(" + describe_address(value) + ")";
    }
    if (size == 8 && value > (std::uint64_t{1} << 62)) {
        return std::to_string(static_cast<std::int64_t>(value));
    }
    if (value > 0xffffffff) {
        char text[32];
        std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
        return text;
    }
    return std::to_string(value);
}

/// An order in which a reader can follow the events: each after what it knows and reads from; where possible,
/// also reads before the writes that they do not see, and writes in their modification order.
std::vector<int> readable(const graph& g) {
    const auto count = g.events.size();
    std::vector<char> done(count, 0);
    std::vector<int> order;
    unsigned last_thread = 0;
    while (order.size() < count) {
        if (!order.empty() && g[order.back()].is == kind::read && g[order.back()].exclusive) {
            // A read-modify-write is one step.
            const event& e = g[order.back()];
            const auto& mine = g.of_thread[e.thread];
            if (e.place + 1U < mine.size() && g[mine[e.place + 1U]].exclusive &&
                g[mine[e.place + 1U]].location == e.location) {
                order.push_back(mine[e.place + 1U]);
                done[static_cast<std::size_t>(order.back())] = 1;
                continue;
            }
        }
        int best = none;
        unsigned best_cost = ~0U;
        for (unsigned step = 0; step < most_threads; ++step) {
            const unsigned t = (last_thread + step) % most_threads;
            std::size_t at = 0;
            while (at < g.of_thread[t].size() && done[static_cast<std::size_t>(g.of_thread[t][at])] != 0) {
                ++at;
            }
            if (at == g.of_thread[t].size()) {
                continue;
            }
            const int n = g.of_thread[t][at];
            const event& e = g[n];
            bool ready = true;
            for (std::size_t m = 0; m < count && ready; ++m) {
                ready = done[m] != 0 || static_cast<int>(m) == n || !g.knows(e.porf, static_cast<int>(m));
            }
            if (!ready) {
                continue;
            }
            unsigned cost = 0;
            if (e.location != none) {
                for (int m = g.locations[static_cast<std::size_t>(e.location)].last; m != none;
                     m = g[m].before) {
                    if (m == n || done[static_cast<std::size_t>(m)] != 0) {
                        if (e.is == kind::read && m != n && g[m].is == kind::write &&
                            g[m].rank > g.rank_of(e.source)) {
                            ++cost;  // a stale read: unavoidable by now
                        }
                        continue;
                    }
                    if (e.is == kind::write && g[m].is == kind::write && g[m].rank < e.rank) {
                        cost += 2;
                    }
                    if (e.is == kind::write && g[m].is == kind::read && g[m].thread != e.thread &&
                        g.rank_of(g[m].source) < e.rank) {
                        cost += 2;
                    }
                }
            }
            if (cost < best_cost) {
                best_cost = cost;
                best = n;
            }
        }
        done[static_cast<std::size_t>(best)] = 1;
        order.push_back(best);
        last_thread = g[best].thread;
    }
    return order;
}

}  // namespace

std::string describe(const graph& g, const std::vector<operation>& operations, const std::vector<site>& sites) {
    const std::vector<int> order = readable(g);
    std::vector<int> number(g.events.size(), 0);
    std::map<int, std::string> names;
    std::string text;
    int line = 0;
    std::vector<std::string> current(most_threads);
    std::vector<char> done(g.events.size(), 0);
    const auto name_of = [&](const event& e) {
        const location& l = g.locations[static_cast<std::size_t>(e.location)];
        if (l.hidden) {
            return std::string((l.address >> 63) != 0
                                   ? "the kernel's queue"
                                   : "a fence with T" + std::to_string((l.address & 0xffff) / 8));
        }
        std::string called = e.site < sites.size() ? name_in(sites[e.site]) : "";
        if (called.empty() || called == "this") {
            called = "at";
        }
        return called + " [" + describe_address(l.address) + "]";
    };
    for (const int n : order) {
        const event& e = g[n];
        done[static_cast<std::size_t>(n)] = 1;
        number[static_cast<std::size_t>(n)] = ++line;
        const operation& op = static_cast<std::size_t>(n) < operations.size()
                                  ? operations[static_cast<std::size_t>(n)]
                                  : operation{};
        std::string title = op.name == nullptr ? "" : op.name;
        if (!title.empty() && op.argument != 0) {
            title += " " + std::to_string(op.argument);
        }
        if (title != current[e.thread]) {
            current[e.thread] = title;
            if (!title.empty()) {
                text += "      T" + std::to_string(e.thread) + ": " + title + "\n";
            }
        }
        if (e.is == kind::spawn || e.is == kind::begin || e.is == kind::end || e.is == kind::join) {
            --line;
            number[static_cast<std::size_t>(n)] = line;
            continue;
        }
        if (e.is == kind::write && e.exclusive) {
            // Shown with its read, which stands directly before it in its thread, but for a futex's queue.
            const int before = g.of_thread[e.thread][e.place - 1U];
            if (g[before].location == e.location && g[before].exclusive) {
                --line;
                number[static_cast<std::size_t>(n)] = line;
                continue;
            }
        }
        char head[32];
        std::snprintf(head, sizeof head, "%4d  T%u  ", line, static_cast<unsigned>(e.thread));
        std::string what;
        const unsigned size = e.location == none ? 8 : g.locations[static_cast<std::size_t>(e.location)].size;
        switch (e.is) {
            case kind::fence:
                what = std::string("fence ") + word(e.order);
                break;
            case kind::choice:
                what = "choice " + std::to_string(e.value);
                break;
            case kind::write:
                what = std::string("store ") + word(e.order) + "  " + name_of(e) + " = " +
                       value_text(e.value, size);
                break;
            case kind::read: {
                std::string from;
                if (e.source == none) {
                    from = "the initial value";
                } else {
                    from = "T" + std::to_string(g[e.source].thread) + "'s line " +
                           std::to_string(number[static_cast<std::size_t>(e.source)]);
                }
                // Newer ones that stand above.
                std::string stale;
                for (int m = g.locations[static_cast<std::size_t>(e.location)].last; m != none;
                     m = g[m].before) {
                    if (g[m].is == kind::write && done[static_cast<std::size_t>(m)] != 0 &&
                        g[m].rank > g.rank_of(e.source) && !(g[m].thread == e.thread && g[m].place > e.place)) {
                        stale = ", stale: line " + std::to_string(number[static_cast<std::size_t>(m)]) +
                                " wrote " + value_text(g[m].value, size);
                        break;
                    }
                }
                if (e.exclusive) {
                    const auto& mine = g.of_thread[e.thread];
                    std::string to = "?";
                    for (std::size_t k = e.place + 1U; k < mine.size(); ++k) {
                        if (g[mine[k]].is == kind::write && g[mine[k]].location == e.location) {
                            to = value_text(g[mine[k]].value, size);
                            break;
                        }
                    }
                    what = std::string(e.compares ? "compare-exchange " : "modify ") + word(e.order) + "  " +
                           name_of(e) + ": " + value_text(e.value, size) + " -> " + to + "  (read from " +
                           from + stale + ")";
                } else {
                    what = std::string(e.compares ? "compare-exchange fails, " : "load ") +
                           word(e.compares ? e.order_if_differs : e.order) + "  " + name_of(e) + " is " +
                           value_text(e.value, size) + "  (from " + from + stale + ")";
                }
                break;
            }
            default:
                break;
        }
        text += head + what;
        if (e.site < sites.size() && e.site > 0) {
            const site& where = sites[e.site];
            std::string file = where.file;
            if (const auto at = file.rfind('/'); at != std::string::npos) {
                const auto folder = file.rfind('/', at - 1);
                file = file.substr(folder == std::string::npos ? at + 1 : folder + 1);
            }
            text += "\n                " + file + ":" + std::to_string(where.line) + "  " +
                    trimmed(line_of(where.file, where.line));
        }
        text += "\n";
    }
    return text;
}

std::string write_seed(const graph& g) {
    std::string text;
    for (std::size_t n = 0; n < g.events.size(); ++n) {
        const event& e = g.events[n];
        text +=
            (text.empty() ? "" : ",") + std::to_string(static_cast<int>(e.is)) + "." + std::to_string(e.thread);
        switch (e.is) {
            case kind::read:
            case kind::begin:
                text += "." + std::to_string(e.source);
                break;
            case kind::write:
                text += "." + std::to_string(e.rank) + (e.exclusive ? "." + std::to_string(e.source) : "");
                break;
            case kind::choice:
                text += "." + std::to_string(e.value);
                break;
            default:
                break;
        }
    }
    return text;
}

graph read_seed(const std::string& text) {
    graph g;
    std::istringstream in(text);
    for (std::string one; std::getline(in, one, ',');) {
        std::istringstream parts(one);
        std::vector<long> numbers;
        for (std::string part; std::getline(parts, part, '.');) {
            numbers.push_back(std::strtol(part.c_str(), nullptr, 10));
        }
        if (numbers.size() < 2) {
            continue;
        }
        event e;
        e.is = static_cast<kind>(numbers[0]);
        e.thread = static_cast<std::uint8_t>(numbers[1]);
        if (numbers.size() > 2) {
            if (e.is == kind::read || e.is == kind::begin) {
                e.source = static_cast<std::int16_t>(numbers[2]);
            } else if (e.is == kind::write) {
                e.rank = static_cast<std::int32_t>(numbers[2]);
                if (numbers.size() > 3) {
                    e.exclusive = true;
                    e.source = static_cast<std::int16_t>(numbers[3]);
                }
            } else {
                e.value = static_cast<std::uint64_t>(numbers[2]);
            }
        }
        e.place = static_cast<std::uint16_t>(g.of_thread[e.thread].size());
        g.of_thread[e.thread].push_back(static_cast<std::int16_t>(g.events.size()));
        g.events.push_back(e);
    }
    return g;
}

}  // namespace handoff::model
