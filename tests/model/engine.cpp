// Runs a program for one graph after another: see explorer.hpp.
#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <new>
#include <random>
#include <unordered_map>
#include <utility>

#include "explorer.hpp"
#include "fiber.hpp"
#include "graph.hpp"
#include "handoff_model/engine.hpp"
#include "memory.hpp"
#include "place.hpp"
#include "trace.hpp"

namespace handoff::model {

namespace plain {
extern const void* caller;
const void* caller = nullptr;
}  // namespace plain

namespace {

constexpr std::size_t stack_bytes = std::size_t{256} << 10;

enum class state : std::uint8_t {
    unused,
    ready,     // has not begun
    waiting,   // follows the graph; what it reads from has not been written in this run
    frontier,  // the graph has no more of it
    blocked,   // waits for what nobody has written
    joining,   // the main thread, for all others
    done
};

struct look {
    std::uint16_t site;
    std::int16_t location;
    std::int16_t source;
    std::int16_t number;
    bool operator==(const look& other) const {
        return site == other.site && location == other.location && source == other.source;
    }
};

struct thread {
    state is = state::unused;
    void* stack = nullptr;
    std::byte* memory = nullptr;
    std::function<void()> body;
    unsigned next = 0;  // how many of its events have been in this run
    int waits_for = none;
    clock known;
    std::vector<look> looks;  // since it last wrote or began an operation
    std::size_t rested = 0;   // of these: before its last pause
    bool wrote = false;       // since its last pause
    unsigned rounds = 0;      // pauses of this operation
    int paused_at = none;     // site of the last one
    std::vector<int> waits;   // blocked: the reads that would have to see something else
    bool repeats = false;     // blocked because it repeated itself
    bool cut = false;         // blocked because it has gone on for too long
    operation now;
};

struct place_key {
    std::uintptr_t address;
    std::uint32_t generation;
    bool operator==(const place_key&) const = default;
};
struct hash_key {
    std::size_t operator()(const place_key& k) const noexcept {
        return (k.address ^ (std::uintptr_t{k.generation} << 48)) * 0x9e3779b97f4a7c15U >> 7;
    }
};
struct site_key {
    const void* caller;  // where there is no place in the source
    const char* file;
    unsigned line;
    unsigned column;
    const char* operation;
    std::memory_order order;
    bool operator==(const site_key&) const = default;
};
struct hash_site {
    std::size_t operator()(const site_key& k) const noexcept {
        return (reinterpret_cast<std::uintptr_t>(k.caller) * 17 +
                reinterpret_cast<std::uintptr_t>(k.file) * 31 + k.line * 131 + k.column * 7 +
                static_cast<unsigned>(k.order)) *
                   0x9e3779b97f4a7c15U ^
               reinterpret_cast<std::uintptr_t>(k.operation);
    }
};

/// What is known of the loop around a pause.
struct loop {
    enum { unknown, looks_only, writes } is = unknown;
    unsigned rounds_with_writes = 0;
};

constexpr int destroyed = -2;
constexpr int no_fence = -1;

struct exploration {
    options how;
    result out;
    const std::function<void()>* program = nullptr;
    std::vector<graph> left;
    std::mt19937_64 random;

    // Of the run.
    graph g;
    std::vector<char> executed;
    std::size_t executed_count = 0;
    std::vector<operation> operations;  // of each event
    std::array<thread, most_threads> threads;
    unsigned count = 0;  // threads of the program, the main one included
    int current = none;
    void* scheduler = nullptr;
    int turn = none;  // whose frontier moves
    bool over = false;
    bool skeleton = false;  // the graph says only who reads from whom
    std::string outcome;
    bool membarrier = true;
    std::unordered_map<std::uintptr_t, int> current_at;  // address -> location, or `destroyed`
    std::unordered_map<std::uintptr_t, std::uint32_t> generations;

    // Of the exploration.
    std::unordered_map<place_key, int, hash_key> locations;
    std::unordered_map<site_key, std::uint16_t, hash_site> sites;
    std::vector<int> orders;  // of each site, as it is to be
    std::vector<const void*> callers;
    std::unordered_map<std::uint16_t, loop> loops;
    bool again = false;
    graph shortest;
    std::vector<operation> shortest_operations;
    std::string shortest_why;
    std::uint64_t tries_after_failure = 0;
};

exploration* x = nullptr;
bool in_engine = true;

struct guard {
    guard() noexcept { in_engine = true; }
    ~guard() { in_engine = false; }
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;
};

thread& me() {
    return x->threads[static_cast<std::size_t>(x->current)];
}

void to_scheduler() {
    handoff_model_switch(&me().stack, x->scheduler);
}

[[noreturn]] void leave_run() {
    x->over = true;
    to_scheduler();
    std::abort();
}

[[noreturn]] void internal(const std::string& what) {
    std::fprintf(stderr, "model: %s\n", what.c_str());
    std::_Exit(3);
}

void note_failure(std::string why) {
    x->out.failed = true;
    if (x->shortest_why.empty() || x->g.events.size() < x->shortest.events.size()) {
        x->shortest = x->g;
        x->shortest_operations = x->operations;
        x->shortest_why = std::move(why);
    }
}

[[noreturn]] void fail_here(std::string why) {
    note_failure(std::move(why));
    leave_run();
}

// ---- sites
/// The thread does no more; others go on, and may write what it would have had to read.
[[noreturn]] void cut_off() {
    thread& t = me();
    t.waits.clear();
    t.cut = true;
    t.is = state::blocked;
    for (;;) {
        to_scheduler();
    }
}

// -----------------------------------------------------------------------------------------------------

std::uint16_t site_of(const where& place, const char* operation, std::memory_order order) {
    const bool placed = place.line() != 0;
    const site_key key{placed ? nullptr : std::exchange(plain::caller, nullptr),
                       place.file_name(),
                       place.line(),
                       place.column(),
                       operation,
                       order};
    const auto [at, fresh] = x->sites.try_emplace(key, static_cast<std::uint16_t>(x->out.sites.size()));
    if (fresh) {
        x->callers.push_back(key.caller);
        x->out.sites.push_back({key.file, key.line, key.column, operation, static_cast<int>(order), 0});
        int now = static_cast<int>(order);
        site& one = x->out.sites.back();
        if (key.caller != nullptr && !x->how.weakened.empty()) {
            find_place(key.caller, one);
        }
        for (const weakening& w : x->how.weakened) {
            if (one.file.ends_with(w.file) && one.line == w.line &&
                (w.from == weakening::any || one.order == w.from) &&
                (w.column == 0 || key.column == w.column) && w.operation == operation) {
                now = w.order;
            }
        }
        x->orders.push_back(now);
    }
    ++x->out.sites[at->second].met;
    return at->second;
}

std::memory_order order_at(std::uint16_t site) {
    return static_cast<std::memory_order>(x->orders[site]);
}

// Events.

void did(int number) {
    thread& t = me();
    t.known = x->g[number].hb;
    x->operations.resize(x->g.events.size());
    x->operations[static_cast<std::size_t>(number)] = t.now;
}

/// The next event of this thread if the graph has it; else none, when it is this thread's turn to add one.
int replayed(const event& wanted) {
    thread& t = me();
    auto& g = x->g;
    const auto& mine = g.of_thread[static_cast<std::size_t>(x->current)];
    if (t.next < mine.size()) {
        const int number = mine[t.next];
        event& e = g[number];
        if (e.is != wanted.is || (!x->skeleton && e.location != wanted.location)) {
            internal("the program is not deterministic: thread " + std::to_string(x->current) +
                     " took another path (" + t.now.name + ")");
        }
        while (e.source != none && !x->executed[static_cast<std::size_t>(e.source)]) {
            t.is = state::waiting;
            t.waits_for = e.source;
            to_scheduler();
        }
        if (x->skeleton) {
            const event had = e;
            e = wanted;
            e.thread = had.thread;
            e.place = had.place;
            e.source = had.source;
            e.rank = had.rank;
            e.exclusive = had.exclusive;
            if (had.is == kind::choice) {
                e.value = had.value;
            }
            if (e.location != none) {
                location& l = g.locations[static_cast<std::size_t>(e.location)];
                e.before = l.last;
                l.last = static_cast<std::int16_t>(number);
            }
            g.update(number);
        }
        x->executed[static_cast<std::size_t>(number)] = 1;
        ++x->executed_count;
        ++t.next;
        return number;
    }
    if (x->turn != x->current) {
        t.is = state::frontier;
        to_scheduler();
    }
    if (x->skeleton) {
        leave_run();
    }
    if (t.next >= x->how.most_events) {
        cut_off();
    }
    return none;
}

void added(int number) {
    x->executed.push_back(1);
    ++x->executed_count;
    ++me().next;
    x->out.most_events = std::max(x->out.most_events, static_cast<std::size_t>(number) + 1);
}

event made(kind is) {
    event e;
    e.is = is;
    e.thread = static_cast<std::uint8_t>(x->current);
    return e;
}

int simple(kind is, int source = none, std::uint16_t site = 0,
           std::memory_order order = std::memory_order_relaxed) {
    event e = made(is);
    e.source = static_cast<std::int16_t>(source);
    e.order = order;
    e.site = site;
    int number = replayed(e);
    if (number == none) {
        number = x->g.add(e);
        added(number);
    }
    did(number);
    return number;
}

/// Adds a read. `fits`, if any, says which values the thread waits for: others need not be tried.
template <class Fits>
int read_event(event e, Fits&& fits) {
    int number = replayed(e);
    if (number == none) {
        graph& g = x->g;
        const int oldest = g.oldest(e.location, me().known);
        int newest = none;
        for (int n = g.locations[static_cast<std::size_t>(e.location)].last; n != none; n = g[n].before) {
            if (g[n].is == kind::write && g[n].rank > g.rank_of(newest)) {
                newest = n;
            }
        }
        const auto leave = [&](int source) {
            if (source == newest || !fits(g.value_of(source, e.location))) {
                return;
            }
            event other = e;
            other.source = static_cast<std::int16_t>(source);
            graph copy = g;
            copy.add(other);
            if (copy.ordered()) {
                x->left.push_back(std::move(copy));
            }
        };
        if (oldest == 0) {
            leave(none);
        }
        for (int n = g.locations[static_cast<std::size_t>(e.location)].last; n != none; n = g[n].before) {
            if (g[n].is == kind::write && g[n].rank >= oldest) {
                leave(n);
            }
        }
        e.source = static_cast<std::int16_t>(newest);
        number = g.add(e);
        added(number);
    }
    did(number);
    return number;
}

/// Whether `number` is what a thread would do that knows nothing of what comes after it.
bool maximal(int number, int write) {
    const graph& g = x->g;
    const clock& prefix = g[write].porf;
    const auto previous = [&](int n) { return n != write && (n <= number || g.knows(prefix, n)); };
    const event& e = g[number];
    if (e.is == kind::choice) {
        return e.value == 0;
    }
    if (e.is != kind::read && e.is != kind::write) {
        return true;
    }
    if (e.is == kind::read && e.source != none && !previous(e.source)) {
        return false;
    }
    const int rank = e.is == kind::write ? e.rank : g.rank_of(e.source);
    for (int n = g.locations[static_cast<std::size_t>(e.location)].last; n != none; n = g[n].before) {
        if (n == number || !previous(n)) {
            continue;
        }
        const event& other = g[n];
        if (other.is == kind::write && other.rank > rank) {
            return false;
        }
        if (e.is == kind::write && other.is == kind::read && other.source == number) {
            return false;
        }
    }
    return true;
}

/// Offers the new write to reads that are there already.
void revisit(int write) {
    const graph& g = x->g;
    const event& a = g[write];
    const clock& prefix = a.porf;
    for (int r = g.locations[static_cast<std::size_t>(a.location)].last; r != none; r = g[r].before) {
        if (g[r].is != kind::read || g.knows(prefix, r) || r == write) {
            continue;
        }
        std::vector<char> kept(g.events.size(), 1);
        bool all_maximal = maximal(r, write);
        for (int n = r + 1; n < static_cast<int>(g.events.size()) && all_maximal; ++n) {
            if (n == write) {
                kept[static_cast<std::size_t>(n)] = 0;  // comes back below
            } else if (!g.knows(prefix, n)) {
                kept[static_cast<std::size_t>(n)] = 0;
                all_maximal = maximal(n, write);
            }
        }
        if (!all_maximal) {
            continue;
        }
        std::vector<int> number;
        const graph rest = g.restricted(kept, number);
        event again = a;
        again.source =
            static_cast<std::int16_t>(a.source == none ? none : number[static_cast<std::size_t>(a.source)]);
        const int read = number[static_cast<std::size_t>(r)];
        const clock& known_before = rest[rest.of_thread[a.thread].back()].hb;
        std::vector<int> ranks;
        if (a.exclusive) {
            if (rest.followed(again.source, a.location)) {
                continue;
            }
            ranks.push_back(rest.rank_of(again.source));
        } else {
            rest.places(a.location, known_before, ranks);
        }
        for (const int rank : ranks) {
            graph next = rest;
            next.open(a.location, rank);
            again.rank = rank + 1;
            const int at = next.add(again);
            const event& reader = next[read];
            const clock nothing{};
            const clock& reader_knew =
                reader.place > 0 ? next[next.of_thread[reader.thread][reader.place - 1U]].hb : nothing;
            if (next.oldest(a.location, reader_knew) > again.rank) {
                continue;
            }
            next[read].source = static_cast<std::int16_t>(at);
            next.update(read);
            if (next.ordered()) {
                x->left.push_back(std::move(next));
            }
        }
    }
}

int write_event(event e) {
    int number = replayed(e);
    if (number == none) {
        graph& g = x->g;
        bool dead = false;
        if (e.exclusive) {
            dead = g.followed(e.source, e.location);
            const int rank = g.rank_of(e.source);
            g.open(e.location, rank);
            e.rank = rank + 1;
            number = g.add(e);
        } else {
            std::vector<int> ranks;
            g.places(e.location, me().known, ranks);
            for (std::size_t i = 0; i + 1 < ranks.size(); ++i) {
                graph copy = g;
                copy.open(e.location, ranks[i]);
                event other = e;
                other.rank = ranks[i] + 1;
                copy.add(other);
                if (copy.ordered()) {
                    x->left.push_back(std::move(copy));
                }
            }
            e.rank = ranks.back() + 1;
            number = g.add(e);
        }
        added(number);
        revisit(number);
        if (dead || (e.exclusive && !g.ordered())) {
            ++x->out.rejected;
            leave_run();
        }
    }
    did(number);
    me().wrote = true;
    me().looks.clear();
    me().rested = 0;
    return number;
}

// Waiting.

[[noreturn]] void block(std::vector<int> reads, bool repeats = false) {
    thread& t = me();
    t.waits = std::move(reads);
    t.repeats = repeats;
    t.cut = false;
    t.is = state::blocked;
    for (;;) {
        to_scheduler();
    }
}

/// A loop that goes round and reads the same again would do so for ever.
void looked(int number) {
    thread& t = me();
    const event& e = x->g[number];
    t.looks.push_back({e.site, e.location, e.source, static_cast<std::int16_t>(number)});
    const std::size_t n = t.looks.size();
    for (std::size_t period = 1; period <= n / 3; ++period) {
        if (std::equal(t.looks.end() - static_cast<std::ptrdiff_t>(2 * period), t.looks.end(),
                       t.looks.end() - static_cast<std::ptrdiff_t>(3 * period))) {
            std::vector<int> reads;
            for (std::size_t i = n - period; i < n; ++i) {
                reads.push_back(t.looks[i].number);
            }
            block(std::move(reads), true);
        }
    }
}

// Locations.

int location_for(std::uintptr_t address, unsigned size, bool hidden, std::uint64_t initial) {
    const std::uint32_t generation = ++x->generations[address];
    const auto [at, fresh] =
        x->locations.try_emplace({address, generation}, static_cast<int>(x->locations.size()));
    const int number = at->second;
    graph& g = x->g;
    while (g.locations.size() <= static_cast<std::size_t>(number)) {
        g.locations.emplace_back();
    }
    location& l = g.locations[static_cast<std::size_t>(number)];
    l.address = address;
    l.generation = generation;
    l.size = static_cast<std::uint8_t>(size);
    l.hidden = hidden;
    l.initial = initial;
    x->current_at[address] = number;
    return number;
}

int hidden_location(std::uintptr_t address) {
    const auto found = x->current_at.find(address);
    return found != x->current_at.end() ? found->second : location_for(address, 8, true, 0);
}

std::uint64_t raw(const volatile void* at, unsigned size) {
    std::uint64_t word = 0;
    std::memcpy(&word, const_cast<const void*>(at), size);
    return word;
}
void through(const volatile void* at, unsigned size, std::uint64_t value) {
    std::memcpy(const_cast<void*>(at), &value, size);
}

int location_at(const volatile void* at, unsigned size) {
    const auto address = reinterpret_cast<std::uintptr_t>(at);
    const auto found = x->current_at.find(address);
    if (found == x->current_at.end()) {
        if (address < 4096) {
            fail_here("an atomic access through a null pointer");
        }
        return location_for(address, size, false, raw(at, size));
    }
    if (found->second == destroyed) {
        fail_here("an atomic object is used after its destruction: " + describe_address(address));
    }
    return found->second;
}

void note(const volatile void* at, std::size_t size, memory::access how, unsigned events, const clock& known) {
    std::string wrong = memory::note(reinterpret_cast<std::uintptr_t>(at), size, how,
                                     static_cast<unsigned>(x->current), events, known);
    if (!wrong.empty()) {
        fail_here(std::move(wrong));
    }
}

constexpr auto any_value = [](std::uint64_t) { return true; };

/// An access of the program, as the source has it or weakened.
event access_to(kind is, const volatile void* at, unsigned size, const char* operation, std::memory_order order,
                const where& place) {
    event e = made(is);
    e.location = static_cast<std::int16_t>(location_at(at, size));
    e.site = site_of(place, operation, order);
    e.order = order_at(e.site);
    return e;
}

// One run.

extern "C" void handoff_model_entry() {
    {
        thread& t = me();
        simple(kind::begin, x->current == 0 ? none : t.waits_for);
        in_engine = false;
        t.body();
        t.body = nullptr;  // what it holds is the program's memory
        in_engine = true;
        t.now = {};
        simple(kind::end);
        t.is = state::done;
    }
    for (;;) {
        to_scheduler();
    }
}

void start(unsigned number, std::function<void()> body) {
    thread& t = x->threads[number];
    if (t.memory == nullptr) {
        void* got = mmap(reinterpret_cast<void*>(0x300000000000 + number * 2 * stack_bytes), stack_bytes,
                         PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (got == MAP_FAILED) {
            std::abort();
        }
        t.memory = static_cast<std::byte*>(got);
    }
    t.body = std::move(body);
    t.is = state::ready;
    t.next = 0;
    t.known = {};
    t.looks.clear();
    t.rested = 0;
    t.wrote = false;
    t.rounds = 0;
    t.paused_at = none;
    t.cut = false;
    t.repeats = false;
    t.waits.clear();
    t.now = {};
    t.stack = fresh_stack(t.memory, stack_bytes, handoff_model_entry);
}

void resume(int number) {
    x->current = number;
    handoff_model_switch(&x->scheduler, x->threads[static_cast<std::size_t>(number)].stack);
    in_engine = true;
}

void schedule() {
    auto& threads = x->threads;
    while (!x->over) {
        int next = none;
        int at_frontier = none;
        bool all_done = true;
        for (unsigned i = 0; i < x->count; ++i) {
            thread& t = threads[i];
            if (next == none &&
                (t.is == state::ready ||
                 (t.is == state::waiting && x->executed[static_cast<std::size_t>(t.waits_for)]))) {
                next = static_cast<int>(i);
            }
            if (at_frontier == none && t.is == state::frontier) {
                at_frontier = static_cast<int>(i);
            }
            all_done = all_done && (i == 0 || t.is == state::done);
        }
        if (next == none && x->executed_count == x->g.events.size() && at_frontier != none) {
            next = at_frontier;
            x->turn = next;
        }
        if (next == none && all_done && threads[0].is == state::joining) {
            next = 0;
        }
        if (next == none) {
            if (x->executed_count != x->g.events.size()) {
                internal("the program is not deterministic: not all of the execution came again");
            }
            return;
        }
        resume(next);
    }
}

/// Whether a thread that reads again reads the same value, in the end.
bool sees_newest(int read) {
    const graph& g = x->g;
    const event& e = g[read];
    int newest = none;
    for (int n = g.locations[static_cast<std::size_t>(e.location)].last; n != none; n = g[n].before) {
        if (g[n].is == kind::write && g[n].rank > g.rank_of(newest)) {
            newest = n;
        }
    }
    return g.value_of(newest, e.location) == e.value;
}

void end_of_run() {
    if (x->over) {
        return;
    }
    if (x->threads[0].is == state::done) {
        ++x->out.executions;
        if (memory::left() > 0) {
            note_failure("not freed at the end: " + memory::describe_left());
        } else if (x->how.collect_outcomes) {
            x->out.outcomes.insert(x->outcome);
        }
        return;
    }
    bool stuck = true;
    bool repeats = false;
    bool cut = false;
    std::string who;
    for (unsigned i = 0; i < x->count; ++i) {
        const thread& t = x->threads[i];
        if (t.is != state::blocked) {
            continue;
        }
        repeats = repeats || t.repeats;
        cut = cut || t.cut;
        stuck = stuck && std::all_of(t.waits.begin(), t.waits.end(), sees_newest);
        who += (who.empty() ? "T" : ", T") + std::to_string(i);
    }
    if (cut) {
        ++x->out.cut;
        return;
    }
    if (stuck) {
        note_failure("deadlock: " + who + " waits for ever");
        return;
    }
    ++x->out.blocked;
    x->out.repeated += repeats ? 1 : 0;
}

void run(graph from) {
    x->g = std::move(from);
    x->executed.assign(x->g.events.size(), 0);
    x->executed_count = 0;
    x->operations.assign(x->g.events.size(), {});
    x->turn = none;
    x->over = false;
    x->outcome.clear();
    x->membarrier = true;
    x->current_at.clear();
    x->generations.clear();
    for (thread& t : x->threads) {
        t.is = state::unused;
    }
    memory::restart();
    x->count = 1;
    start(0, *x->program);
    schedule();
    end_of_run();
}

}  // namespace

result explore(const std::function<void()>& program, const options& how) {
    // Time on the CPU: what is tried does not depend on what else runs on the machine.
    const std::clock_t begin = std::clock();
    static exploration storage;
    storage.how = how;
    storage.out = {};
    storage.program = &program;
    storage.left.clear();
    storage.locations.clear();
    storage.sites.clear();
    storage.orders.clear();
    storage.callers.clear();
    plain::caller = nullptr;
    storage.loops.clear();
    storage.again = false;
    storage.shortest_why.clear();
    storage.tries_after_failure = 0;
    storage.random.seed(how.seed);
    storage.skeleton = !how.replay.empty();
    x = &storage;
    site_of(where(), "", std::memory_order_relaxed);  // site 0: none
    x->left.push_back(how.replay.empty() ? graph{} : read_seed(how.replay));
    std::uint64_t runs = 0;
    const auto begin_anew = [&] {
        result& out = x->out;
        out.executions = out.blocked = out.repeated = out.cut = out.rejected = 0;
        out.failed = false;
        out.outcomes.clear();
        for (site& one : out.sites) {
            one.met = 0;
        }
        x->shortest_why.clear();
        x->left.clear();
        x->left.emplace_back();
    };
    const auto seconds = [&] { return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC; };
    while (!x->left.empty()) {
        if (how.seed != 0) {
            const std::size_t some = std::min<std::size_t>(x->left.size(), 64);
            std::swap(x->left.back(), x->left[x->left.size() - 1 - x->random() % some]);
        }
        graph next = std::move(x->left.back());
        x->left.pop_back();
        run(std::move(next));
        ++runs;
        if (x->skeleton) {
            break;
        }
        if (x->again) {
            x->again = false;
            begin_anew();
            continue;
        }
        if (x->out.failed && ++x->tries_after_failure > how.after_failure) {
            break;
        }
        if ((how.most_executions != 0 && x->out.executions >= how.most_executions) ||
            (how.most_seconds > 0 && runs % 16 == 0 && seconds() > how.most_seconds)) {
            x->out.stopped = !x->left.empty();
            break;
        }
    }
    for (std::size_t i = 0; i < x->out.sites.size(); ++i) {
        if (x->callers[i] != nullptr) {
            find_place(x->callers[i], x->out.sites[i]);
        }
    }
    if (x->out.failed) {
        x->out.why = x->shortest_why;
        x->out.trace = describe(x->shortest, x->shortest_operations, x->out.sites);
        x->out.seed = write_seed(x->shortest);
    } else if (x->skeleton) {
        x->out.trace = describe(x->g, x->operations, x->out.sites);
    }
    x->out.seconds = seconds();
    x->out.sites.erase(x->out.sites.begin());
    x->left.clear();
    result out = std::move(x->out);
    x = nullptr;
    return out;
}

// What programs call.

namespace {
bool active() noexcept {
    return x != nullptr && !in_engine;
}
}  // namespace

void construct(const volatile void* at, unsigned size, std::uint64_t value) {
    if (!active()) {
        return;
    }
    const guard engine;
    note(at, size, memory::access::plain_write, me().next, me().known);
    location_for(reinterpret_cast<std::uintptr_t>(at), size, false, value);
    through(at, size, value);
}

void destroy(const volatile void* at, unsigned size) {
    if (!active()) {
        return;
    }
    const guard engine;
    note(at, size, memory::access::freeing, me().next, me().known);
    x->current_at[reinterpret_cast<std::uintptr_t>(at)] = destroyed;
}

std::uint64_t load(const volatile void* at, unsigned size, std::memory_order order, const where& place) {
    if (!active()) {
        return raw(at, size);
    }
    const guard engine;
    const event e = access_to(kind::read, at, size, "load", order, place);
    const clock known = me().known;
    const int number = read_event(e, any_value);
    note(at, size, memory::access::atomic_read, x->g[number].place, known);
    looked(number);
    return x->g[number].value;
}

void store(const volatile void* at, unsigned size, std::uint64_t value, std::memory_order order,
           const where& place) {
    if (!active()) {
        through(at, size, value);
        return;
    }
    const guard engine;
    event e = access_to(kind::write, at, size, "store", order, place);
    e.value = value;
    const clock known = me().known;
    const int number = write_event(e);
    note(at, size, memory::access::atomic_write, x->g[number].place, known);
    through(at, size, value);
}

namespace {

std::uint64_t masked(std::uint64_t value, unsigned size) {
    return size >= 8 ? value : value & ((std::uint64_t{1} << (8 * size)) - 1);
}

std::uint64_t changed(std::uint64_t old, change how, std::uint64_t operand, unsigned size) {
    switch (how) {
        case change::exchange:
            return operand;
        case change::add:
            return masked(old + operand, size);
        case change::subtract:
            return masked(old - operand, size);
        case change::bit_and:
            return old & operand;
        case change::bit_or:
            return old | operand;
        case change::bit_xor:
            return old ^ operand;
    }
    return operand;
}

/// The write of a read-modify-write whose read is `read`.
int write_after(int read, std::uint64_t value) {
    const event& r = x->g[read];
    event e = made(kind::write);
    e.location = r.location;
    e.site = r.site;
    e.order = r.order;
    e.exclusive = true;
    e.source = r.source;
    e.value = value;
    return write_event(e);
}

int modify_hidden(int location, std::memory_order order, std::uint16_t site) {
    event e = made(kind::read);
    e.location = static_cast<std::int16_t>(location);
    e.site = site;
    e.order = order;
    e.modifies = true;
    return read_event(e, any_value);
}

}  // namespace

std::uint64_t modify(const volatile void* at, unsigned size, change how, std::uint64_t operand,
                     std::memory_order order, const where& place) {
    if (!active()) {
        const std::uint64_t old = raw(at, size);
        through(at, size, changed(old, how, operand, size));
        return old;
    }
    const guard engine;
    event e = access_to(kind::read, at, size, "modify", order, place);
    e.modifies = true;
    const clock known = me().known;
    const int read = read_event(e, any_value);
    const std::uint64_t old = x->g[read].value;
    const unsigned events = x->g[read].place;
    const std::uint64_t fresh = changed(old, how, operand, size);
    if (fresh == old) {
        // For a loop that waits this is no more than a look.
        const bool wrote = me().wrote;
        const std::size_t rested = me().rested;
        auto looks = me().looks;
        write_after(read, fresh);
        me().wrote = wrote;
        me().rested = rested;
        me().looks = std::move(looks);
        note(at, size, memory::access::atomic_write, events, known);
        looked(read);
    } else {
        write_after(read, fresh);
        note(at, size, memory::access::atomic_write, events, known);
    }
    through(at, size, fresh);
    return old;
}

bool compare_exchange(const volatile void* at, unsigned size, std::uint64_t& expected, std::uint64_t desired,
                      std::memory_order success, std::memory_order failure, const where& place) {
    if (!active()) {
        const std::uint64_t old = raw(at, size);
        const bool same = old == expected;
        if (same) {
            through(at, size, desired);
        }
        expected = old;
        return same;
    }
    const guard engine;
    event e = access_to(kind::read, at, size, "compare_exchange", success, place);
    e.order_if_differs = order_at(site_of(place, "if differs", failure));
    e.compares = true;
    e.expected = expected;
    const clock known = me().known;
    const int read = read_event(e, any_value);
    const unsigned events = x->g[read].place;
    if (!x->g[read].exclusive) {
        expected = x->g[read].value;
        note(at, size, memory::access::atomic_read, events, known);
        looked(read);
        return false;
    }
    write_after(read, desired);
    note(at, size, memory::access::atomic_write, events, known);
    through(at, size, desired);
    return true;
}

void fence(std::memory_order order, const where& place) {
    if (!active()) {
        return;
    }
    const guard engine;
    const std::uint16_t site = site_of(place, "fence", order);
    if (x->orders[site] == no_fence || x->orders[site] == static_cast<int>(std::memory_order_relaxed)) {
        return;
    }
    simple(kind::fence, none, site, order_at(site));
}

namespace {
constexpr std::uintptr_t queues = std::uintptr_t{1} << 63;
constexpr std::uintptr_t barriers = std::uintptr_t{1} << 62;

void meet(unsigned thread, std::uint16_t site) {
    const int read = modify_hidden(hidden_location(barriers + 8 * thread), std::memory_order_acq_rel, site);
    write_after(read, x->g[read].value + 1);
}
}  // namespace

void light_fence(const where& place) {
    if (!active()) {
        return;
    }
    const guard engine;
    const std::uint16_t site = site_of(place, "light_fence", std::memory_order_seq_cst);
    if (x->orders[site] != no_fence && x->current != 0) {
        const bool wrote = me().wrote;
        const std::size_t rested = me().rested;
        auto looks = me().looks;
        meet(static_cast<unsigned>(x->current), site);
        me().wrote = wrote;  // for others it is no change
        me().rested = rested;
        me().looks = std::move(looks);
    }
}

bool membarrier_is_granted() noexcept {
    return x == nullptr || x->membarrier;
}

void deny_membarrier() noexcept {
    if (x != nullptr) {
        x->membarrier = false;
    }
}

void heavy_fence(const where& place) {
    if (!active()) {
        return;
    }
    const guard engine;
    const std::uint16_t site = site_of(place, "heavy_fence", std::memory_order_seq_cst);
    if (x->orders[site] == no_fence) {
        return;
    }
    simple(kind::fence, none, site, std::memory_order_seq_cst);
    if (!x->membarrier) {
        return;
    }
    for (unsigned t = 1; t < x->count; ++t) {
        if (static_cast<int>(t) != x->current) {
            meet(t, site);
        }
    }
    simple(kind::fence, none, site, std::memory_order_seq_cst);
}

namespace {

// Sleepers on an address: four bits each, thread + 1, the first in the lowest.
std::uint64_t with(std::uint64_t queue, unsigned thread) {
    unsigned at = 0;
    while (((queue >> at) & 15) != 0) {
        at += 4;
    }
    return queue | (std::uint64_t{thread + 1} << at);
}
bool has(std::uint64_t queue, unsigned thread) {
    for (; queue != 0; queue >>= 4) {
        if ((queue & 15) == thread + 1) {
            return true;
        }
    }
    return false;
}

void sleep_on(int queue, std::uint16_t site) {
    const auto mine = static_cast<unsigned>(x->current);
    const auto woken = [mine](std::uint64_t value) { return !has(value, mine); };
    event e = made(kind::read);
    e.location = static_cast<std::int16_t>(queue);
    e.site = site;
    const int number = read_event(e, woken);
    if (!woken(x->g[number].value)) {
        block({number});
    }
}

void wake(int queue, int count, std::uint16_t site) {
    const int read = modify_hidden(queue, std::memory_order_acq_rel, site);
    std::uint64_t sleepers = x->g[read].value;
    for (int i = 0; i < count && sleepers != 0; ++i) {
        sleepers >>= 4;
    }
    write_after(read, sleepers);
}

}  // namespace

void futex_wait(const void* word, std::uint32_t expected, bool timed, const where& place) {
    if (!active()) {
        return;
    }
    if (timed && choose(2) == 1) {
        return;
    }
    const guard engine;
    const std::uint16_t site = site_of(place, "futex_wait", std::memory_order_relaxed);
    const int queue = hidden_location(queues | reinterpret_cast<std::uintptr_t>(word));
    // The kernel looks at the word and puts the thread to sleep under one lock.
    const int read = modify_hidden(queue, std::memory_order_acq_rel, site);
    event e = made(kind::read);
    e.location = static_cast<std::int16_t>(location_at(word, 4));
    e.site = site;
    const clock known = me().known;
    const int at_word = read_event(e, any_value);
    note(word, 4, memory::access::atomic_read, x->g[at_word].place, known);
    const bool sleeps = static_cast<std::uint32_t>(x->g[at_word].value) == expected;
    const std::uint64_t before = x->g[read].value;
    write_after(read, sleeps ? with(before, static_cast<unsigned>(x->current)) : before);
    if (sleeps) {
        sleep_on(queue, site);
    }
}

void futex_wake(const void* word, int count, const where& place) {
    if (!active()) {
        return;
    }
    const guard engine;
    const std::uint16_t site = site_of(place, "futex_wake", std::memory_order_relaxed);
    wake(hidden_location(queues | reinterpret_cast<std::uintptr_t>(word)), count, site);
}

void relax(const where& place) {
    if (!active()) {
        return;
    }
    const guard engine;
    thread& t = me();
    if (!t.wrote && t.looks.size() == t.rested) {
        return;  // one pause after another
    }
    const std::uint16_t site = site_of(place, "pause", std::memory_order_relaxed);
    loop& here = x->loops[site];
    if (t.paused_at == site && here.is == loop::unknown) {
        // A whole round. One that writes nothing leaves everything as it was.
        if (!t.wrote) {
            here.is = loop::looks_only;
        } else if (++here.rounds_with_writes > 8) {
            here.is = loop::writes;
        }
        if (here.is != loop::unknown) {
            x->again = true;  // what has been tried so far went round needlessly
            leave_run();
        }
    }
    // Not after a round that wrote, though others of this loop do not: it may do something else the next time.
    if (here.is == loop::looks_only && !t.wrote && !t.looks.empty()) {
        std::vector<int> reads;
        for (const look& one : t.looks) {
            reads.push_back(one.number);
        }
        block(std::move(reads));
    }
    if (t.rounds++ >= (here.is == loop::writes ? 0 : 2) + x->how.most_rounds) {
        cut_off();
    }
    t.paused_at = site;
    t.wrote = false;
    t.looks.clear();
    t.rested = 0;
}

namespace {
bool take(const void* mutex, bool waits, const where& place) {
    event e = access_to(kind::read, mutex, 4, waits ? "lock" : "try_lock", std::memory_order_acquire, place);
    e.compares = true;
    e.expected = 0;
    const clock known = me().known;
    const int read = read_event(e, [waits](std::uint64_t value) { return !waits || value == 0; });
    note(mutex, 4, memory::access::atomic_write, x->g[read].place, known);
    if (!x->g[read].exclusive) {
        if (waits) {
            block({read});
        }
        looked(read);
        return false;
    }
    write_after(read, static_cast<std::uint64_t>(x->current) + 1);
    return true;
}

void give_back(const void* mutex, const where& place) {
    event e = access_to(kind::write, mutex, 4, "unlock", std::memory_order_release, place);
    e.value = 0;
    write_event(e);
}
}  // namespace

void lock(const void* mutex, const where& place) {
    if (active()) {
        const guard engine;
        take(mutex, true, place);
    }
}
bool try_lock(const void* mutex, const where& place) {
    if (!active()) {
        return true;
    }
    const guard engine;
    return take(mutex, false, place);
}
void unlock(const void* mutex, const where& place) {
    if (active()) {
        const guard engine;
        give_back(mutex, place);
    }
}

void wait(const void* condition, const void* mutex, bool timed, const where& place) {
    if (!active()) {
        return;
    }
    (void)timed;
    const guard engine;
    const std::uint16_t site = site_of(place, "wait", std::memory_order_relaxed);
    const int queue = hidden_location(queues | reinterpret_cast<std::uintptr_t>(condition));
    const int read = modify_hidden(queue, std::memory_order_acq_rel, site);
    write_after(read, with(x->g[read].value, static_cast<unsigned>(x->current)));
    give_back(mutex, place);
    sleep_on(queue, site);
    take(mutex, true, place);
}

void notify(const void* condition, int count, const where& place) {
    if (!active()) {
        return;
    }
    const guard engine;
    const std::uint16_t site = site_of(place, "notify", std::memory_order_relaxed);
    wake(hidden_location(queues | reinterpret_cast<std::uintptr_t>(condition)), count, site);
}

unsigned choose(unsigned n) {
    if (!active()) {
        return 0;
    }
    const guard engine;
    event e = made(kind::choice);
    int number = replayed(e);
    if (number == none) {
        for (unsigned i = 1; i < n; ++i) {
            graph copy = x->g;
            event other = e;
            other.value = i;
            copy.add(other);
            x->left.push_back(std::move(copy));
        }
        number = x->g.add(e);
        added(number);
    }
    did(number);
    return static_cast<unsigned>(x->g[number].value);
}

void fail(std::string_view why) {
    if (x == nullptr) {
        std::fprintf(stderr, "model: %.*s\n", static_cast<int>(why.size()), why.data());
        std::abort();
    }
    in_engine = true;
    fail_here(std::string(why));
}

void step(const char* name, long argument) {
    if (!active()) {
        return;
    }
    const guard engine;
    thread& t = me();
    t.now = {name, argument};
    t.looks.clear();
    t.rested = 0;
    t.wrote = false;
    t.rounds = 0;
    t.paused_at = none;
}

void outcome(std::string_view text) {
    if (!active()) {
        return;
    }
    const guard engine;
    x->outcome = text;
}

void threads(std::vector<std::function<void()>> bodies) {
    if (!active()) {
        return;
    }
    const guard engine;
    if (x->current != 0 || x->count != 1 || bodies.size() >= most_threads) {
        internal("threads() is called once, by the program itself, with at most 7 of them");
    }
    const int spawn = simple(kind::spawn);
    for (std::size_t i = 0; i < bodies.size(); ++i) {
        start(static_cast<unsigned>(i) + 1, std::move(bodies[i]));
        x->threads[i + 1].waits_for = spawn;
    }
    x->count = static_cast<unsigned>(bodies.size()) + 1;
    me().is = state::joining;
    to_scheduler();
    simple(kind::join);
}

// Plain memory.

namespace plain {

bool active() noexcept {
    return model::active();
}

void access(const volatile void* at, std::size_t bytes, bool writes) {
    if (!active() || bytes == 0) {
        return;
    }
    const guard engine;
    if (reinterpret_cast<std::uintptr_t>(at) < 4096) {
        fail_here("a null pointer is followed");
    }
    note(at, bytes, writes ? memory::access::plain_write : memory::access::plain_read, me().next, me().known);
}

void* allocate(std::size_t bytes, std::size_t alignment) {
    if (!active()) {
        return nullptr;
    }
    const guard engine;
    void* got = memory::allocate(static_cast<unsigned>(x->current), bytes, alignment);
    if (got == nullptr) {
        internal("the program allocates more than the model has");
    }
    return got;
}

bool release(void* address) {
    if (!memory::owns(address)) {
        return false;
    }
    if (active()) {
        const guard engine;
        std::string wrong = memory::free(address, static_cast<unsigned>(x->current), me().next, me().known);
        if (!wrong.empty()) {
            fail_here(std::move(wrong));
        }
    }
    return true;
}

}  // namespace plain

}  // namespace handoff::model
