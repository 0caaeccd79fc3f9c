#include <greenroom/core/detail/task_state.hpp>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/detail/task_watch.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/log.hpp>
#include <mutex>
#include <string>
#include <utility>

#include "runtime_core.hpp"
#include "this_thread.hpp"

namespace greenroom::detail {

TaskState::TaskState(RuntimeCore& core, const char* name, StackClass stack_class, Where where)
    : Activity{core, Binding::stays},
      stack_class_{stack_class},
      name_{name != nullptr ? name : "task"},
      where_{where} {}

TaskState::~TaskState() {
    GREENROOM_ASSERT(watches_ == nullptr);
    delete stop_.load(std::memory_order_relaxed);  // relaxed: nobody else has a reference
}

void TaskState::queue(bool lives_long) {
    if (!has_no_fields()) [[unlikely]]
        take_fields();
    Worker* const here = core().worker_here();
    if (here == nullptr) [[unlikely]]
        return queue_from_outside(lives_long);
    // relaxed: a flag.
    if (core().workers_without_spare.load(std::memory_order_relaxed) != 0) throw_no_stack();
    core().begin_task(here);
    lives_long ? queue_for_long(here) : here->push_newest(*this);
}

void TaskState::queue_from_outside(bool lives_long) {
    const Visit visit{core()};
    if (!visit) throw Error{Errc::stopping, "spawn: the runtime has ended"};
    // relaxed: a flag.
    if (core().workers_without_spare.load(std::memory_order_relaxed) != 0) throw_no_stack();
    core().begin_task(nullptr);
    lives_long ? queue_for_long(nullptr) : core().inject(*this);
}

void TaskState::queue_for_long(Worker* here) {
    try {
        core().spread(stack_class_, *this);
    } catch (...) {
        core().end_task(here);
        throw;
    }
}

void TaskState::throw_no_stack() const {
    // relaxed: the words of an error.
    const StackLack lack = core().stack_lack.load(std::memory_order_relaxed);
    throw StacksExhausted{stack_class_, core().guard_tier, lack.error, lack.failure};
}

void TaskState::run(Worker& here) noexcept {
    try {
        if (!run_on_stack_class(here, stack_class_, *this)) return;
        if (!fields_.empty() && has_no_fields()) [[unlikely]]
            return run_with_fields(here);
        run_on_carrier(here);
    } catch (...) {
        failure_ = std::current_exception();
        finish(here);
    }
}

void TaskState::run_with_fields(Worker& here) noexcept {
    const Fields kept = fields_;  // its end is in there
    const FieldsInUse mine{kept.set()};
    run(here);  // where it is, on a stack of its class
}

void TaskState::run_on_carrier(Worker& here) noexcept {
    {
        const Turn turn{here, *this};
        begin_turn(turn.fiber());
        const bool spares = mutant(Mutant::cancel_runs_unstarted);
        if (!spares && (cancel_requested() || (core().stopping() && &runs_as() == this))) {
            cancelled_ = true;
        } else {
            guarded_call();
        }
        const CancellationMask mask{turn.fiber().scopes};
        destroy_function();
        // acquire: pairs with the release of the handle. A result that nobody can fetch may wait in
        // its destructor, which the loop cannot.
        if (references_.load(std::memory_order_acquire) == 1) destroy_result();
        unbind();
    }
    finish(here);
}

void TaskState::guarded_call() noexcept {
    try {
        call();
    } catch (const Cancelled&) {
        cancelled_ = true;
    } catch (...) {
        failure_ = std::current_exception();
    }
}

void TaskState::finish(Worker& here) noexcept {
    RuntimeCore& runtime = core();
    // Who waits for it on this worker has the handle, and does not run before this has returned: so
    // the handle can let go of both references, and the two need not count with an exchange.
    // relaxed: null, or written by this worker.
    const bool handle_gets_mine = joined_on_.load(std::memory_order_relaxed) != nullptr;
    handle_has_both_ = handle_gets_mine;
    announce_end(here);
    if (!handle_gets_mine) let_go(1);
    runtime.end_task(&here);
}

void TaskState::announce_end(Worker& here) noexcept {
    Resumption resumption;
    // relaxed: null, or written by this worker.
    if (joined_on_.load(std::memory_order_relaxed) != nullptr) {
        tell_all(here, resumption);
    } else {
        const std::lock_guard held(joiners_.lock);
        tell_all(here, resumption);
    }
    resumption.run();
}

// Under the lock; or all who listed themselves did so on this worker, where all that they and the
// end do comes one after the other: see wait_here().
void TaskState::tell_all(Worker& here, Resumption& resumption) noexcept {
    // release: pairs with the acquire in done().
    done_.store(true, std::memory_order_release);
    WaitEntry* from = joiners_.first();
    while (WaitEntry* const joiner = joiners_.win_next(from, &here)) resumption.add(*joiner);
    while (TaskWatch* const watch = watches_) {
        watches_ = watch->next_of_task;
        watch->task_ended(resumption);
    }
}

// Where it is joined without the lock, others of that worker may still come.
void TaskState::forbid_second_user() const noexcept {
    // relaxed: who should have seen it, but did not, is as wrong.
    const Worker* const joined_on = joined_on_.load(std::memory_order_relaxed);
    const bool a_task_is_used_by_one_thread_at_a_time =
        joined_on == nullptr || joined_on == this_thread().worker || done();
    GREENROOM_ASSERT(a_task_is_used_by_one_thread_at_a_time);
}

void TaskState::add_watch(TaskWatch& watch) noexcept {
    Resumption nobody;  // the watcher is not waiting, but here
    forbid_second_user();
    const std::lock_guard held(joiners_.lock);
    if (done()) return watch.task_ended(nobody);
    watch.next_of_task = std::exchange(watches_, &watch);
}

void TaskState::remove_watch(TaskWatch& watch) noexcept {
    const std::lock_guard held(joiners_.lock);
    for (TaskWatch** link = &watches_; *link != nullptr; link = &(*link)->next_of_task) {
        if (*link == &watch) {
            *link = watch.next_of_task;
            return;
        }
    }
}

void TaskState::cancel() noexcept {
    // seq_cst: counted before the look for a stop source, which stop_token() stores before it looks
    // at the count. So one of the two stops it.
    cancel_requests_.fetch_add(1, std::memory_order_seq_cst);
    signal(cancel_signal);
    if (std::stop_source* const stop = stop_.load(std::memory_order_seq_cst)) stop->request_stop();
}

void TaskState::control() noexcept {
    // relaxed: its task is bound to this worker.
    std::stop_source* const stop = stop_.load(std::memory_order_relaxed);
    if (stop != nullptr && cancel_requested()) stop->request_stop();
    Activity::control();
}

std::stop_token TaskState::stop_token() {
    // relaxed: written by this task alone.
    std::stop_source* stop = stop_.load(std::memory_order_relaxed);
    if (stop == nullptr) {
        stop = new std::stop_source;
        stop_.store(stop, std::memory_order_seq_cst);  // seq_cst: see cancel()
    }
    if (cancel_requests_.load(std::memory_order_seq_cst) != 0 || (signals() & kill_signal) != 0) {
        stop->request_stop();
    }
    return stop->get_token();
}

std::uint32_t TaskState::cancel_requests() const noexcept {
    // relaxed: a count.
    return cancel_requests_.load(std::memory_order_relaxed);
}

std::uint32_t TaskState::uncancel() noexcept {
    // relaxed, both: a count, that only the task itself lowers.
    if (cancel_requests_.load(std::memory_order_relaxed) == 0) return 0;
    const std::uint32_t left = cancel_requests_.fetch_sub(1, std::memory_order_relaxed) - 1;
    if (left == 0) {
        clear_signals(cancel_signal);
        // seq_cst, as in cancel(), which counts before it signals: a signal that went with the old
        // ones has been counted, and is given again.
        if (cancel_requests_.load(std::memory_order_seq_cst) != 0) ask_again();
    }
    return left;
}

void TaskState::join(Where where) {
    try {
        (void)join_before(Deadline::never(), where);
    } catch (const Cancelled&) {
        cancel();
        join_masked(where);
        throw;
    }
}

// Cannot fail: the task may refer to what the caller is about to destroy.
void TaskState::join_masked(Where where) noexcept {
    // Done, its runtime may have ended and be another's by now; of a parent, it does not run here.
    if (done() || is_of_parent(core())) return;
    const CancellationMask mask;
    // The thread that drives the task's runtime goes on driving it.
    while (core().is_driver() && this_thread().worker == nullptr && !done()) {
        core().run_until_idle();
        this_thread().threads->pause();
    }
    for (;;) {
        try {
            if (join_before(Deadline::never(), where)) return;
        } catch (const Error&) {
            // No stack is left for others to run on meanwhile: then the worker waits as well.
            this_thread().threads->pause();
        }
    }
}

bool TaskState::join_before(Deadline deadline, Where where) {
    const ThreadToken thread = suspension_point();
    if (done()) return true;
    if (is_of_parent(core())) [[unlikely]]
        forbid_parents(core(), "join");
    Worker* const here = thread_of(thread).worker;
    const bool is_at_home = here != nullptr && &here->core() == &core();
    if (!is_at_home) core().forbid_wait_of_driver("join");
    // Outside of the lock: it may have to map a stack.
    WaitRecord record{{"task", this, where}, thread};
    WaitEntry entry{record};
    // The common case: it was spawned last, and its turn is next. Then it is bound to this worker,
    // and so is its end.
    const bool runs_here = is_at_home && here->start_newest_bound(*this);
    if (runs_here && joiners_.empty() && watches_ == nullptr) {
        return wait_here(*here, entry, deadline);
    }
    forbid_second_user();
    std::unique_lock held(joiners_.lock);
    if (done() && !mutant(Mutant::join_looks_once)) return true;
    joiners_.add(entry);
    held.unlock();
    const Outcome outcome = record.wait(deadline);
    if (outcome == Outcome::woken) return true;
    held.lock();
    joiners_.remove(entry);
    held.unlock();
    if (outcome == Outcome::cancelled) throw_cancelled();
    return false;
}

// On the worker where alone it will run, before it has begun: what is listed from here on, as long
// as this waits, is listed on this worker, and so is the end. Hence no lock.
bool TaskState::wait_here(Worker& here, WaitEntry& joiner, Deadline deadline) {
    joiners_.add(joiner);
    // relaxed, all: for this worker; for another's to find a fault by.
    joined_on_.store(&here, std::memory_order_relaxed);
    const Outcome outcome = here.suspend(joiner.record, deadline);
    if (outcome == Outcome::woken) return true;
    if (!mutant(Mutant::join_stays_unlocked)) {
        joined_on_.store(nullptr, std::memory_order_relaxed);
    }
    joiners_.remove(joiner);
    if (outcome == Outcome::cancelled) throw_cancelled();
    return false;
}

void TaskState::rethrow() {
    seen_ = true;
    // Moved out: whoever catches it has the last reference, and not the worker that ended the task.
    if (failure_ != nullptr) std::rethrow_exception(std::exchange(failure_, nullptr));
    if (cancelled_) throw_was_cancelled();
}

void TaskState::throw_failure() {
    seen_ = true;
    if (failure_ != nullptr) std::rethrow_exception(failure_);
    if (cancelled_) throw_was_cancelled();
}

void TaskState::throw_was_cancelled() const { throw Error{Errc::cancelled, story()}; }

std::exception_ptr TaskState::failure() {
    seen_ = true;
    if (!cancelled_) return std::exchange(failure_, nullptr);  // moved out: see rethrow()
    return std::make_exception_ptr(Error{Errc::cancelled, story()});
}

std::string TaskState::story() const {
    return std::string{name_} + ", spawned at " + where_.file + ":" + std::to_string(where_.line);
}

void TaskState::drop(TaskState& state) noexcept {
    state.cancel();
    state.join_masked(state.where_);
    release_handle(state);
}

void TaskState::release_handle(TaskState& state) noexcept {
    // Here, since the worker that ends the task may be the last to let go of it, outside of a turn.
    const bool ended = state.done();
    if (ended) state.destroy_result();
    const bool has_both =
        ended && state.handle_has_both_ && !mutant(Mutant::handle_forgets_the_other);
    state.let_go(has_both ? 2 : 1);
}

void TaskState::hold() noexcept {
    // relaxed: the caller has a reference already.
    references_.fetch_add(1, std::memory_order_relaxed);
}

void TaskState::let_go(std::uint32_t references) noexcept {
    // acquire, and acq_rel: all that the others did with it comes before its end. Who has all that
    // are left need not count: nobody can make another.
    if (references_.load(std::memory_order_acquire) != references &&
        references_.fetch_sub(references, std::memory_order_acq_rel) != references) {
        return;
    }
    if (failure_ != nullptr && !seen_) tell_unseen_failure();
    destroy();
}

namespace {

// Apart, so that the common way has no frame.
[[gnu::noinline, noreturn]] void throw_no_runtime(const char* call) {
    throw Error{Errc::wrong_thread, std::string{call} +
                                        ": this thread has no runtime; name it, as in " + call +
                                        "(runtime, ...)"};
}

}  // namespace

RuntimeCore& require_core(const char* call) {
    RuntimeCore* const core = current_core();
    if (core == nullptr) throw_no_runtime(call);
    return *core;
}

void require_plain_thread(const char* call) {
    if (current_core() == nullptr) return;
    throw Error{Errc::wrong_thread,
                std::string{call} + ": called in a fiber, whose worker it would keep; name the " +
                    "runtime, as in " + call + "(runtime, ...), or call f()"};
}

}  // namespace greenroom::detail
