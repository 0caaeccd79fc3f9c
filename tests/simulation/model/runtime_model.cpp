// A whole runtime: workers that park and steal, its monitor, tasks that wait and are cancelled.
//
// Virtual time is the witness: it goes on only when every thread sleeps. So if it went on while
// there was something to do, a wake was lost, even where the monitor repaired it a tick later.
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <memory>

#include "simulation/model/explore.hpp"
#include "support/on_machine.hpp"

namespace greenroom::model {

namespace {

using namespace std::chrono_literals;
using detail::Mutant;
using support::on_machine;

constexpr SimulationOptions time_waits_for_work{.hurry_one_in = 0};

// Often long enough for all workers to fall asleep, sometimes for the monitor too.
void let_them_park(SimulatedMachine& machine) {
    FutexWord word{0};
    constexpr Duration lengths[] = {0ms, 1ms, 50ms};
    const Deadline until{machine.now() + lengths[machine.choose(3)]};
    while (machine.wait(word, 0, until)) {
    }
}

// Property  A task from outside runs at once: no worker sleeps while there is injected work.
void play_injection(SimulatedMachine& machine) {
    Runtime runtime{on_machine(machine, machine.choose(2) == 0 ? 1 : 2)};
    for (int round = 0; round < 3; ++round) {
        let_them_park(machine);
        const TimePoint queued = machine.now();
        spawn(runtime, [&] {
            require(machine.now() == queued, "no worker sleeps while there is work");
        }).get();
        require(machine.now() == queued, "a plain thread is woken at once");
    }
}

// Property  A fiber goes on as soon as another thread has woken it.
void play_wakes(SimulatedMachine& machine) {
    Runtime runtime{on_machine(machine, 2)};
    TimePoint ended{};
    Task<void> slow = spawn(runtime, [&] {
        sleep_for(1ms);
        ended = machine.now();
    });
    Task<void> waiter = spawn(runtime, [&] {
        slow.get();
        require(machine.now() == ended, "a woken fiber goes on at once");
    });
    waiter.get();
}

// Property  A cancelled task hears of it at once, where it waits or at its next suspension point.
void play_cancellation(SimulatedMachine& machine) {
    Runtime runtime{on_machine(machine, 2)};
    bool ended = false;
    Task<void> sleeper = spawn(runtime, [&] {
        for (int i = 0; i < 3; ++i) sleep_for(1h);
        ended = true;
    });
    const TimePoint asked = machine.now();
    for (std::uint32_t i = machine.choose(30); i > 0; --i) machine.pause();
    sleeper.cancel();
    sleeper.join();
    require(!ended, "it was cancelled");
    require(machine.now() == asked, "and did not sleep on");
}

// Property  A sleep is never early, and late by less than two ticks if there is nothing else to do.
void play_sleep(SimulatedMachine& machine) {
    Runtime runtime{on_machine(machine, 2)};
    auto sleeps = [&](Duration length) {
        return [&, length] {
            const TimePoint begun = machine.now();
            sleep_for(length);
            require(machine.now() >= begun + length, "never early");
            require(machine.now() < begun + length + 3ms, "hardly late");
        };
    };
    Task<void> first = spawn(runtime, sleeps(1500us));
    Task<void> second = spawn(runtime, sleeps(40ms));
    first.get();
    second.get();
}

// Property  A runtime ends though tasks wait, have not begun, or are just ending.
void play_end(SimulatedMachine& machine) {
    const TimePoint begun = machine.now();
    int unwound = 0;
    struct Counter {
        explicit Counter(int& its_count) : count{its_count} {}
        ~Counter() { ++count; }
        int& count;
    };
    {
        Runtime runtime{on_machine(machine, 2)};
        for (int i = 0; i < 3; ++i) {
            spawn(runtime, [i, counter = std::make_shared<Counter>(unwound)] {
                if (i > 0) sleep_for(1h);
            }).detach();
        }
        for (std::uint32_t i = machine.choose(20); i > 0; --i) machine.pause();
    }
    require(unwound == 3, "every task has ended");
    require(machine.now() < begun + 1s, "at once");
}

const Added injection{{"Injection", &play_injection, time_waits_for_work},
                      {Mutant::park_without_last_look, Mutant::park_looks_first,
                       Mutant::push_without_wake, Mutant::wake_before_push}};
const Added wakes{{"WakesOfFibers", &play_wakes, time_waits_for_work},
                  {Mutant::post_without_notify}};
const Added cancellation{{"Cancellation", &play_cancellation, time_waits_for_work},
                         {Mutant::signal_without_poke, Mutant::suspend_checks_before}};
const Added sleep{{"Sleep", &play_sleep, time_waits_for_work}, {}};
const Added end{{"EndOfARuntime", &play_end, time_waits_for_work}, {}};

}  // namespace

}  // namespace greenroom::model
