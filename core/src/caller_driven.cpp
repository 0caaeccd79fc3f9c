// A runtime without threads of its own: what its thread asks of it, and what other threads may.
#include <greenroom/core/detail/wait_record.hpp>
#include <greenroom/core/error.hpp>
#include <mutex>
#include <string>

#include "runtime_core.hpp"
#include "this_thread.hpp"

namespace greenroom::detail {

namespace {

[[noreturn]] void refuse(const std::string& story) { throw Error{Errc::wrong_thread, story}; }

}  // namespace

// From the first call on it belongs to that thread.
void RuntimeCore::bind_caller(const char* call) {
    if (!caller_driven()) {
        refuse(std::string{call} +
               ": this runtime has threads of its own; construct it with "
               "RuntimeOptions::driven_by = DrivenBy::caller");
    }
    forbid_parents(*this, call);
    ThisThread& thread = this_thread();
    if (thread.worker != nullptr) refuse(std::string{call} + ": called from inside of a runtime");
    if (is_driver()) return;
    {
        const std::lock_guard held(binding_);
        // relaxed, both: written under the lock; who reads it without compares it with itself.
        if (caller_.load(std::memory_order_relaxed) != nullptr) {
            refuse(std::string{call} + ": this runtime is bound to the thread that drove it first");
        }
        caller_.store(&thread, std::memory_order_relaxed);
    }
    caller_overflow_report_.emplace();
}

bool RuntimeCore::is_driver() const noexcept {
    // relaxed: only the thread itself can have written what it is compared with.
    return caller_driven() && caller_.load(std::memory_order_relaxed) == &this_thread();
}

RunResult RuntimeCore::run_for(Duration budget) {
    bind_caller("run_for");
    next_tick.set();  // lets go on who waits for it now, and nobody who comes later
    next_tick.clear();
    const TimePoint now = refresh_now();
    const bool for_ever = budget >= TimePoint::max() - now;
    return workers.front()->run_until(for_ever ? TimePoint::max() : now + budget);
}

RunResult RuntimeCore::run_until_idle() {
    bind_caller("run_until_idle");
    refresh_now();
    return workers.front()->run_until(TimePoint::max());
}

// True: done, since the caller is the one that may touch the worker: its thread, or anybody while
// it has none, which keeps one from coming.
bool RuntimeCore::call_as_driver(WorkerFunction function, void* argument) {
    if (!caller_driven()) return false;
    std::unique_lock held(binding_);
    // relaxed: written under the lock.
    const void* const bound = caller_.load(std::memory_order_relaxed);
    if (bound != nullptr && bound != &this_thread()) return false;
    if (bound != nullptr) held.unlock();
    function(argument, *workers.front());
    return true;
}

void RuntimeCore::forbid_wait_of_driver(const char* call) const {
    if (!is_driver() || this_thread().worker != nullptr) return;
    refuse(std::string{call} + ": this thread drives the runtime that it would wait for: nobody " +
           "would run it; call run_for until it is done");
}

}  // namespace greenroom::detail

namespace greenroom {

void next_tick(Where where) {
    detail::RuntimeCore& core = detail::require_core("next_tick");
    if (!core.caller_driven()) detail::refuse("next_tick: this runtime has threads of its own");
    core.next_tick.wait(where);
}

}  // namespace greenroom
