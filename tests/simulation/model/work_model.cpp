// Work that spreads: tasks that spawn tasks, a worker that is held up, and the blocking pool.
//
// As in runtime_model.cpp, virtual time is the witness that nobody sleeps while there is work.
#include <greenroom/core/blocking.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <vector>

#include "simulation/model/explore.hpp"
#include "support/on_machine.hpp"

namespace greenroom::model {

namespace {

using namespace std::chrono_literals;
using detail::Mutant;
using support::on_machine;

constexpr SimulationOptions time_waits_for_work{.hurry_one_in = 0};

// Property  Every task runs once, whoever takes it, and its spawner goes on when all have ended.
void play_fork_join(SimulatedMachine& machine) {
    Runtime runtime{on_machine(machine, 3)};
    const TimePoint begun = machine.now();
    constexpr int children = 9;  // more than a ring of the model holds
    int runs[children] = {};
    run(runtime, [&] {
        std::vector<Task<int>> tasks;
        for (int i = 0; i < children; ++i) {
            tasks.push_back(spawn([&, i] {
                if (i % 3 == 0) yield();
                return ++runs[i];
            }));
        }
        for (Task<int>& task : tasks) require(task.get() == 1, "a task runs once");
    });
    for (const int count : runs) require(count == 1, "every task runs");
    require(machine.now() == begun, "and none waits while all sleep");
}

// Holds up the thread that calls, as a long computation does.
void hold_up(SimulatedMachine& machine, Duration length) {
    FutexWord word{0};
    const Deadline until{machine.now() + length};
    while (machine.wait(word, 0, until)) {
    }
}

// Property  What a worker was given just before it is held up is run by another.
void play_held_up(SimulatedMachine& machine) {
    Runtime runtime{on_machine(machine, 2)};
    const TimePoint begun = machine.now();
    TimePoint ran{};
    run(runtime, [&] {
        Task<void> stranded = spawn([&] { ran = machine.now(); });
        hold_up(machine, 1s);
        stranded.join();
    });
    require(ran < begun + 10ms, "the monitor opens it to the others");
}

// Property  What blocks runs elsewhere and is waited for, cancelled or not, until it has ended.
void play_blocking(SimulatedMachine& machine) {
    Runtime runtime{on_machine(machine, 1)};
    int running = 0;
    bool other_ran = false;
    Task<int> blocked = spawn(runtime, [&] {
        return blocking([&] {
            ++running;
            hold_up(machine, 5ms);
            --running;
            return 7;
        });
    });
    Task<void> other = spawn(runtime, [&] { other_ran = true; });
    const bool cancels = machine.choose(2) == 0;
    if (cancels) blocked.cancel();
    blocked.join();
    require(running == 0, "nobody goes on before it has ended");
    if (!cancels) require(blocked.get() == 7, "its result comes back");
    other.get();
    require(other_ran, "the worker was free");
}

const Added fork_join{{"ForkJoin", &play_fork_join, time_waits_for_work},
                      {Mutant::steal_without_compare, Mutant::pop_ignores_thief}};
const Added held_up{{"HeldUpWorker", &play_held_up, time_waits_for_work}, {}};
const Added blocking_pool{{"Blocking", &play_blocking, time_waits_for_work}, {}};

}  // namespace

}  // namespace greenroom::model
