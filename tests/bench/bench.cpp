// greenroom_bench [PATTERN]: runs the benchmarks in whose names PATTERN, a regular expression, is
// found, each in a process of its own, so that the memory of one does not stand in the figures of
// another. A name typed in full means that one alone.
// greenroom_bench --list: prints their names.
#include "bench.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

namespace bench {

namespace {

Benchmark* first = nullptr;

std::int64_t from_environment(const char* name, std::int64_t fallback) {
    const char* const text = std::getenv(name);
    const std::int64_t value = text == nullptr ? 0 : std::atoll(text);
    return value > 0 ? value : fallback;
}

std::vector<const Benchmark*> matching(const std::string& pattern) {
    const std::regex wanted{pattern, std::regex::extended};
    std::vector<const Benchmark*> found;
    for (const Benchmark* each = first; each != nullptr; each = each->next) {
        if (each->name == pattern) return {each};
        if (std::regex_search(each->name, wanted)) found.push_back(each);
    }
    std::ranges::sort(found, {}, [](const Benchmark* each) { return std::string{each->name}; });
    return found;
}

bool run_apart(const Benchmark& benchmark) {
    const pid_t child = fork();
    if (child == 0) {
        print(benchmark.name, benchmark.warm_figure(asked_run()), benchmark.unit);
        std::_Exit(0);
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace

Benchmark::Benchmark(const char* its_name, const char* its_unit, double (*its_measure)(const Run&),
                     bool is_warm) noexcept
    : name{its_name}, unit{its_unit}, measure{its_measure}, warm{is_warm}, next{first} {
    first = this;
}

const Benchmark& find(const char* name) {
    const auto found = matching(name);
    if (found.size() != 1) std::abort();
    return *found.front();
}

Run asked_run() {
    return {static_cast<int>(from_environment("WORKERS", 2)), from_environment("SCALE", 1)};
}

void print(const char* name, double value, const char* unit) {
    std::printf("greenroom %s %.2f %s\n", name, value, unit);
    std::fflush(stdout);
}

double status_bytes(const char* key) {
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);) {
        if (line.compare(0, std::strlen(key), key) == 0) {
            return 1024 * std::atof(line.c_str() + std::strlen(key) + 1);
        }
    }
    return 0;
}

}  // namespace bench

int main(int argc, char** argv) {
    const std::string pattern = argc > 1 ? argv[1] : "";
    if (pattern == "--list") {
        for (const bench::Benchmark* each : bench::matching("")) std::puts(each->name);
        return 0;
    }
    std::vector<const bench::Benchmark*> chosen;
    try {
        chosen = bench::matching(pattern);
    } catch (const std::regex_error& error) {
        std::fprintf(stderr, "no regular expression: '%s': %s\n", pattern.c_str(), error.what());
        return 2;
    }
    if (chosen.empty()) {
        std::fprintf(stderr, "no benchmark matches '%s'; --list prints their names\n",
                     pattern.c_str());
        return 2;
    }
    bool well = true;
    for (const bench::Benchmark* each : chosen) well = bench::run_apart(*each) && well;
    return well ? 0 : 1;
}
