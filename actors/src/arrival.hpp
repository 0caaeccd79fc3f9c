// Arrival: how a handler that waits for its actor's next message is woken.
//
// It lets the mailbox go idle first. Whoever un-idles that must run the actor, hence wakes it: once
// for each time that it waits here.
//
// Threads  come() from any thread that holds the cell's memory; wait_before() from the turn.
#pragma once

#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/wait_queue.hpp>

namespace greenroom::detail {

class Cell;

class Arrival {
public:
    void come() noexcept;
    // False if it has not come by the deadline. Throws Cancelled, and then it has not come either.
    bool wait_before(Deadline deadline, const Cell& owner);

private:
    WaitQueue line_;  // the one handler; its lock guards the rest
    bool has_come_ = false;
};

}  // namespace greenroom::detail
