// Tasks, scopes and groups as they are, on two workers: joining, cancelling, timing out.
//
// As in runtime_model.cpp, virtual time is the witness that no wake and no request was lost: it
// goes on only where nothing else can.
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/block_pool.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/gather.hpp>
#include <greenroom/core/semaphore.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/task_group.hpp>
#include <greenroom/core/timeout.hpp>
#include <greenroom/core/wait_tasks.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "simulation/model/explore.hpp"
#include "support/on_machine.hpp"

namespace greenroom::model {

namespace {

using namespace std::chrono_literals;
using detail::Mutant;

constexpr SimulationOptions time_waits_for_work{.hurry_one_in = 0};

void pause_some(SimulatedMachine& machine, std::uint32_t most) {
    for (std::uint32_t i = machine.choose(most); i > 0; --i) machine.pause();
}

// Property  Whoever joins a task returns when it has ended, however the two meet.
void play_joins(SimulatedMachine& machine) {
    Runtime runtime{support::on_machine(machine, 2)};
    const TimePoint begun = machine.now();
    Task<int> task = spawn(runtime, [&] {
        pause_some(machine, 4);
        return 3;
    });
    {
        auto waits = machine.start("joiner", [&] { task.join(); });
        auto other = spawn(runtime, [&] { shield(task); });
        pause_some(machine, 10);
        other.get();
    }
    require(task.get() == 3, "the result is there");
    require(machine.now() == begun, "at once");
}

std::size_t blocks_out() {
    detail::block_cache().flush();
    return detail::block_stats().blocks_out;
}

// Property  Who joins the task that it has just spawned, which takes no lock, hears of its end or
//           gives up; then others hear of it; and all memory comes back.
void play_new_joins(SimulatedMachine& machine) {
    const std::size_t blocks = blocks_out();
    {
        Runtime runtime{support::on_machine(machine, 2)};
        const Duration patience = machine.choose(2) == 0 ? Duration{1ms} : Duration{1h};
        std::optional<Task<int>> task;
        Task<bool> spawner = spawn(runtime, [&] {
            task = spawn([&] {
                sleep_for(1ms);
                pause_some(machine, 8);
                return 3;
            });
            return task->join_before(Deadline::after(patience));
        });
        const bool joined = spawner.get();
        require(joined || patience == Duration{1ms}, "who has patience hears of the end");
        pause_some(machine, 8);
        require(task->get() == 3, "and so does the next");
    }
    require(blocks_out() == blocks, "the memory is back");
}

// Property  A task that is cancelled before a worker takes it up never runs.
void play_unstarted(SimulatedMachine& machine) {
    Runtime runtime{support::on_machine(machine, 1)};
    detail::Atomic<bool> busy{false};
    detail::Atomic<bool> leave{false};
    bool ran = false;
    Task<void> holds_the_worker = spawn(runtime, [&] {
        busy.store(true, std::memory_order_release);  // release, acquire: here and below
        while (!leave.load(std::memory_order_acquire)) machine.pause();
    });
    while (!busy.load(std::memory_order_acquire)) machine.pause();
    Task<void> task = spawn(runtime, [&] { ran = true; });
    task.cancel();
    leave.store(true, std::memory_order_release);
    holds_the_worker.get();
    const bool ended_so = task.result().code() == make_error_code(Errc::cancelled);
    require(ended_so && !ran, "one that had not started never runs");
}

// Property  A request to cancel is thrown in the wait that it meets, or at the next suspension
//           point.
void play_cancels(SimulatedMachine& machine) {
    Runtime runtime{support::on_machine(machine, 2)};
    const TimePoint begun = machine.now();
    Semaphore permits{0};
    Event never;
    Task<void> task = spawn(runtime, [&] {
        permits.acquire();
        never.wait();  // a request that was lost before is a hang
    });
    Task<void> releases = spawn(runtime, [&] { permits.release(); });
    pause_some(machine, 30);
    task.cancel();
    releases.get();
    const bool ended_so = task.result().code() == make_error_code(Errc::cancelled);
    require(ended_so, "no request is lost");
    require(machine.now() == begun, "at once");
}

// Property  A scope's deadline ends the wait inside, and of two that have passed the outer tells.
void play_scopes(SimulatedMachine& machine) {
    Runtime runtime{support::on_machine(machine, 2)};
    Event event;
    const TimePoint begun = machine.now();
    bool inner_told = false;
    bool outer_told = false;
    Task<void> task = spawn(runtime, [&] {
        const Deadline both = Deadline::after(2ms);
        try {
            with_deadline(both, [&] {
                try {
                    with_deadline(both, [&] { (void)event.wait_before(Deadline::after(1h)); });
                } catch (const Timeout&) {
                    inner_told = true;
                }
            });
        } catch (const Timeout&) {
            outer_told = true;
        }
    });
    task.join();
    task.get();
    require(!inner_told, "the inner does not swallow what the outer has asked for");
    require(outer_told, "the outer tells");
    require(machine.now() < begun + 1min, "the wait ends with the scope");
}

// Property  The owner of a group goes on when the last task has ended, on whatever worker; the
//           first failure cancels those that wait and those that have not started.
void play_groups(SimulatedMachine& machine) {
    Runtime runtime{support::on_machine(machine, 2)};
    const TimePoint begun = machine.now();
    Event never;
    int ran_late = 0;
    run(runtime, [&] {
        TaskGroup ends{parallel};
        for (int i = 0; i < 3; ++i) ends.spawn([&] { pause_some(machine, 4); });
        ends.join();
        TaskGroup fails;
        fails.spawn([] { throw 1; });
        fails.spawn([&] { ++ran_late; });
        try {
            fails.join();
        } catch (const GroupFailed&) {
        }
        TaskGroup fails_elsewhere{parallel};
        fails_elsewhere.spawn([&] { never.wait(); });
        fails_elsewhere.spawn([&] {
            pause_some(machine, 4);
            throw 2;
        });
        bool failed = false;
        try {
            fails_elsewhere.run([&] { (void)never.wait_before(Deadline::after(1h)); });
        } catch (const GroupFailed&) {
            failed = true;
        }
        promise(failed, "the failure is told");
    });
    require(ran_late == 0, "a failure cancels what has not started");
    require(machine.now() == begun, "at once");
}

// Property  Errors of a group beside a cancellation of its owner: both are heard of.
void play_errors_and_cancel(SimulatedMachine& machine) {
    Runtime runtime{support::on_machine(machine, 2)};
    Event never;
    bool lost = false;
    Task<void> task = spawn(runtime, [&] {
        TaskGroup group;
        group.spawn([&] {
            try {
                never.wait();
            } catch (const Cancelled&) {
                throw 1;
            }
        });
        try {
            group.join();
        } catch (const GroupFailed&) {
        }
        yield();
        lost = true;
    });
    pause_some(machine, 40);
    task.cancel();
    require(task.result().code() == make_error_code(Errc::cancelled), "it ends as cancelled");
    require(!lost, "the cancellation is not lost");
}

// Property  Each task that is waited for is told of once, or is left.
void play_as_completed(SimulatedMachine& machine) {
    Runtime runtime{support::on_machine(machine, 2)};
    std::vector<Task<void>> tasks;
    for (int i = 0; i < 3; ++i) tasks.push_back(spawn(runtime, [&] { pause_some(machine, 6); }));
    std::vector<int> told(tasks.size(), 0);
    {
        AsCompleted completed{tasks, Deadline{machine.now() + (machine.choose(2) == 0 ? 0ms : 1h)}};
        while (const auto place = completed.next()) ++told[*place];
        for (const std::size_t place : completed.pending()) ++told[place];
    }
    for (const int times : told) require(times == 1, "each is told of once, or is left");
}

const Added joins{{"TasksJoin", &play_joins, time_waits_for_work}, {Mutant::join_looks_once}};
const Added new_joins{{"TasksJoinTheNew", &play_new_joins, time_waits_for_work},
                      {Mutant::join_stays_unlocked, Mutant::handle_forgets_the_other}};
const Added unstarted{{"TasksUnstarted", &play_unstarted, time_waits_for_work},
                      {Mutant::cancel_runs_unstarted}};
const Added cancels{{"TasksCancel", &play_cancels, time_waits_for_work},
                    {Mutant::wake_takes_cancel, Mutant::signal_without_poke}};
const Added scopes{{"ScopesEnd", &play_scopes, time_waits_for_work},
                   {Mutant::scope_expires_unheard, Mutant::inner_scope_swallows}};
const Added groups{{"Groups", &play_groups, time_waits_for_work},
                   {Mutant::group_ends_unannounced, Mutant::group_cancels_waiting_only}};
const Added errors{{"ErrorsAndCancel", &play_errors_and_cancel, time_waits_for_work},
                   {Mutant::put_back_forgets}};
const Added completed{{"AsCompleted", &play_as_completed, time_waits_for_work}, {}};

}  // namespace

}  // namespace greenroom::model
