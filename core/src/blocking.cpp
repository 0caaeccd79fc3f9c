#include <greenroom/core/blocking.hpp>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/log.hpp>
#include <greenroom/core/result.hpp>
#include <mutex>
#include <string>

#include "runtime_core.hpp"
#include "this_thread.hpp"

namespace greenroom::detail {

void BlockingCall::perform(Where where) {
    suspension_point();
    BlockingPool& pool = require_core("blocking").blocking;
    WaitRecord record{{"blocking", this, where}};
    WaitEntry entry{record};
    waiters_.add(entry);  // without the lock: nobody else knows it yet
    try {
        pool.submit(*this);
    } catch (...) {
        waiters_.remove(entry);
        throw;
    }
    if (record.wait(Deadline::never()) != Outcome::woken) {
        if (pool.withdraw(*this)) {
            waiters_.remove(entry);
        } else {
            stop_.request_stop();
            wait_until_done(entry, where);
        }
        throw_cancelled();
    }
    if (failure_ != nullptr) std::rethrow_exception(failure_);
}

// The function may refer to the caller's stack, so this cannot fail.
void BlockingCall::wait_until_done(WaitEntry& gave_up, Where where) noexcept {
    const CancellationMask mask;
    std::unique_lock held(waiters_.lock);
    waiters_.remove(gave_up);
    while (!done_) {
        held.unlock();
        try {
            WaitRecord record{{"blocking, to end", this, where}};
            WaitEntry entry{record};
            held.lock();
            if (done_) return;
            waiters_.add(entry);
            held.unlock();
            record.wait(Deadline::never());
            return;
        } catch (const Error&) {
            // No stack is left for others to run on meanwhile: then the worker waits as well.
            this_thread().threads->pause();
        }
        held.lock();
    }
}

void BlockingCall::run(const std::stop_token&) noexcept {
    const FieldsInUse mine{fields_.set()};
    try {
        call(stop_.get_token());
    } catch (...) {
        failure_ = std::current_exception();
    }
    finish();
}

void BlockingCall::refuse(std::exception_ptr reason) noexcept {
    failure_ = std::move(reason);
    finish();
}

void BlockingCall::finish() noexcept {
    Resumption resumption;
    {
        const std::lock_guard held(waiters_.lock);
        done_ = true;
        WaitEntry* const caller = waiters_.first_waiting();
        if (caller != nullptr && waiters_.win(*caller)) resumption.add(*caller);
    }
    resumption.run();
}

void DetachedCall::run(const std::stop_token& stop) noexcept {
    {
        const FieldsInUse mine{fields_.set()};
        try {
            call(stop);
        } catch (...) {
            log_failure("failed and nobody saw it", std::current_exception());
        }
    }
    delete this;
}

void DetachedCall::refuse(std::exception_ptr reason) noexcept {
    log_failure("never ran", reason);
    delete this;
}

void DetachedCall::log_failure(const char* what, const std::exception_ptr& failure) noexcept {
    log(LogLevel::error, std::string{"blocking_detached, called at "} + where_.file + ":" +
                             std::to_string(where_.line) + ", " + what + ": " +
                             Result<void>{failure}.story());
}

void submit_detached(RuntimeCore& core, DetachedCall& call) {
    const Visit visit{core};
    try {
        if (!visit) throw Error{Errc::stopping, "blocking_detached: the runtime has ended"};
        core.blocking.submit(call);
    } catch (...) {
        delete &call;
        throw;
    }
}

}  // namespace greenroom::detail
