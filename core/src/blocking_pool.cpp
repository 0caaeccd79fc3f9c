#include "blocking_pool.hpp"

#include <greenroom/core/assert.hpp>
#include <greenroom/core/error.hpp>
#include <string>
#include <utility>

#include "runtime_core.hpp"
#include "this_thread.hpp"

namespace greenroom::detail {

void BlockingPool::open() {
    GREENROOM_ASSERT(alive_ == 0);
    GREENROOM_ASSERT(oldest_ == nullptr);
    detached_stop_ = std::stop_source{};
    stopping_ = false;
    ending_ = false;
}

void BlockingPool::submit(BlockingJob& job) {
    const BlockingOptions& limits = core_.options.blocking;
    Held held(end_.lock);
    if (job.detached && stopping_) {
        held.unlock();
        throw Error{Errc::stopping, "blocking_detached: the runtime is ending"};
    }
    if (queued_ >= limits.queue_max) {
        held.unlock();
        throw Error{Errc::limit_reached, "blocking: " + std::to_string(limits.queue_max) +
                                             " calls wait for a thread already "
                                             "(BlockingOptions::queue_max)"};
    }
    push(job);
    if (IdleThread* const idle = pop_idle()) {
        PlainThread& sleeper = idle->sleeper;
        held.unlock();
        sleeper.wake();
    } else if (alive_ < limits.threads_max) {
        start_thread(held);
    }
}

// Under the lock, which it gives back.
void BlockingPool::start_thread(Held& held) {
    Slot& slot = free_slot();
    const std::unique_ptr<Threads::Handle> ended = std::move(slot.handle);
    slot.in_use = true;
    slot.ended = false;
    ++alive_;
    ++starting_;
    held.unlock();
    std::unique_ptr<Threads::Handle> handle;
    std::exception_ptr failure;
    try {
        handle = core_.threads().start(core_.options.name + "-blk", [this, &slot] { work(slot); });
    } catch (...) {
        failure = std::current_exception();
    }
    held.lock();
    slot.handle = std::move(handle);
    --starting_;
    if (failure != nullptr) {
        slot.in_use = false;
        --alive_;
        if (alive_ == 0) refuse_all(held, false, failure);
    }
    tell_end(held);
}

BlockingPool::Slot& BlockingPool::free_slot() noexcept {
    for (Slot& slot : slots_) {
        if (!slot.in_use || (slot.ended && slot.handle != nullptr)) return slot;
    }
    return slots_.emplace_back();
}

// The body of a thread.
void BlockingPool::work(Slot& slot) noexcept {
    core_.unbind_thread();
    Held held(end_.lock);
    do {
        while (BlockingJob* const job = pop()) {
            ++running_;
            const std::stop_token stop = detached_stop_.get_token();
            held.unlock();
            job->run(stop);
            held.lock();
            --running_;
        }
    } while (wait_for_call(held));
    slot.ended = true;
    --alive_;
    tell_end(held);
}

// Under the lock, as before it and after. False: the thread ends.
bool BlockingPool::wait_for_call(Held& held) noexcept {
    if (ending_) return false;
    IdleThread self{this_thread().plain};
    self.next = idle_;
    if (idle_ != nullptr) idle_->previous = &self;
    idle_ = &self;
    held.unlock();
    const bool woken = self.sleeper.block(Deadline::after(core_.options.blocking.idle_max));
    held.lock();
    if (woken) return true;
    if (!self.called) {
        remove_idle(self);
        return false;
    }
    held.unlock();  // the call came at the last moment, and its wake is on its way
    while (!self.sleeper.block(Deadline::never())) {
    }
    held.lock();
    return true;
}

// Called: the caller wakes it after it let go of the lock.
BlockingPool::IdleThread* BlockingPool::pop_idle() noexcept {
    IdleThread* const thread = idle_;
    if (thread == nullptr) return nullptr;
    remove_idle(*thread);
    thread->called = true;
    return thread;
}

void BlockingPool::remove_idle(IdleThread& thread) noexcept {
    (thread.previous == nullptr ? idle_ : thread.previous->next) = thread.next;
    if (thread.next != nullptr) thread.next->previous = thread.previous;
}

void BlockingPool::push(BlockingJob& job) noexcept {
    job.queued_ = true;
    job.next_ = nullptr;
    job.previous_ = newest_;
    (newest_ == nullptr ? oldest_ : newest_->next_) = &job;
    newest_ = &job;
    ++queued_;
}

BlockingJob* BlockingPool::pop() noexcept {
    BlockingJob* const job = oldest_;
    if (job != nullptr) remove(*job);
    return job;
}

void BlockingPool::remove(BlockingJob& job) noexcept {
    job.queued_ = false;
    (job.previous_ == nullptr ? oldest_ : job.previous_->next_) = job.next_;
    (job.next_ == nullptr ? newest_ : job.next_->previous_) = job.previous_;
    --queued_;
}

bool BlockingPool::withdraw(BlockingJob& job) noexcept {
    const Held held(end_.lock);
    if (!job.queued_) return false;
    remove(job);
    return true;
}

// Under the lock, as before it and after; not while it refuses.
void BlockingPool::refuse_all(Held& held, bool detached_only,
                              const std::exception_ptr& reason) noexcept {
    BlockingJob* refused = nullptr;
    for (BlockingJob* job = oldest_; job != nullptr;) {
        BlockingJob* const next = job->next_;
        if (job->detached || !detached_only) {
            remove(*job);
            job->next_ = std::exchange(refused, job);
        }
        job = next;
    }
    held.unlock();
    while (refused != nullptr) {
        BlockingJob* const next = refused->next_;
        refused->refuse(reason);
        refused = next;
    }
    held.lock();
}

void BlockingPool::begin_stop() noexcept {
    const std::exception_ptr reason =
        std::make_exception_ptr(Error{Errc::stopping, "the runtime ended before it began"});
    Held held(end_.lock);
    stopping_ = true;
    refuse_all(held, true, reason);
    std::stop_source stop = detached_stop_;
    held.unlock();
    stop.request_stop();  // calls what the jobs registered
}

bool BlockingPool::end(Deadline deadline) noexcept {
    Held held(end_.lock);
    ending_ = true;
    while (IdleThread* const idle = pop_idle()) {
        PlainThread& sleeper = idle->sleeper;
        held.unlock();
        sleeper.wake();
        held.lock();
    }
    if (alive_ + starting_ > 0) {
        WaitRecord record{{"blocking work to end", this, Where::here()}};
        WaitEntry entry{record};
        end_.add(entry);
        held.unlock();
        record.wait(deadline);
        held.lock();
        end_.remove(entry);
        if (alive_ + starting_ > 0) return false;
    }
    held.unlock();
    slots_.clear();  // joins them
    return true;
}

// Under the lock, which it gives back.
void BlockingPool::tell_end(Held& held) noexcept {
    WaitEntry* const waiter = alive_ + starting_ > 0 ? nullptr : end_.first_waiting();
    const bool won = waiter != nullptr && end_.win(*waiter);
    held.unlock();
    if (won) waiter->record.resume();
}

std::size_t BlockingPool::running() noexcept {
    const Held held(end_.lock);
    return running_;
}

}  // namespace greenroom::detail
