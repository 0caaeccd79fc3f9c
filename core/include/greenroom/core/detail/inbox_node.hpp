// InboxNode: what can be put into a worker's inbox: a fiber to resume, or a few lines of the
// runtime's own code to run on that worker.
//
// Lifetime  The node stays valid until arrive() is called, which is its last use by the inbox.
#pragma once

namespace greenroom::detail {

class Worker;

struct InboxNode {
    // Runs on the inbox's worker, outside of any turn: it enqueues or decides, and never suspends.
    void (*arrive)(InboxNode&, Worker&) noexcept = nullptr;
    InboxNode* next = nullptr;  // the inbox's, then the worker's own line's
};

}  // namespace greenroom::detail
