#include "cpu_quota.hpp"

#include <fstream>
#include <sstream>
#include <vector>

#include "kernel_files.hpp"

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;

/// A folder of a control group that has a say in CPU time.
struct group_folder {
    fs::path folder;
    bool second;  ///< version of control groups
};

/// This process's group and its parents.
std::vector<group_folder> groups_of_this_process(const fs::path& root) {
    std::vector<group_folder> all;
    std::ifstream groups(root / "proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {  // 0::/user.slice, or 4:cpu,cpuacct:/docker/...
        std::stringstream parts(line);
        std::string id;
        std::string controllers;
        std::string path;
        std::getline(std::getline(std::getline(parts, id, ':'), controllers, ':'), path);
        const bool second = id == "0" && controllers.empty();
        if (!second && ("," + controllers + ",").find(",cpu,") == std::string::npos) {
            continue;
        }
        const fs::path top = root / "sys/fs/cgroup" / (second ? "" : controllers);
        for (fs::path below = fs::path(path).relative_path();; below = below.parent_path()) {
            all.push_back({top / below, second});
            if (below.empty()) {
                break;
            }
        }
    }
    return all;
}

}  // namespace

std::optional<cpu_quota> read_cpu_quota(const fs::path& root) {
    std::optional<cpu_quota> scarcest;
    for (const group_folder& group : groups_of_this_process(root)) {
        fs::path file;
        double quota = -1;
        double period = 0;
        if (group.second) {
            file = group.folder / "cpu.max";
            std::ifstream(file) >> quota >> period;  // "max 100000" has no number in front
        } else {
            file = group.folder / "cpu.cfs_quota_us";
            quota = number_in<double>(file).value_or(-1);  // -1: none
            period = number_in<double>(group.folder / "cpu.cfs_period_us").value_or(0);
        }
        if (quota > 0 && period > 0 && (!scarcest || quota / period < scarcest->cpus)) {
            scarcest = {quota / period, "/" + fs::relative(file, root).string()};
        }
    }
    return scarcest;
}

std::optional<std::uint64_t> throttled_periods(const fs::path& root) {
    std::optional<std::uint64_t> sum;
    for (const group_folder& group : groups_of_this_process(root)) {
        std::ifstream stat(group.folder / "cpu.stat");
        std::string key;
        std::uint64_t value = 0;
        while (stat >> key >> value) {
            if (key == "nr_throttled") {
                sum = sum.value_or(0) + value;
            }
        }
    }
    return sum;
}

std::optional<std::uint64_t> throttled_between(std::optional<std::uint64_t> before,
                                               std::optional<std::uint64_t> after) {
    if (!before || !after) {
        return std::nullopt;
    }
    return *after > *before ? *after - *before : 0;
}

}  // namespace handoff::harness
