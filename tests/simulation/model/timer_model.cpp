// Timers: made and cancelled by any thread, run by a worker that may be asleep or held up.
#include <greenroom/core/event.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/timers.hpp>

#include "simulation/model/explore.hpp"
#include "support/on_machine.hpp"

namespace greenroom::model {

namespace {

using namespace std::chrono_literals;
using detail::Mutant;
using support::on_machine;

constexpr SimulationOptions time_waits_for_work{.hurry_one_in = 0};
constexpr SimulationOptions restless{.spurious_one_in = 16, .hurry_one_in = 8};

// Property  A timer runs, or its cancel() says true: never both and never neither.
void play_cancel(SimulatedMachine& machine) {
    int ran = 0;
    int late = 0;
    {
        Runtime runtime{on_machine(machine, 2)};
        for (int i = 0; i < 3; ++i) {
            const Duration delay = 1ms * machine.choose(2);
            Event done;
            TimerHandle timer = call_later(runtime, delay, [&] {
                ++ran;
                done.set();
            });
            for (std::uint32_t pause = machine.choose(40); pause > 0; --pause) machine.pause();
            const int ran_before = ran;
            if (timer.cancel()) {
                require(ran == ran_before, "what is cancelled does not run");
            } else {
                ++late;
                done.wait();
            }
        }
    }
    require(ran == late, "it ran, or it was cancelled");
}

// Property  A timer from outside is in time, though all workers sleep when it is made.
void play_outside(SimulatedMachine& machine) {
    Runtime runtime{on_machine(machine, 2)};
    run(runtime, [] { sleep_for(30ms); });  // the monitor sleeps by now, too
    const TimePoint begun = machine.now();
    Event done;
    call_later(runtime, 2ms, [&] { done.set(); });
    done.wait();
    require(machine.now() >= begun + 2ms, "never early");
    require(machine.now() < begun + 5ms, "hardly late");
}

// Property  Far timers and near ones, made together, run in time and in order.
void play_far(SimulatedMachine& machine) {
    Runtime runtime{on_machine(machine, 1)};
    const TimePoint begun = machine.now();
    Event done;
    int order = 0;
    run(runtime, [&] {
        call_at(begun + 5s, [&] {
            require(++order == 3, "the farthest last");
            done.set();
        });
        call_at(begun + 100ms, [&] { require(++order == 2, "the nearer second"); });
        call_at(begun - 1ms, [&] { require(++order == 1, "what is due already first"); });
    });
    done.wait();
    require(machine.now() >= begun + 5s, "never early");
    require(machine.now() < begun + 5s + 3ms, "hardly late");
}

const Added cancel{{"TimersCancelled", &play_cancel, restless},
                   {Mutant::timer_runs_though_cancelled, Mutant::timer_cancelled_by_look}};
const Added outside{{"TimersFromOutside", &play_outside, time_waits_for_work},
                    {Mutant::timer_added_without_wake}};
const Added far{{"TimersFarAndNear", &play_far, time_waits_for_work},
                {Mutant::wheel_forgets_the_far}};

}  // namespace

}  // namespace greenroom::model
