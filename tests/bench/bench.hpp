// What the benchmarks share: their table, the clock, the process's memory, the line of a result.
//
// The work of each is that of the peers' programs (peers/), so that the figures may be compared.
#pragma once

#include <chrono>
#include <cstdint>
#include <greenroom/actors/system.hpp>

namespace bench {

// How one run is made.
struct Run {
    int workers = 2;          // of the runtime
    std::int64_t divide = 1;  // the size of the work, by this

    // `count`, divided, at least 1.
    std::int64_t count(std::int64_t count) const noexcept {
        return count / divide < 1 ? 1 : count / divide;
    }
    Run tenth() const noexcept { return {workers, divide * 10}; }
    greenroom::SystemOptions options() const { return {.runtime = {.workers = workers}}; }
};

// One benchmark, by the name that a user types. Made as a global object, which lists it.
struct Benchmark {
    // `measure` makes one run and returns its figure. A run of a tenth comes before it, if it is to
    // be warm.
    Benchmark(const char* its_name, const char* its_unit, double (*its_measure)(const Run&),
              bool is_warm = true) noexcept;

    double warm_figure(const Run& run) const {
        if (warm) measure(run.tenth());
        return measure(run);
    }

    const char* name;
    const char* unit;
    double (*measure)(const Run& run);
    bool warm;
    Benchmark* next;
};

// The one of that name; ends the process if there is none.
const Benchmark& find(const char* name);

// The run that the environment asks for: WORKERS, default 2; SCALE, which divides, default 1.
Run asked_run();

// "greenroom <name> <value> <unit>".
void print(const char* name, double value, const char* unit);

// A line of /proc/self/status, as VmRSS, in bytes.
double status_bytes(const char* key);

// Nanoseconds that `work` takes.
template <class Work>
double time_ns(const Work& work) {
    const auto begun = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begun)
        .count();
}

// Keeps the compiler from leaving out what makes `value`.
template <class T>
void keep(const T& value) {
    asm volatile("" : : "r,m"(value) : "memory");
}

}  // namespace bench
