// A million idle actors, and beside them 100,000 fibers suspended in ask: what each of them costs.
//
// Prints the kernel, the guard tier and, for each kind, VmRSS and VmPTE in bytes for one; the same
// for suspended fibers after 10,000 handlers that used 100 KiB of stack, and the memory before and
// after those. Fails above the aims: 400 and 6,000 bytes of VmRSS, and 10 % after the deep ones.
// Not under AddressSanitizer: the measure is of a program as users build it.
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/semaphore.hpp>
#include <greenroom/core/sleep.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/memory.hpp"
#include "support/require.hpp"

namespace {

using namespace greenroom;
using namespace std::chrono_literals;

constexpr int idle_actors = 1'000'000;
constexpr int parked_fibers = 100'000;
constexpr int deep_handlers = 10'000;
constexpr double idle_bytes_max = 400;
constexpr double parked_bytes_max = 6'000;
constexpr double growth_max = 1.10;
constexpr Duration calm_max = 20s;  // how long memory may take to go back

std::string first_line(const char* path) {
    std::ifstream file{path};
    std::string line;
    std::getline(file, line);
    return line;
}

// Bytes, from the kernel's account of this process.
struct Memory {
    double resident = 0;
    double page_tables = 0;

    static Memory now() { return {support::memory_bytes("VmRSS"), support::memory_bytes("VmPTE")}; }
};

struct Touch {};

class Idler : public Actor {
public:
    void on(Touch) { ++touched_; }

private:
    int touched_ = 0;
};

struct Question {};
struct Hold {
    Event* go_on;
};

// Keeps its askers waiting while it is held.
class Oracle : public Actor {
public:
    int on(Question) { return 42; }
    void on(Hold hold) { hold.go_on->wait(); }
};

struct Ask {
    Ref<Oracle> oracle;
    Semaphore* answered;
};
struct AskFromBelow {
    Ask ask;
};

class Asker : public Actor {
public:
    void on(const Ask& ask) { wait_for(ask); }
    void on(const AskFromBelow& below) { use_stack(100, below.ask); }

private:
    static void wait_for(const Ask& ask) {
        ask.oracle.ask(Question{}, 1h);
        ask.answered->release();
    }
    // So many KiB.
    static int use_stack(int left, const Ask& ask) {
        std::array<volatile char, 1000> used{};
        used[0] = 1;
        if (left > 0) return use_stack(left - 1, ask) + used[0];
        wait_for(ask);
        return used[0];
    }
};

// Has so many askers suspended in an ask at once, looks at the memory, and lets them go.
template <class How>
Memory park(System& system, const std::vector<Ref<Asker>>& askers, int count) {
    Event go_on;
    Semaphore answered{0};
    auto oracle = system.spawn<Oracle>();
    oracle.tell(Hold{&go_on});
    const auto suspended = [&] {
        std::uint64_t sum = 0;
        for (const WorkerStats& worker : system.runtime().stats().workers) sum += worker.suspends;
        return sum;
    };
    const std::uint64_t before = suspended();
    for (int i = 0; i < count; ++i)
        askers[static_cast<std::size_t>(i)].tell<How>(Ask{oracle, &answered});
    while (suspended() < before + static_cast<std::uint64_t>(count)) sleep_for(1ms);
    const Memory parked = Memory::now();
    go_on.set();
    answered.acquire(static_cast<std::size_t>(count));
    oracle.stop();
    return parked;
}

// When memory has fallen to `goal`, or has had time enough.
Memory calm_down(double goal) {
    const Deadline deadline = Deadline::after(calm_max);
    while (Memory::now().resident > goal && !deadline.has_passed()) sleep_for(10ms);
    return Memory::now();
}

double report(const char* what, const Memory& before, const Memory& after, int count) {
    const double resident = (after.resident - before.resident) / count;
    std::printf("%-28s VmRSS %7.1f  VmPTE %5.1f  bytes each, of %d\n", what, resident,
                (after.page_tables - before.page_tables) / count, count);
    return resident;
}

void idle(System& system, std::vector<Ref<Idler>>& idlers) {
    idlers.reserve(idle_actors);
    const Memory before = Memory::now();
    for (int i = 0; i < idle_actors; ++i) idlers.push_back(system.spawn<Idler>());
    const Memory after = Memory::now();
    support::require(report("idle actor", before, after, idle_actors) <= idle_bytes_max,
                     "idle actor");
}

void parked(System& system) {
    std::vector<Ref<Asker>> askers;
    for (int i = 0; i < parked_fibers; ++i) askers.push_back(system.spawn<Asker>());
    const Memory unused = Memory::now();
    const Memory first = park<Ask>(system, askers, parked_fibers);
    const double bytes = report("fiber suspended in ask", unused, first, parked_fibers);
    support::require(bytes <= parked_bytes_max, "fiber suspended in ask");

    const Memory before = calm_down(unused.resident * 1.01);
    const Memory deep = park<AskFromBelow>(system, askers, deep_handlers);
    report("suspended 100 KiB deep", before, deep, deep_handlers);
    const Memory after = calm_down(before.resident * growth_max);
    std::printf("all resumed: VmRSS %.1f MiB before the deep ones, %.1f with, %.1f after\n",
                before.resident / 0x1p20, deep.resident / 0x1p20, after.resident / 0x1p20);
    support::require(after.resident <= before.resident * growth_max,
                     "memory after the deep handlers");

    const Memory again = park<Ask>(system, askers, parked_fibers);
    const double second = report("fiber suspended in ask again", unused, again, parked_fibers);
    support::require(second <= bytes * growth_max, "fiber suspended in ask, after the deep ones");
}

void print_machine(System& system) {
    utsname kernel{};
    uname(&kernel);
    std::printf("kernel %s, guards %s, vm.max_map_count %s, vm.overcommit_memory %s\n",
                kernel.release, name(system.runtime().stats().guard_tier),
                first_line("/proc/sys/vm/max_map_count").c_str(),
                first_line("/proc/sys/vm/overcommit_memory").c_str());
}

}  // namespace

int main() {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    System system;
    print_machine(system);
    std::vector<Ref<Idler>> idlers;
    idle(system, idlers);
    parked(system);
    const Deadline begun = Deadline::after(0s);
    const StopReport end = system.stop(StopPolicy::drain, Deadline::after(1min));
    std::printf("all stopped in %.1f s\n",
                std::chrono::duration<double>(Deadline::after(0s).at() - begun.at()).count());
    support::require(end.clean, "a clean end");
    return support::exit_status();
}
