// Family: who belongs to an actor: its children, its watchers; and how it ended. Most actors have
// none, so it is made on first use. The system itself has one, of the actors without a parent.
//
// Threads  All under `lock`, which is never held while a handler runs.
#pragma once

#include <greenroom/actors/detail/down_message.hpp>
#include <greenroom/actors/exit.hpp>
#include <greenroom/actors/mailbox.hpp>
#include <greenroom/core/detail/block_pool.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <greenroom/core/time.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "extras.hpp"
#include "restarter.hpp"
#include "shared_extras.hpp"
#include "supervisor.hpp"

namespace greenroom::detail {

class Cell;
class ChildWalk;

struct Family {
    mutable SpinLock lock;
    Cell* first_child = nullptr;         // linked by Cell::next_sibling_
    mutable ChildWalk* walks = nullptr;  // those that have children left to go through
    DownMessage::List watchers;          // who is told of the end
    DownMessage::List watching;          // of whose ends this actor is told
    std::uint64_t watches = 0;           // how many there have been
    bool takes_children = true;
    bool parked = false;         // has no turn until somebody unparks it: see Cell::unpark
    bool is_restarting = false;  // halting or halted
    bool may_start = false;      // halted, and its turn to come up has come
    bool has_ended = false;      // takes no watcher any more
    bool gives_faults = false;   // the system's: to its children, Cell::faults_signal
    bool takes_urgent = true;    // see cell_urgent.cpp
    bool is_shared = false;      // one of ended_by(): nobody's, and never changed
    TimePoint grace_end = TimePoint::max();  // of the whole subtree, once the children were told
    TimePoint reaped_at = TimePoint::max();  // what the reaper was told; of the turn
    ExitReason reason;
    std::unique_ptr<Restarter> restarter;    // of one that is supervised; made before it lives
    std::unique_ptr<Supervisor> supervisor;  // of one that supervises
    std::unique_ptr<SharedExtras> shared;    // made on first use: shared_extras()
    std::unique_ptr<Extras> extras;          // of the turn; made under the lock, for who looks

    // From the pool: an actor that spawns others has one, however short it lives.
    static void* operator new(std::size_t bytes) { return allocate_block(bytes); }
    static void operator delete(void* place, std::size_t bytes) noexcept {
        release_block(place, bytes);
    }

    // Under the lock, or before the actor lives.
    SharedExtras& shared_extras() {
        if (shared == nullptr) shared = std::make_unique<SharedExtras>();
        return *shared;
    }

    // Takes no more children. True: there are some.
    bool close() noexcept {
        const std::lock_guard held(lock);
        takes_children = false;
        return first_child != nullptr;
    }

    // Appends them, with a reference each: `most` at most.
    void list_children(std::vector<Cell*>& out, std::size_t most = SIZE_MAX) const;

    // The family of all actors that had none and ended in that way; it only answers watch().
    static Family& ended_by(ExitKind kind) noexcept;
};

}  // namespace greenroom::detail
