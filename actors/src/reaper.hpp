// Reaper: ends the grace of stopping actors. One task a system, which waits while none stops.
//
// Threads  add() from any worker of the system.
// Limits   An actor that ended in time keeps its memory until its grace is over.
#pragma once

#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/task.hpp>
#include <map>

namespace greenroom::detail {

class Reaper {
public:
    // Has `cell` stopped, and its waits cancelled, at `grace_end`.
    void add(Cell& cell, TimePoint grace_end);

    void start(Runtime& runtime);
    // Cancels the task, which ends soon.
    void cancel() noexcept { task_.cancel(); }
    bool has_ended() const noexcept { return task_.done(); }
    void join() noexcept;

private:
    void reap();
    Cell* take_due(Deadline& next);

    SpinLock lock_;
    std::multimap<TimePoint, Cell*> line_;  // guarded by lock_; each with a reference
    Event earlier_{Event::Reset::automatic};
    Task<void> task_;
};

}  // namespace greenroom::detail
