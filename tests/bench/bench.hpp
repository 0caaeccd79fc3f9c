// What the benchmarks share: their table, the clock, the process's memory, the line of a result.
//
// The work of each is that of the peers' programs (peers/), so that the figures may be compared.
#pragma once

#include <chrono>
#include <cstdint>
#include <greenroom/actors/system.hpp>

namespace bench {

// One benchmark, by the name that a user types. Made as a global object, which lists it.
struct Benchmark {
    Benchmark(const char* its_name, void (*its_run)()) noexcept;

    const char* name;
    void (*run)();
    Benchmark* next;
};

// Workers of the runtime: environment WORKERS, default 2.
int workers();
// `count`, divided by environment SCALE (default 1), at least 1.
std::int64_t scaled(std::int64_t count);

greenroom::SystemOptions options();

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
