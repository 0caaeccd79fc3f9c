// Reaper: ends the grace of stopping actors. One task a system, which waits while none stops.
//
// Threads  add() from any worker of the system.
#pragma once

#include <cstdint>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/task.hpp>
#include <map>
#include <utility>

namespace greenroom::detail {

class Reaper {
public:
    // Has `cell` stopped, and its waits cancelled, at `grace_end`.
    void add(Cell& cell, TimePoint grace_end);
    // It has ended in time. The same `grace_end`; without effect if that is over.
    void remove(Cell& cell, TimePoint grace_end) noexcept;
    std::size_t size() noexcept;

    void start(Runtime& runtime);
    // Cancels the task, which ends soon.
    void cancel() noexcept { task_.cancel(); }
    bool has_ended() const noexcept { return task_.done(); }
    void join() noexcept;

private:
    void reap();
    Cell* take_due(Deadline& next);

    SpinLock lock_;
    // Guarded by lock_; each with a reference. By time, then by id: never by address.
    std::map<std::pair<TimePoint, std::uint64_t>, Cell*> line_;
    Event earlier_{Event::Reset::automatic};
    Task<void> task_;
};

}  // namespace greenroom::detail
