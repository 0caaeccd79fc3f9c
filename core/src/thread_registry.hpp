// BlockedThread: lists a plain thread that waits, with a copy of its reason, for dumps. A registry
// of all such threads of the process; a thread that blocks pays a lock for it, which beside the
// system call that it is about to make is little.
#pragma once

#include <greenroom/core/detail/wait_record.hpp>
#include <string>

namespace greenroom::detail {

class BlockedThread {
public:
    explicit BlockedThread(const WaitRecord& record) noexcept;
    ~BlockedThread();
    BlockedThread(const BlockedThread&) = delete;
    BlockedThread& operator=(const BlockedThread&) = delete;

    // For fork(): nobody changes the registry meanwhile, and a child forgets its parent's threads.
    static void lock_registry() noexcept;
    static void unlock_registry() noexcept;
    static void forget_all() noexcept;

    // Appends a line for each plain thread that waits now.
    static void describe_all(std::string& out);

private:
    const WaitReason why_;
    const long thread_id_;
    BlockedThread* previous_ = nullptr;
    BlockedThread* next_ = nullptr;
};

}  // namespace greenroom::detail
