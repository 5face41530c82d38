#include "sweep.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>

#include "costs_of_any_point.hpp"
#include "output.hpp"
#include "text.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

namespace {

using nlohmann::json;

/// A JSON value with its place in the file, so that every complaint can say where.
struct node {
    const json& value;
    std::string file;
    std::string path;

    std::string place() const { return file + ": " + (path.empty() ? "top level" : path); }
    [[noreturn]] void refuse(const std::string& wanted) const {
        std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
        if (text.size() > 60) {
            text = text.substr(0, 57) + "...";
        }
        throw usage_error(text + " (" + place() + "): expected " + wanted);
    }
    node at(const std::string& key) const {
        return {value.at(key), file, path.empty() ? key : path + "." + key};
    }
    std::vector<node> elements(const std::string& wanted) const {
        if (!value.is_array() || value.empty()) {
            refuse(wanted);
        }
        std::vector<node> all;
        for (std::size_t i = 0; i < value.size(); ++i) {
            all.push_back({value[i], file, path + "[" + std::to_string(i) + "]"});
        }
        return all;
    }
    void keys_among(const std::vector<std::string>& known) const {
        if (!value.is_object()) {
            refuse("an object");
        }
        for (const auto& [key, ignored] : value.items()) {
            if (std::ranges::find(known, key) == known.end()) {
                throw usage_error("unknown key '" + printable(key) + "' (" + place() +
                                  "): legal: " + joined(known));
            }
        }
    }
    bool has(const std::string& key) const { return value.contains(key); }
    std::string text() const {
        if (!value.is_string()) {
            refuse("a string");
        }
        return value.get<std::string>();
    }
    requested_value scalar() const {
        if (value.is_string()) {
            return {value.get<std::string>(), place()};
        }
        if (value.is_number()) {
            return {value.dump(), place()};
        }
        refuse("a number or a word");
    }
    std::vector<requested_value> scalars() const {
        std::vector<requested_value> all;
        for (const node& element : elements("a list of values, not empty")) {
            all.push_back(element.scalar());
        }
        return all;
    }
};

block read_block(const node& n) {
    std::vector<std::string> known{"family", "workload", "impl", "max_slowdown", "measure", "oversubscribed"};
    for (const axis& a : axes()) {
        known.emplace_back(a.name);
    }
    n.keys_among(known);
    block result;
    result.place = n.place();
    if (!n.has("family")) {
        throw usage_error("a block without family (" + n.place() + "): name one, e.g. \"family\": \"queues\"");
    }
    result.families = {n.at("family").scalar()};
    if (n.has("workload")) {
        result.workloads = n.at("workload").scalars();
    }
    if (n.has("impl")) {
        result.impls = n.at("impl").scalars();
    }
    if (n.has("max_slowdown")) {
        const node most = n.at("max_slowdown");
        if (!most.value.is_number() || most.value.get<double>() <= 1 || most.value.get<double>() > 100) {
            most.refuse("a number above 1 and at most 100: 1.05 is 5% slower");
        }
        result.max_slowdown = most.value.get<double>();
    }
    if (n.has("measure")) {
        result.measure = n.at("measure").text();
        if (std::ranges::find(costs_of_any_point, result.measure) == std::end(costs_of_any_point)) {
            n.at("measure").refuse("one of " + joined(costs_of_any_point));
        }
    }
    if (n.has("oversubscribed")) {
        if (!n.value["oversubscribed"].is_boolean()) {
            n.at("oversubscribed")
                .refuse(
                    "true or false: false leaves out points with more threads than CPUs, true not even those "
                    "that stall there");
        }
        result.oversubscribed = n.value["oversubscribed"].get<bool>();
    }
    for (const axis& a : axes()) {
        const std::string key(a.name);
        if (n.has(key)) {
            result.axes[key] = n.at(key).scalars();
        }
    }
    return result;
}

ratio_request read_ratio(const node& n) {
    n.keys_among({"label", "numerator", "denominator", "at_most"});
    for (const char* key : {"label", "numerator", "denominator"}) {
        if (!n.has(key)) {
            throw usage_error(std::string("a ratio without ") + key + " (" + n.place() + ")");
        }
    }
    ratio_request result{n.at("label").text(), n.at("numerator").text(), n.at("denominator").text(), {}};
    if (n.has("at_most")) {
        if (!n.value["at_most"].is_number() || n.value["at_most"].get<double>() <= 0) {
            n.at("at_most").refuse("a positive number");
        }
        result.at_most = n.value["at_most"].get<double>();
    }
    return result;
}

}  // namespace

std::string readable_again(const std::string& path) {
    static std::map<std::string, std::string> kept;
    if (const auto found = kept.find(path); found != kept.end()) {
        return found->second;
    }
    std::error_code none;
    if (!std::filesystem::exists(path, none) || std::filesystem::is_regular_file(path, none) ||
        std::filesystem::is_directory(path, none)) {
        return path;
    }
    std::ifstream pipe(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(pipe)), std::istreambuf_iterator<char>());
    const int fd = memfd_create("sweep", MFD_CLOEXEC);
    if (fd < 0) {
        throw std::system_error(errno, std::generic_category(), path);
    }
    write_all(fd, text, path);
    return kept.emplace(path, "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fd)).first->second;
}

sweep read_sweep(const std::string& path) {
    std::ifstream file(readable_again(path));
    if (!file) {
        throw usage_error("cannot read " + path +
                          " (sweep file): name a file of sweeps/, such as sweeps/quick.json");
    }
    // What reads and prints JSON calls itself for each bracket: some thousands of them end the stack.
    constexpr int deepest = 16;
    const auto not_too_deep = [&](int depth, json::parse_event_t, const json&) {
        if (depth > deepest) {
            throw usage_error(path + " (sweep file): brackets nested deeper than " + std::to_string(deepest) +
                              ": a sweep has three levels of them");
        }
        return true;
    };
    json parsed;
    try {
        parsed = json::parse(file, not_too_deep);
    } catch (const json::exception& e) {
        // "[json.exception.parse_error.101] parse error at line 1, column 3: ...": ours begins after the
        // bracket
        std::string what = e.what();
        what.erase(0, what.find("] ") == std::string::npos ? 0 : what.find("] ") + 2);
        throw usage_error(path + " is not JSON: " + what);
    }
    const node top{parsed, path, ""};
    top.keys_among({"name", "description", "repetitions", "min_time_seconds", "timeout_seconds",
                    "retry_contaminated", "retry_budget_percent", "blocks", "ratios"});
    sweep result;
    result.file = path;
    if (!top.has("name") || !top.has("blocks")) {
        throw usage_error(path + ": a sweep needs name and blocks");
    }
    result.name = top.at("name").text();
    if (result.name.empty() ||
        result.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") != std::string::npos) {
        top.at("name").refuse("lower-case letters, digits, '_' and '-': it names a folder");
    }
    if (top.has("repetitions")) {
        result.repetitions =
            static_cast<unsigned>(parse_count("repetitions", top.at("repetitions").scalar(), 1, 10000));
    }
    if (top.has("min_time_seconds")) {
        result.min_time_seconds = parse_seconds("min_time_seconds", top.at("min_time_seconds").scalar());
    }
    if (top.has("timeout_seconds")) {
        result.timeout_seconds = parse_seconds("timeout_seconds", top.at("timeout_seconds").scalar());
    }
    if (top.has("retry_contaminated")) {
        result.retry_contaminated = static_cast<unsigned>(
            parse_count("retry_contaminated", top.at("retry_contaminated").scalar(), 0, 1000));
    }
    if (top.has("retry_budget_percent")) {
        result.retry_budget_percent = static_cast<unsigned>(
            parse_count("retry_budget_percent", top.at("retry_budget_percent").scalar(), 1, 1000));
    }
    for (const node& element : top.at("blocks").elements("a list of blocks, not empty")) {
        result.blocks.push_back(read_block(element));
    }
    if (top.has("ratios")) {
        for (const node& element : top.at("ratios").elements("a list of ratios, not empty")) {
            result.ratios.push_back(read_ratio(element));
        }
    }
    return result;
}

std::vector<block_file> files_of_blocks(const std::string& path) {
    std::ifstream file(readable_again(path));
    const json parsed = json::parse(file);
    std::vector<block_file> files;
    for (json block : parsed.at("blocks")) {
        block.erase("max_slowdown");
        block.erase("measure");
        const auto text = [](const json& one) {
            return json{{"name", "gate"}, {"blocks", json::array({one})}}.dump();
        };
        block_file made{text(block), {}};
        if (const json impls = block.value("impl", json::array()); impls.size() > 1) {
            for (const json& impl : impls) {
                block["impl"] = json::array({impl});
                made.by_impl.push_back(text(block));
            }
        }
        files.push_back(std::move(made));
    }
    return files;
}

bool add_flag(block& into, std::string_view name, std::string_view values) {
    std::vector<requested_value>* list = nullptr;
    if (name == "workload") {
        list = &into.workloads;
    } else if (name == "impl") {
        list = &into.impls;
    } else if (find_axis(name) != nullptr) {
        list = &into.axes[std::string(name)];
    } else {
        return false;
    }
    for (const std::string_view text : split(values, ',')) {
        list->push_back({std::string(text), "--" + std::string(name)});
    }
    return true;
}

}  // namespace handoff::harness
