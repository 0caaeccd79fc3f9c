// Mutex, Event, ConditionVariable, Semaphore, Limiter, Barrier: beside asyncio's primitives.
#include <greenroom/core/barrier.hpp>
#include <greenroom/core/condition_variable.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/gather.hpp>
#include <greenroom/core/limiter.hpp>
#include <greenroom/core/lock.hpp>
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/semaphore.hpp>
#include <greenroom/core/task.hpp>
#include <string>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

void hold_a_lock() {
    int balance = 100;
    // [lock]
    Mutex mutex;
    {
        const Lock held{mutex};
        const int before = balance;
        fetch("rate");  // it may be held across a wait
        balance = before + 1;
    }
    // [end]
    expect(balance == 101 && !mutex.held_by_caller(), "the lock was let go of");
}

void set_an_event() {
    bool told = false;
    // [event]
    Event ready;
    Task<void> waiter = spawn([&] {
        ready.wait();
        told = true;
    });
    ready.set();  // stays set, until clear()
    waiter.join();
    // [end]
    expect(told, "the waiter went on");
}

void wait_for_a_condition() {
    std::vector<int> jobs;
    int taken = 0;
    // [condition]
    Mutex mutex;
    ConditionVariable changed{mutex};
    Task<void> worker = spawn([&] {
        const Lock held{mutex};
        changed.wait([&] { return !jobs.empty(); });  // wait_for
        taken = jobs.back();
    });
    {
        const Lock held{mutex};
        jobs.push_back(7);
        changed.notify_one();
    }
    worker.join();
    // [end]
    expect(taken == 7, "the worker found the job");
}

void count_permits() {
    bool refused = false;
    // [semaphore]
    Semaphore seats{2, 2};  // two, and never more: a BoundedSemaphore
    seats.acquire();
    seats.release();
    try {
        seats.release();
    } catch (const Error& error) {  // ValueError
        refused = error.code() == Errc::limit_reached;
    }
    // [end]
    expect(refused, "one release too many is an error");
}

void hold_a_permit() {
    // [limiter]
    Limiter seats{{.at_once_max = 1}};
    {
        const Limiter::Pass seat = seats.acquire();
        fetch("a");
    }  // given back
    // [end]
    expect(seats.try_acquire().has_value(), "the seat is free again");
}

void meet_at_a_barrier() {
    std::size_t places = 0;
    // [barrier]
    Barrier start{2};
    const auto runner = [&] { return start.arrive_and_wait(); };  // the place: 0 or 1
    const auto [first, second] = gather(runner, runner);
    // [end]
    places = first + second;
    expect(places == 1, "each has a place of its own");
}

}  // namespace

std::vector<Snippet> lock_snippets() {
    return {
        {"hold_a_lock", hold_a_lock},
        {"set_an_event", set_an_event},
        {"wait_for_a_condition", wait_for_a_condition},
        {"count_permits", count_permits},
        {"hold_a_permit", hold_a_permit},
        {"meet_at_a_barrier", meet_at_a_barrier},
    };
}
