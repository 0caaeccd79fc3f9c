// The switch, over Boost.Context's jump_fcontext; the only file that names Boost.
//
// Who saves   The suspended side, in its own frame: it reads errno and the exception state before
//             the jump and writes them back after it. A new context starts with both cleared.
// Newer Boost From 1.88 on, Boost.Context saves the exception state as well. It does so between our
//             read and our write, on the same thread, and no exception begins or ends in between:
//             both write the same 16 bytes, so doing it twice changes nothing.
#include "context.hpp"

#include <boost/context/detail/fcontext.hpp>
#include <cerrno>
#include <greenroom/core/assert.hpp>
#include <utility>

#include "exception_state.hpp"

namespace greenroom::detail {

namespace boost_context = boost::context::detail;

// The first frame on a stack of ours.
struct ContextEntry {
    static void run(boost_context::transfer_t arrival) noexcept {
        Context::enter(*static_cast<Context*>(arrival.data), arrival.fctx);
    }
};

Context::Context(StackBounds stack, void (*entry)(void*), void* argument) noexcept
    : entry_{entry}, argument_{argument}, stack_{stack} {
    GREENROOM_ASSERT(entry != nullptr);
    GREENROOM_ASSERT(stack.usable_bytes >= 4096);
    hooks_.create(stack);
    valgrind_.add(stack);
    resumes_at_ = boost_context::make_fcontext(stack.top(), stack.usable_bytes, ContextEntry::run);
}

Context::~Context() {
    const bool is_suspended = resumes_at_ != nullptr;
    if (entry_ == nullptr) {
        GREENROOM_ASSERT(!is_suspended);  // else the thread could never return to its own stack
        return;
    }
    GREENROOM_ASSERT(is_suspended);
    if (hooks_.wants_farewell()) bid_farewell();
    hooks_.destroy(stack_);
    valgrind_.remove();
}

void Context::switch_to(Context& next) noexcept {
    GREENROOM_ASSERT(resumes_at_ == nullptr);       // this one runs
    GREENROOM_ASSERT(next.resumes_at_ != nullptr);  // that one does not
    if (thread_errno_ == nullptr) adopt_thread();
    // Both still hold after the jump, since it comes back on the same thread.
    int* const thread_errno = thread_errno_;
    __cxxabiv1::__cxa_eh_globals* const thread_exceptions = thread_exceptions_;
    GREENROOM_DEBUG_ASSERT(thread_errno == &errno);
    const int error = *thread_errno;
    const ExceptionState exceptions = ExceptionState::read(thread_exceptions);
    next.thread_errno_ = thread_errno;
    next.thread_exceptions_ = thread_exceptions;
    next_ = &next;
    hooks_.leave(next.hooks_);
    const boost_context::transfer_t arrival =
        boost_context::jump_fcontext(std::exchange(next.resumes_at_, nullptr), this);
    Context& from = *static_cast<Context*>(arrival.data);
    arrive_from(from, arrival.fctx);
    if (hooks_.in_farewell()) switch_to(from);  // for good
    exceptions.write(thread_exceptions);
    *thread_errno = error;
}

inline void Context::arrive_from(Context& from, void* from_resumes_at) noexcept {
    from.resumes_at_ = from_resumes_at;
    hooks_.arrive(from.hooks_);
}

void Context::enter(Context& from, void* from_resumes_at) noexcept {
    Context& self = *from.next_;
    self.arrive_from(from, from_resumes_at);
    ExceptionState{}.write(self.thread_exceptions_);
    *self.thread_errno_ = 0;
    self.entry_(self.argument_);
    const bool entry_returned = true;
    GREENROOM_ASSERT(!entry_returned);
}

std::byte* Context::lowest_used() const noexcept {
    GREENROOM_ASSERT(entry_ != nullptr);
    GREENROOM_ASSERT(resumes_at_ != nullptr);
    // Boost keeps the registers at the address that it resumes at. The ABI's red zone ends there:
    // a function that calls, as the jump's caller did, has none below.
    return static_cast<std::byte*>(resumes_at_);
}

// Out of line, so that the common path stays short.
[[gnu::noinline, gnu::cold]] void Context::adopt_thread() noexcept {
    thread_errno_ = &errno;
    thread_exceptions_ = __cxxabiv1::__cxa_get_globals();
    hooks_.adopt();
}

// Lets the context run for a moment, so that a sanitizer hears from it that it ends. May happen on
// another thread than it ran on, and then it must not touch its old thread's state: it does not.
void Context::bid_farewell() noexcept {
    Context here;
    hooks_.begin_farewell();
    here.switch_to(*this);
}

}  // namespace greenroom::detail
