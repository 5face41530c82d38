// Runs programs in the model and says what came of it.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <string_view>

#include "suite.hpp"

namespace handoff::model {

std::vector<program>& suite() {
    static std::vector<program> all;
    return all;
}

namespace {

constexpr std::string_view help = R"(usage: NAME [options] [IMPLEMENTATION ...]

Runs the programs of these implementations, of all by default, in the model: every order of their steps, and every
value that the C++20 memory model (without load buffering) lets an atomic load return.

  --list             which there are
  --program N        only the Nth program of each implementation, from 0
  --seconds S        stop a program after S seconds on the CPU: its verdict is then "bounded" (default: 10; 0: never)
  --executions N     stop a program after N executions
  --seed N           try in another order
  --replay TEXT      one execution, as a failure prints it; prints its trace
  --weaken PLACE     run with one operation weaker than written: FILE:LINE:COLUMN:OPERATION=ORDER (see --mutate)
  --mutate           then weaken each order in turn, and say whether a program notices
  --only TEXT        with --mutate: only in files whose path contains this (default: impls/)
  --json             one line of JSON for each result
  --trace            print the trace of failures that are expected, too
  --help             this text

Exit codes: 0 nothing failed that must not; 1 something did; 2 usage.
)";

constexpr const char* order_words[] = {"relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"};

std::string order_word(int order) {
    return order < 0 ? "none" : order_words[order];
}
int order_of(std::string_view word) {
    for (int i = 0; i < 6; ++i) {
        if (word == order_words[i]) {
            return i;
        }
    }
    if (word == "none") {
        return -1;
    }
    std::fprintf(stderr, "model: order '%.*s': legal: none, relaxed, acquire, release, acq_rel, seq_cst\n",
                 static_cast<int>(word.size()), word.data());
    std::exit(2);
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (static_cast<unsigned char>(c) >= ' ') {
            out += c;
        }
    }
    return out + "\"";
}

std::string verdict_of(const result& r) {
    return r.failed ? "failed" : r.stopped ? "bounded" : r.cut > 0 ? "waits cut" : "exhaustive";
}

/// Orders one step weaker than `order`, for what the operation is.
std::vector<int> weaker(const std::string& operation, int order) {
    constexpr int relaxed = static_cast<int>(std::memory_order_relaxed);
    constexpr int acquire = static_cast<int>(std::memory_order_acquire);
    constexpr int release = static_cast<int>(std::memory_order_release);
    constexpr int acq_rel = static_cast<int>(std::memory_order_acq_rel);
    constexpr int seq_cst = static_cast<int>(std::memory_order_seq_cst);
    if (operation == "light_fence" || operation == "heavy_fence") {
        return {-1};
    }
    if (operation == "fence") {
        return order == seq_cst   ? std::vector<int>{acq_rel}
               : order == acq_rel ? std::vector<int>{acquire, release}
                                  : std::vector<int>{-1};
    }
    if (operation == "load" || operation == "if differs") {
        return order == seq_cst   ? std::vector<int>{acquire}
               : order == acquire ? std::vector<int>{relaxed}
                                  : std::vector<int>{};
    }
    if (operation == "store") {
        return order == seq_cst   ? std::vector<int>{release}
               : order == release ? std::vector<int>{relaxed}
                                  : std::vector<int>{};
    }
    if (operation == "modify" || operation == "compare_exchange") {
        return order == seq_cst                       ? std::vector<int>{acq_rel}
               : order == acq_rel                     ? std::vector<int>{acquire, release}
               : order == acquire || order == release ? std::vector<int>{relaxed}
                                                      : std::vector<int>{};
    }
    return {};
}

struct arguments {
    options how;
    bool list = false;
    bool json = false;
    bool mutate = false;
    bool trace = false;
    int only_program = -1;
    std::string only = "impls/";
    std::vector<std::string> implementations;
};

arguments parse(int argc, char** argv) {
    arguments a;
    a.how.most_seconds = 10;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        const auto value = [&]() -> const char* {
            if (i + 1 >= argc) {
                std::fprintf(stderr, "model: %s needs a value\n", argv[i]);
                std::exit(2);
            }
            return argv[++i];
        };
        if (word == "--help") {
            std::fwrite(help.data(), 1, help.size(), stdout);
            std::exit(0);
        } else if (word == "--list") {
            a.list = true;
        } else if (word == "--json") {
            a.json = true;
        } else if (word == "--mutate") {
            a.mutate = true;
        } else if (word == "--trace") {
            a.trace = true;
        } else if (word == "--program") {
            a.only_program = std::atoi(value());
        } else if (word == "--seconds") {
            a.how.most_seconds = std::atof(value());
        } else if (word == "--executions") {
            a.how.most_executions = std::strtoull(value(), nullptr, 10);
        } else if (word == "--seed") {
            a.how.seed = std::strtoull(value(), nullptr, 10);
        } else if (word == "--replay") {
            a.how.replay = value();
        } else if (word == "--only") {
            a.only = value();
        } else if (word == "--weaken") {
            const std::string text = value();
            const auto equals = text.rfind('=');
            std::vector<std::string> parts;
            std::istringstream in(text.substr(0, equals));
            for (std::string part; std::getline(in, part, ':');) {
                parts.push_back(part);
            }
            if (equals == std::string::npos || parts.size() != 4) {
                std::fprintf(stderr, "model: --weaken '%s': write FILE:LINE:COLUMN:OPERATION=ORDER\n",
                             text.c_str());
                std::exit(2);
            }
            a.how.weakened.push_back({parts[0], static_cast<unsigned>(std::atoi(parts[1].c_str())),
                                      static_cast<unsigned>(std::atoi(parts[2].c_str())), parts[3],
                                      order_of(text.substr(equals + 1))});
        } else if (word.starts_with("-")) {
            std::fprintf(stderr, "model: unknown argument %s (--help lists all)\n", argv[i]);
            std::exit(2);
        } else {
            a.implementations.emplace_back(word);
        }
    }
    return a;
}

void print(const program& one, const result& r, const arguments& a) {
    const bool bad = r.failed != one.must_fail;
    if (a.json) {
        std::printf(
            "{\"implementation\": %s, \"program\": %s, \"operations\": %s, \"verdict\": %s, \"executions\": "
            "%llu, "
            "\"waiting\": %llu, \"repeated\": %llu, \"cut\": %llu, \"rejected\": %llu, \"events\": %zu, "
            "\"seconds\": %.2f, \"why\": %s, \"seed\": %s}\n",
            quoted(one.implementation).c_str(), quoted(one.shape).c_str(), quoted(one.operations).c_str(),
            quoted(verdict_of(r)).c_str(), static_cast<unsigned long long>(r.executions),
            static_cast<unsigned long long>(r.blocked), static_cast<unsigned long long>(r.repeated),
            static_cast<unsigned long long>(r.cut), static_cast<unsigned long long>(r.rejected), r.most_events,
            r.seconds, quoted(r.why).c_str(), quoted(r.seed).c_str());
    } else {
        std::printf("%-22s %-46s %-10s %9llu executions, %llu waiting, %llu cut, %zu events, %.1f s%s\n",
                    one.implementation.c_str(), one.shape.c_str(), verdict_of(r).c_str(),
                    static_cast<unsigned long long>(r.executions), static_cast<unsigned long long>(r.blocked),
                    static_cast<unsigned long long>(r.cut), r.most_events, r.seconds,
                    one.must_fail
                        ? (r.failed ? " (is broken, and was found)" : " (IS BROKEN, AND WAS NOT FOUND)")
                        : "");
        if (r.failed && (bad || a.trace)) {
            std::printf("%s\n%s--replay %s\n", r.why.c_str(), r.trace.c_str(), r.seed.c_str());
        }
    }
    std::fflush(stdout);
}

}  // namespace
}  // namespace handoff::model

int main(int argc, char** argv) {
    using namespace handoff::model;
    const arguments a = parse(argc, argv);
    bool bad = false;
    for (const std::string& name : a.implementations) {
        if (std::none_of(suite().begin(), suite().end(),
                         [&](const program& one) { return one.implementation == name; })) {
            std::fprintf(stderr, "model: no implementation '%s' (--list lists all)\n", name.c_str());
            return 2;
        }
    }
    std::string before;
    std::vector<std::string> names;
    for (const program& one : suite()) {
        if (std::find(names.begin(), names.end(), one.implementation) == names.end() &&
            (a.implementations.empty() || std::find(a.implementations.begin(), a.implementations.end(),
                                                    one.implementation) != a.implementations.end())) {
            names.push_back(one.implementation);
        }
    }
    for (const std::string& name : names) {
        std::vector<const program*> mine;
        for (const program& one : suite()) {
            if (one.implementation == name) {
                mine.push_back(&one);
            }
        }
        std::vector<site> sites;
        std::vector<std::vector<std::size_t>> met_by;
        int number = -1;
        for (const program* one : mine) {
            ++number;
            if (a.only_program >= 0 && number != a.only_program) {
                continue;
            }
            if (a.list) {
                std::printf("%-22s %d  %s\n", one->implementation.c_str(), number, one->shape.c_str());
                continue;
            }
            const result r = explore(one->body, a.how);
            print(*one, r, a);
            if (!a.how.replay.empty()) {
                std::printf("%s%s", r.trace.c_str(), r.failed ? "" : "not failed\n");
            }
            bad = bad || r.failed != one->must_fail;
            for (const site& s : r.sites) {
                const auto known = std::find_if(sites.begin(), sites.end(), [&](const site& other) {
                    return s.file == other.file && s.line == other.line && s.column == other.column &&
                           s.operation == other.operation;
                });
                if (known == sites.end()) {
                    sites.push_back(s);
                    met_by.push_back({static_cast<std::size_t>(number)});
                } else {
                    met_by[static_cast<std::size_t>(known - sites.begin())].push_back(
                        static_cast<std::size_t>(number));
                }
            }
        }
        if (!a.mutate || a.list) {
            continue;
        }
        for (std::size_t s = 0; s < sites.size(); ++s) {
            const site& at = sites[s];
            if (at.file.find(a.only) == std::string::npos) {
                continue;
            }
            for (const int order : weaker(at.operation, at.order)) {
                options how = a.how;
                how.after_failure = 0;
                how.weakened = {{at.file, at.line, at.column, at.operation, order, at.order}};
                std::string noticed;
                std::string by;
                std::string seed;
                std::uint64_t executions = 0;
                bool exhaustive = true;
                for (const std::size_t n : met_by[s]) {
                    result r = explore(mine[n]->body, how);
                    executions += r.executions;
                    if (!r.failed && !r.exhaustive()) {
                        // What the order of the search has not come to may be found in another.
                        options other = how;
                        other.seed = how.seed + 1;
                        r = explore(mine[n]->body, other);
                        executions += r.executions;
                    }
                    exhaustive = exhaustive && r.exhaustive();
                    if (r.failed) {
                        noticed = r.why;
                        by = mine[n]->shape;
                        seed = r.seed;
                        break;
                    }
                }
                const auto in = at.file.find(a.only);
                const std::string file = at.file.substr(in);
                if (a.json) {
                    std::printf(
                        "{\"implementation\": %s, \"file\": %s, \"line\": %u, \"column\": %u, \"operation\": "
                        "%s, "
                        "\"order\": %s, \"weaker\": %s, \"noticed\": %s, \"by\": %s, \"executions\": %llu, "
                        "\"exhaustive\": %s, \"seed\": %s}\n",
                        quoted(name).c_str(), quoted(file).c_str(), at.line, at.column,
                        quoted(at.operation).c_str(), quoted(order_word(at.order)).c_str(),
                        quoted(order_word(order)).c_str(), quoted(noticed).c_str(), quoted(by).c_str(),
                        static_cast<unsigned long long>(executions), exhaustive ? "true" : "false",
                        quoted(seed).c_str());
                } else {
                    std::printf("  %-8s %s:%u:%u %s %s -> %s  %s\n", noticed.empty() ? "SURVIVES" : "noticed",
                                file.c_str(), at.line, at.column, at.operation.c_str(),
                                order_word(at.order).c_str(), order_word(order).c_str(),
                                noticed.empty() ? (exhaustive ? "" : "(bounded)") : noticed.c_str());
                }
                std::fflush(stdout);
            }
        }
    }
    return bad ? 1 : 0;
}
