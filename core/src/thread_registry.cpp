#include "thread_registry.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <greenroom/core/detail/spin_lock.hpp>
#include <mutex>

namespace greenroom::detail {

namespace {

SpinLock registry_lock;
BlockedThread* registry_first = nullptr;  // guarded by registry_lock

}  // namespace

BlockedThread::BlockedThread(const WaitRecord& record) noexcept
    : why_{record.why()}, thread_id_{syscall(SYS_gettid)} {
    const std::lock_guard held(registry_lock);
    next_ = registry_first;
    if (next_ != nullptr) next_->previous_ = this;
    registry_first = this;
}

BlockedThread::~BlockedThread() {
    const std::lock_guard held(registry_lock);
    (previous_ == nullptr ? registry_first : previous_->next_) = next_;
    if (next_ != nullptr) next_->previous_ = previous_;
}

void BlockedThread::lock_registry() noexcept { registry_lock.lock(); }
void BlockedThread::unlock_registry() noexcept { registry_lock.unlock(); }
void BlockedThread::forget_all() noexcept { registry_first = nullptr; }

void BlockedThread::describe_all(std::string& out) {
    const std::lock_guard held(registry_lock);
    for (const BlockedThread* thread = registry_first; thread != nullptr; thread = thread->next_) {
        out += "thread " + std::to_string(thread->thread_id_) + " blocks in " + thread->why_.kind +
               " at " + thread->why_.where.file + ":" + std::to_string(thread->why_.where.line) +
               "\n";
    }
}

}  // namespace greenroom::detail
