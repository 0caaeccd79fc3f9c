// The switch, over Boost.Context's jump_fcontext; the only file that names Boost.
//
// Who saves    Each context for itself: before it jumps it keeps the thread's errno and exception
//              state, when it arrives it puts them back. A new one starts with both cleared.
// Newer Boost  From 1.88 on, Boost.Context's `fiber` carries the exception state as well. The
//              function that we call lies below that class and does not; and if it did, it would
//              read after our read and write before our write, on the same thread, and no exception
//              begins or ends in between: the same 16 bytes are written twice.
#include "context.hpp"

#include <boost/context/detail/fcontext.hpp>
#include <cerrno>
#include <cstddef>
#include <greenroom/core/assert.hpp>

namespace greenroom::detail {

namespace boost_context = boost::context::detail;

namespace {

// Boost's type for the two words is not ours. They agree in all that a call depends on, and a plain
// conversion of the result would keep the compiler from ending jump() with a jump.
using BareJump = Transfer (*)(void*, void*) noexcept;
static_assert(sizeof(boost_context::transfer_t) == sizeof(Transfer));
static_assert(offsetof(boost_context::transfer_t, data) == offsetof(Transfer, second));
const auto bare_jump =
    reinterpret_cast<BareJump>(reinterpret_cast<void*>(&boost_context::jump_fcontext));

}  // namespace

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
    if (entry_ == nullptr) {
        GREENROOM_ASSERT(!is_suspended());  // else nobody could ever return to that stack
        return;
    }
    GREENROOM_ASSERT(is_suspended());
    if (hooks_.wants_farewell()) bid_farewell();
    hooks_.destroy(stack_);
    valgrind_.remove();
}

Transfer Context::jump(void* self_address, void* next_address) noexcept {
    Context& self = *static_cast<Context*>(self_address);
    Context& next = *static_cast<Context*>(next_address);
    GREENROOM_ASSERT(!self.is_suspended());
    GREENROOM_ASSERT(next.is_suspended());
    if (self.thread_errno_ == nullptr) self.adopt_thread();
    GREENROOM_DEBUG_ASSERT(self.thread_errno_ == &errno);
    self.errno_ = *self.thread_errno_;
    self.exceptions_.read(self.thread_exceptions_);
    next.thread_errno_ = self.thread_errno_;
    next.thread_exceptions_ = self.thread_exceptions_;
    self.next_ = &next;
    void* const resumes_at = next.resumes_at_;
    next.resumes_at_ = nullptr;
    // From here on no local whose address is taken: a sanitizer may keep such on the context's fake
    // stack, which is gone once it has heard of a farewell.
    self.hooks_.leave(next.hooks_);
    return bare_jump(resumes_at, &self);
}

void Context::enter(Context& from, void* from_resumes_at) noexcept {
    Context& self = *from.next_;
    self.arrive_from(from, from_resumes_at);
    self.entry_(self.argument_);
    const bool entry_returned = true;
    GREENROOM_ASSERT(!entry_returned);
}

std::byte* Context::lowest_used() const noexcept {
    GREENROOM_ASSERT(entry_ != nullptr);
    GREENROOM_ASSERT(is_suspended());
    // The jump keeps the registers from this address upwards, and there is nothing below: a red
    // zone belongs to a function that calls nobody, and this stack has called the jump.
    return static_cast<std::byte*>(resumes_at_);
}

// Out of line, so that the common path stays short.
[[gnu::noinline, gnu::cold]] void Context::adopt_thread() noexcept {
    thread_errno_ = &errno;
    thread_exceptions_ = __cxxabiv1::__cxa_get_globals();
    hooks_.adopt();
}

// Lets the context run for a moment, so that a sanitizer hears from it that it ends. It may do so
// on another thread than it ran on: what jump() hands on are the addresses of that one's state.
void Context::bid_farewell() noexcept {
    Context here;
    hooks_.begin_farewell();
    here.switch_to(*this);
}

void Context::leave_for_good(Context& next) noexcept {
    jump(this, &next);
    const bool came_back = true;
    GREENROOM_ASSERT(!came_back);
}

}  // namespace greenroom::detail
