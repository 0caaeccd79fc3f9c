// Mutex, SharedMutex, Semaphore, ConditionVariable, Barrier, Promise: fibers and plain threads that
// use them at once, some of which give up.
#include <greenroom/core/barrier.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/condition_variable.hpp>
#include <greenroom/core/future.hpp>
#include <greenroom/core/latch.hpp>
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/semaphore.hpp>
#include <greenroom/core/shared_mutex.hpp>
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
using support::on_machine;

constexpr SimulationOptions restless{.spurious_one_in = 16, .hurry_one_in = 16};

Deadline some_deadline(SimulatedMachine& machine) {
    return machine.choose(2) == 0 ? Deadline::never() : Deadline{machine.now() + 1ms};
}

// `play` in so many virtual threads at once.
template <class F>
void on_threads(SimulatedMachine& machine, int count, F play) {
    std::vector<std::unique_ptr<Threads::Handle>> threads;
    for (int i = 0; i < count; ++i) threads.push_back(machine.start(std::to_string(i), play));
}

// Property  One owner at a time, and nobody waits while it is free.
void play_mutex(SimulatedMachine& machine) {
    Mutex mutex;
    int owners = 0;
    on_threads(machine, 3, [&] {
        for (int round = 0; round < 2; ++round) {
            if (!mutex.lock_before(some_deadline(machine))) continue;
            require(++owners == 1, "one owner at a time");
            machine.pause();
            --owners;
            mutex.unlock();
        }
    });
    require(mutex.try_lock(), "free at the end");
    mutex.unlock();
}

// Property  Who waits is not overtaken, though what it waits for is too much as yet.
void play_semaphore(SimulatedMachine& machine) {
    Runtime runtime{on_machine(machine, 1)};
    Semaphore semaphore{1};
    int served = 0;
    Task<void> big = spawn(runtime, [&] {
        semaphore.acquire(2);
        require(++served == 1, "the first in line is served first");
        semaphore.release(2);
    });
    while (runtime.dump().find("semaphore at") == std::string::npos) machine.pause();
    auto small = machine.start("small", [&] {
        semaphore.acquire();
        require(++served == 2, "and the second second");
    });
    for (std::uint32_t i = machine.choose(20); i > 0; --i) machine.pause();
    semaphore.release();
    big.get();
}

// Property  Readers that wait together are let in together, and no writer is beside anybody.
void play_shared_mutex(SimulatedMachine& machine) {
    SharedMutex mutex;
    Latch together{2};
    mutex.lock();
    int writers = 1;
    auto reads = [&] {
        mutex.lock_shared();
        require(writers == 0, "no reader beside a writer");
        together.arrive_and_wait();
        mutex.unlock_shared();
    };
    auto first = machine.start("first", reads);
    auto second = machine.start("second", reads);
    for (std::uint32_t i = machine.choose(30); i > 0; --i) machine.pause();
    --writers;
    mutex.unlock();
    together.wait();
    if (!mutex.lock_before(some_deadline(machine))) return;
    require(++writers == 1, "one writer");
    mutex.unlock();
}

// Property  No notification is lost: not before the wait, and not on one that has given up.
void play_condition(SimulatedMachine& machine) {
    Mutex mutex;
    ConditionVariable changed{mutex};
    int items = 0;
    bool hasty_took = false;
    const Deadline soon{machine.now() + 1ms};
    auto make_one = [&] {
        const Lock held{mutex};
        ++items;
        changed.notify_one();
    };
    auto hasty = machine.start("hasty", [&] {
        const Lock held{mutex};
        // With no look at the items when its time is up: those are the other's.
        hasty_took = changed.wait_before(soon) && items > 0;
        if (hasty_took) --items;
    });
    auto patient = machine.start("patient", [&] {
        const Lock held{mutex};
        changed.wait([&] { return items > 0; });
        --items;
    });
    if (machine.choose(2) == 0) {  // just as the hasty one gives up, or at any time
        FutexWord word{0};
        while (machine.wait(word, 0, soon)) {
        }
    } else {
        for (std::uint32_t i = machine.choose(30); i > 0; --i) machine.pause();
    }
    make_one();
    hasty.reset();
    if (hasty_took) make_one();
    patient.reset();
    require(items == 0, "each item is taken once");
}

// Property  As many pass as there are parties, or nobody.
void play_barrier(SimulatedMachine& machine) {
    Barrier barrier{2};
    int passed = 0;
    on_threads(machine, 4, [&] {
        if (barrier.arrive_before(Deadline{machine.now() + 1ms})) ++passed;
    });
    require(passed % 2 == 0, "all or nobody");
    require(barrier.arrived() == 0, "who gave up has not arrived");
}

// Property  What waits for a result, or follows it, begins once, however they meet.
void play_future(SimulatedMachine& machine) {
    Runtime runtime{on_machine(machine, 1)};
    Promise<int> promise;
    SharedFuture<int> future = promise.future().share();
    auto setter = machine.start("setter", [&] { promise.set(7); });
    Future<int> next = future.then(runtime, [](int number) { return number + 1; });
    require(future.get() == 7, "the value");
    require(next.get() == 8, "and what follows from it");
}

const Added mutex{{"Mutex", &play_mutex, restless},
                  {Mutant::mutex_forgets_the_line, Mutant::mutex_announces_by_store,
                   Mutant::expired_waiter_stays_linked}};
const Added semaphore{{"SemaphoreOrder", &play_semaphore, restless},
                      {Mutant::semaphore_lets_overtake}};
const Added shared{{"SharedMutex", &play_shared_mutex, restless},
                   {Mutant::shared_mutex_wakes_one_reader}};
const Added condition{{"ConditionVariable", &play_condition, restless},
                      {Mutant::condition_listed_after_unlock, Mutant::condition_notifies_who_left}};
const Added barrier{{"Barrier", &play_barrier, restless}, {Mutant::barrier_counts_who_left}};
const Added future{{"Future", &play_future, restless}, {Mutant::future_looks_unlocked}};

}  // namespace

}  // namespace greenroom::model
