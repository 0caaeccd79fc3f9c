#include "processors.hpp"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

namespace greenroom::detail {

namespace {

// "max 100000", or "150000 100000": microseconds of each period. 0: no quota.
double quota_of_version_2(const std::string& folder) {
    std::ifstream file{folder + "/cpu.max"};
    std::string quota;
    double period = 0;
    if (!(file >> quota >> period) || period <= 0 || quota == "max") return 0;
    return std::strtod(quota.c_str(), nullptr) / period;
}

double quota_of_version_1(const std::string& folder) {
    double quota = 0;
    double period = 0;
    std::ifstream{folder + "/cpu.cfs_quota_us"} >> quota;
    std::ifstream{folder + "/cpu.cfs_period_us"} >> period;
    return quota > 0 && period > 0 ? quota / period : 0;  // -1: no quota
}

double stricter(double left, double right) {
    if (left == 0 || right == 0) return std::max(left, right);
    return std::min(left, right);
}

// Of the group at `path` below `mount`, and of those around it. In a container the path may be the
// host's, and lead nowhere: then the mount itself is the group.
double strictest(const std::string& mount, std::string path,
                 double (*quota_of)(const std::string&)) {
    double quota = quota_of(mount);
    while (path.size() > 1) {
        quota = stricter(quota, quota_of(mount + path));
        path.resize(path.find_last_of('/'));
    }
    return quota;
}

// True if one of the names between commas is "cpu".
bool controls_cpu(const std::string& controllers) {
    std::istringstream names{controllers};
    for (std::string name; std::getline(names, name, ',');) {
        if (name == "cpu") return true;
    }
    return false;
}

}  // namespace

std::vector<int> allowed_processors() {
    std::vector<int> allowed;
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        for (int i = 0; i < CPU_SETSIZE; ++i) {
            if (CPU_ISSET(i, &set)) allowed.push_back(i);
        }
    }
    if (allowed.empty()) allowed.push_back(0);
    return allowed;
}

void bind_thread(const std::vector<int>& processors) noexcept {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int processor : processors) CPU_SET(processor, &set);
    sched_setaffinity(0, sizeof set, &set);  // 0: the calling thread
}

double processor_quota(const std::string& root) {
    const std::string groups = root + "/sys/fs/cgroup";
    double quota = 0;
    std::ifstream lines{root + "/proc/self/cgroup"};
    // "0::/path" of version 2, "4:cpu,cpuacct:/path" of version 1; both where they are mixed.
    for (std::string line; std::getline(lines, line);) {
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == line.npos || second == line.npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const std::string path = line.substr(second + 1);
        if (controllers.empty()) {
            quota = stricter(quota, strictest(groups, path, &quota_of_version_2));
        } else if (controls_cpu(controllers)) {
            const double of_group =
                strictest(groups + "/" + controllers, path, &quota_of_version_1);
            const double of_alias = strictest(groups + "/cpu", path, &quota_of_version_1);
            quota = stricter(quota, stricter(of_group, of_alias));
        }
    }
    return quota;
}

int usable_processors(const std::string& root) {
    const auto allowed = static_cast<int>(allowed_processors().size());
    const double quota = processor_quota(root);
    if (quota <= 0 || quota >= allowed) return allowed;
    return std::max(static_cast<int>(std::ceil(quota)), 1);
}

}  // namespace greenroom::detail
