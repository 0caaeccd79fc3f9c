// WaitRecord, WaitQueue and PlainThread, by the semaphore, which uses them as every primitive does.
//
// Property  Each wait ends once: who was woken has its permits, who gave up or was cancelled has
//           none and is out of the line. No permit is lost or given twice, and nobody waits while
//           what it asks for is free.
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/semaphore.hpp>
#include <greenroom/core/task.hpp>
#include <memory>
#include <string>
#include <vector>

#include "simulation/model/explore.hpp"
#include "support/on_machine.hpp"

namespace greenroom::model {

namespace {

using namespace std::chrono_literals;
using detail::Mutant;

constexpr int permits = 1;
constexpr int users = 3;

// Where waits, wakes and deadlines meet more often than elsewhere.
constexpr SimulationOptions restless{.spurious_one_in = 8, .hurry_one_in = 16};

// Takes and gives back a permit, with and without patience.
void use(SimulatedMachine& machine, Semaphore& semaphore, int& holders) {
    for (int round = 0; round < 2; ++round) {
        const bool patient = machine.choose(2) == 0;
        const Deadline deadline = patient ? Deadline::never() : Deadline{machine.now() + 1ms};
        if (!semaphore.acquire_before(deadline)) continue;
        require(++holders <= permits, "no permit is given twice");
        machine.pause();
        --holders;
        semaphore.release();
    }
}

void require_whole(Semaphore& semaphore) {
    require(semaphore.try_acquire(permits), "no permit is lost");
    require(!semaphore.try_acquire(), "and none is won");
}

void play_threads(SimulatedMachine& machine) {
    Semaphore semaphore{permits};
    int holders = 0;
    std::vector<std::unique_ptr<Threads::Handle>> threads;
    for (int i = 0; i < users; ++i) {
        threads.push_back(
            machine.start(std::to_string(i), [&] { use(machine, semaphore, holders); }));
    }
    threads.clear();
    require_whole(semaphore);
}

void play_fibers(SimulatedMachine& machine) {
    Runtime runtime{support::on_machine(machine, 2)};
    Semaphore semaphore{permits};
    int holders = 0;
    std::vector<Task<void>> tasks;
    for (int i = 0; i < users; ++i) {
        tasks.push_back(spawn(runtime, [&] { use(machine, semaphore, holders); }));
    }
    for (std::uint32_t i = machine.choose(20); i > 0; --i) machine.pause();
    const bool cancels = machine.choose(2) == 0;
    if (cancels) tasks.front().cancel();
    use(machine, semaphore, holders);  // the plain thread is in the line as well
    for (Task<void>& task : tasks) task.join();
    // Who is cancelled at the pause of use() would keep its permit; pause() is no suspension point.
    require_whole(semaphore);
}

// One that wants too much is ahead in the line, and gives up.
void play_giving_up(SimulatedMachine& machine) {
    Semaphore semaphore{2};
    semaphore.acquire();
    bool served = false;
    {
        auto greedy = machine.start("greedy", [&] {
            require(!semaphore.acquire_before(Deadline{machine.now() + 1ms}, 2), "never two");
        });
        auto modest = machine.start("modest", [&] {
            semaphore.acquire();
            served = true;
        });
    }
    require(served, "who gives up serves the line behind it");
}

// Who was served may destroy the semaphore, while the release that served it still runs.
void play_destruction(SimulatedMachine& machine) {
    auto semaphore = std::make_unique<Semaphore>(0);
    auto releaser = machine.start("releaser", [&, raw = semaphore.get()] { raw->release(); });
    semaphore->acquire();
    semaphore.reset();
}

const Added threads{{"WaitsOfThreads", &play_threads, restless},
                    {Mutant::record_decided_by_store, Mutant::wake_without_unlinking,
                     Mutant::wake_decides_outside_lock, Mutant::plain_thread_forgets_recheck,
                     Mutant::expired_waiter_stays_linked}};
const Added fibers{{"WaitsOfFibers", &play_fibers, restless},
                   {Mutant::record_decided_by_store, Mutant::wake_decides_outside_lock,
                    Mutant::expired_waiter_stays_linked}};
const Added giving_up{{"GivingUp", &play_giving_up, restless}, {Mutant::give_up_without_serving}};
const Added destruction{{"Destruction", &play_destruction, restless}, {}};

}  // namespace

}  // namespace greenroom::model
