// A history in its SQLite file.
#include "history.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>

#include "usage_error.hpp"

namespace handoff::harness {

namespace {

constexpr int application_id = 0x48414e44;  // "HAND": tells our files from other SQLite files
constexpr int schema_version = 1;
constexpr int busy_milliseconds = 2000;

constexpr const char* schema = R"(
CREATE TABLE adds (
    id          INTEGER PRIMARY KEY,
    digest      TEXT NOT NULL UNIQUE,
    run         TEXT NOT NULL,
    "commit"    TEXT NOT NULL,
    date        TEXT NOT NULL,
    machine     TEXT NOT NULL,
    environment TEXT NOT NULL,
    reference   TEXT NOT NULL
);
CREATE TABLE ratios (
    "add"                 INTEGER NOT NULL REFERENCES adds(id),
    point                 TEXT NOT NULL,
    ratio                 REAL NOT NULL CHECK (ratio > 0),
    low                   REAL,
    high                  REAL,
    base_repetitions      INTEGER NOT NULL,
    candidate_repetitions INTEGER NOT NULL,
    PRIMARY KEY ("add", point)
);
)";

[[noreturn]] void refuse(const std::string& path, sqlite3* file, int code) {
    const std::string says = file == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(file);
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            throw usage_error(path + ": locked by another process for " +
                              std::to_string(busy_milliseconds / 1000) +
                              " s; nothing was changed: run it again when that is done");
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT:
            throw usage_error(path + ": no history, or a corrupt one (" + says +
                              "); name another file with --db, or bring back a copy of this one");
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
            throw usage_error(path + ": cannot open or write it (" + says + ")");
        default:
            throw usage_error(path + ": " + says);
    }
}

class statement {
public:
    statement(const std::string& path, sqlite3* file, const char* text) : path_(path), file_(file) {
        const int code = sqlite3_prepare_v2(file, text, -1, &prepared_, nullptr);
        if (code != SQLITE_OK) {
            refuse(path_, file_, code);
        }
    }
    ~statement() { sqlite3_finalize(prepared_); }
    statement(const statement&) = delete;
    statement& operator=(const statement&) = delete;

    statement& bind(int place, const std::string& text) {
        sqlite3_bind_text(prepared_, place, text.c_str(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
        return *this;
    }
    statement& bind(int place, double value) {
        sqlite3_bind_double(prepared_, place, value);
        return *this;
    }
    statement& bind(int place, std::int64_t value) {
        sqlite3_bind_int64(prepared_, place, value);
        return *this;
    }
    statement& bind(int place, const std::optional<double>& value) {
        value ? sqlite3_bind_double(prepared_, place, *value) : sqlite3_bind_null(prepared_, place);
        return *this;
    }
    /// False: no more rows.
    bool step() {
        const int code = sqlite3_step(prepared_);
        if (code != SQLITE_ROW && code != SQLITE_DONE) {
            refuse(path_, file_, code);
        }
        return code == SQLITE_ROW;
    }
    void again() {
        sqlite3_reset(prepared_);
        sqlite3_clear_bindings(prepared_);
    }
    std::string text(int column) const {
        const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(prepared_, column));
        const int size = sqlite3_column_bytes(prepared_, column);  // a NUL may stand among them
        return bytes == nullptr ? "" : std::string(bytes, static_cast<std::size_t>(size));
    }
    double number(int column) const { return sqlite3_column_double(prepared_, column); }
    std::int64_t whole(int column) const { return sqlite3_column_int64(prepared_, column); }
    std::optional<double> maybe(int column) const {
        return sqlite3_column_type(prepared_, column) == SQLITE_NULL ? std::nullopt
                                                                     : std::optional(number(column));
    }

private:
    const std::string& path_;
    sqlite3* file_;
    sqlite3_stmt* prepared_ = nullptr;
};

void execute(const std::string& path, sqlite3* file, const char* text) {
    if (const int code = sqlite3_exec(file, text, nullptr, nullptr, nullptr); code != SQLITE_OK) {
        refuse(path, file, code);
    }
}

/// Takes back what is not committed when it goes out of scope.
class transaction {
public:
    transaction(const std::string& path, sqlite3* file) : path_(path), file_(file) {
        execute(path, file, "BEGIN IMMEDIATE");
    }
    ~transaction() {
        if (!done_) {
            sqlite3_exec(file_, "ROLLBACK", nullptr, nullptr, nullptr);
        }
    }
    transaction(const transaction&) = delete;
    transaction& operator=(const transaction&) = delete;
    void commit() {
        execute(path_, file_, "COMMIT");
        done_ = true;
    }

private:
    const std::string& path_;
    sqlite3* file_;
    bool done_ = false;
};

}  // namespace

const std::string history::not_built;

history::history(const std::string& path, bool may_create) : path_(path) {
    std::error_code unknown;  // then SQLite says why
    const auto kind = std::filesystem::status(path, unknown).type();
    const bool there = std::filesystem::exists(path, unknown);
    if (there && kind != std::filesystem::file_type::regular) {
        throw usage_error(path + ": a " +
                          (kind == std::filesystem::file_type::directory ? "folder" : "device or pipe") +
                          "; a history is kept in a file");
    }
    if (!there && !may_create) {
        throw usage_error(path + ": no such history; `handoff history add` makes one");
    }
    const int how = may_create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
    int code = sqlite3_open_v2(path.c_str(), &file_, how, nullptr);
    if (code != SQLITE_OK && !may_create) {  // shown from where nothing may be written
        sqlite3_close(file_);
        code = sqlite3_open_v2(path.c_str(), &file_, SQLITE_OPEN_READONLY, nullptr);
    }
    try {
        if (code != SQLITE_OK) {
            refuse(path_, file_, code);
        }
        sqlite3_busy_timeout(file_, busy_milliseconds);
        statement is(path_, file_, "PRAGMA application_id");
        statement version(path_, file_, "PRAGMA user_version");
        statement tables(path_, file_, "SELECT count(*) FROM sqlite_master");
        is.step();
        version.step();
        tables.step();
        if (is.whole(0) == 0 && tables.whole(0) == 0) {
            if (!may_create) {
                throw usage_error(path_ + ": an empty history; `handoff history add` fills it");
            }
            is.again();
            version.again();
            tables.again();
            transaction making(path_, file_);
            statement still(path_, file_, "SELECT count(*) FROM sqlite_master");
            still.step();
            if (still.whole(0) == 0) {  // else another add has made it meanwhile
                still.again();
                execute(path_, file_, schema);
                execute(path_, file_, ("PRAGMA application_id = " + std::to_string(application_id)).c_str());
                execute(path_, file_, ("PRAGMA user_version = " + std::to_string(schema_version)).c_str());
            }
            still.again();
            making.commit();
        } else if (is.whole(0) != application_id) {
            throw usage_error(path_ + ": an SQLite file, but no history of ours; name another with --db");
        } else if (version.whole(0) != schema_version) {
            throw usage_error(path_ + ": a history of version " + std::to_string(version.whole(0)) +
                              ": legal: " + std::to_string(schema_version));
        }
        statement check(path_, file_, "PRAGMA quick_check(1)");
        if (check.step() && check.text(0) != "ok") {
            std::string finding = check.text(0);
            std::ranges::replace(finding, '\n', ' ');
            throw usage_error(path_ + ": a corrupt history (" + finding +
                              "); name another file with --db, or bring back a copy of this one");
        }
    } catch (...) {
        sqlite3_close(file_);
        throw;
    }
}

history::~history() {
    sqlite3_close(file_);
}

std::string history::reference() const {
    statement first(path_, file_, "SELECT reference FROM adds ORDER BY id LIMIT 1");
    return first.step() ? first.text(0) : "";
}

bool history::add(const history_add& one) {
    transaction adding(path_, file_);
    {
        statement there(path_, file_, "SELECT 1 FROM adds WHERE digest = ?");
        if (there.bind(1, one.digest).step()) {
            return false;
        }
    }
    if (const std::string first = reference(); !first.empty() && first != one.reference) {
        throw usage_error(path_ + ": its ratios are to the reference build " + first + ", not to " +
                          one.reference +
                          "; ratios to two builds are no series: begin another history with --db");
    }
    {
        statement insert(path_, file_,
                         "INSERT INTO adds (digest, run, \"commit\", date, machine, environment, reference) "
                         "VALUES (?, ?, ?, ?, ?, ?, ?)");
        insert.bind(1, one.digest).bind(2, one.id).bind(3, one.commit).bind(4, one.date).bind(5, one.machine);
        insert.bind(6, one.environment).bind(7, one.reference).step();
    }
    const std::int64_t id = sqlite3_last_insert_rowid(file_);
    statement insert(
        path_, file_,
        "INSERT INTO ratios (\"add\", point, ratio, low, high, base_repetitions, candidate_repetitions) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)");
    for (const history_ratio& r : one.ratios) {
        insert.bind(1, id).bind(2, r.point).bind(3, r.ratio).bind(4, r.low).bind(5, r.high);
        insert.bind(6, static_cast<std::int64_t>(r.base_repetitions));
        insert.bind(7, static_cast<std::int64_t>(r.candidate_repetitions)).step();
        insert.again();
    }
    adding.commit();
    return true;
}

std::vector<history_series> history::series() const {
    // By the moment that dates name, whatever their offsets; dates that name none last, in the order of their
    // adds.
    statement rows(path_, file_,
                   "SELECT point, machine, \"commit\", date, run, ratio, low, high, base_repetitions, "
                   "candidate_repetitions FROM ratios JOIN adds ON adds.id = ratios.\"add\" "
                   "ORDER BY point, machine, julianday(date) IS NULL, julianday(date), adds.id");
    std::vector<history_series> all;
    while (rows.step()) {
        const std::string point = rows.text(0);
        const std::string machine = rows.text(1);
        if (all.empty() || all.back().point != point || all.back().machine != machine) {
            all.push_back({point, machine, {}, {}, 0, 0});
        }
        const double ratio = rows.number(5);
        if (!(ratio > 0) || !std::isfinite(ratio)) {
            throw usage_error(path_ + ": a ratio of " + point + " is " + rows.text(5) + ": ratios are above 0");
        }
        if (rows.whole(8) < 0 || rows.whole(9) < 0) {
            throw usage_error(path_ + ": a ratio of " + point + " is of fewer than 0 repetitions");
        }
        // An interval whose other end nobody knows is none.
        auto low = rows.maybe(6);
        auto high = rows.maybe(7);
        if (low && high && !(*low > 0 && std::isfinite(*low) && std::isfinite(*high))) {
            low = high = std::nullopt;
        }
        all.back().entries.push_back({rows.text(2),
                                      rows.text(3),
                                      rows.text(4),
                                      {point, ratio, low, high, static_cast<std::size_t>(rows.whole(8)),
                                       static_cast<std::size_t>(rows.whole(9))}});
    }
    return all;
}

}  // namespace handoff::harness
