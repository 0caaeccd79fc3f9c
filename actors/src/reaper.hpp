// Reaper: ends the grace of stopping actors. One task for each system, which waits while none stops.
//
// Threads  add() from any worker of the system.
#pragma once

#include <deque>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/task.hpp>

namespace greenroom::detail {

class Reaper {
public:
    // Has `cell`'s waits cancelled when the system's grace is over. Grace is the same for all, so
    // the line is in order of time.
    void add(Cell& cell, Deadline grace_end);

    void start(Runtime& runtime);
    void stop() noexcept;

private:
    struct Stopping {
        Cell* cell;  // with a reference
        Deadline grace_end;
    };

    void reap();
    bool next(Stopping& out) noexcept;

    SpinLock lock_;
    std::deque<Stopping> line_;  // guarded by lock_
    Event added_{Event::Reset::automatic};
    Task<void> task_;
};

}  // namespace greenroom::detail
