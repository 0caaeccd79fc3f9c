#include "overflow.hpp"

#include <pthread.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <new>

#include "fault_registers.hpp"
#include "signal_text.hpp"
#include "slab_table.hpp"
#include "stack_slab.hpp"

namespace greenroom::detail {

namespace {

std::mutex install_mutex;
int install_count = 0;   // guarded by install_mutex
bool is_buried = false;  // guarded by it: ours may still be called by a handler of the host's
// Written before the handler is installed, or exchanged for another that was valid: read by the
// handler without a lock. A host that changes its handlers while faults happen may lose one.
struct sigaction previous;

// relaxed: set before the handler is installed, by a system call that orders it.
std::atomic<CurrentName> current_name_of_thread{nullptr};
static_assert(std::atomic<CurrentName>::is_always_lock_free);

// The fault is an overflow if it hit the guard of the stack on which the thread runs. The stack
// pointer may be in the stack, in its guard, or below that, by a frame whose low end was not
// touched first; a wild pointer into a guard comes from somewhere else.
bool is_overflow(std::uintptr_t fault, std::uintptr_t stack_pointer, SlabEntry& slab) noexcept {
    if (!slab_table().find(fault, slab)) return false;
    const auto base = reinterpret_cast<std::uintptr_t>(slab.base);
    const std::size_t stride = StackSlab::stride(slab.stack_class);
    const std::uintptr_t guard = base + (fault - base) / stride * stride;
    if (fault - guard >= StackGuard::bytes) return false;
    const std::uintptr_t lowest = guard - std::min<std::uintptr_t>(guard, stride);
    return stack_pointer >= lowest && stack_pointer < guard + stride;
}

// The handler that was there before is put back, and the fault is left to happen again: it is then
// that handler's, or the kernel's. On the alternate stack, whatever it asked for: where it would
// run otherwise there is no room.
void put_previous_back() noexcept {
    struct sigaction action = previous;
    action.sa_flags |= SA_ONSTACK;
    ::sigaction(SIGSEGV, &action, nullptr);
}

void die_by_default(const siginfo_t& info) noexcept {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    ::sigaction(SIGSEGV, &action, nullptr);
    // A fault happens again as soon as we return. What somebody sent does not, so it is sent again;
    // it waits until we return, since the signal is blocked here.
    if (info.si_code <= 0) ::raise(SIGSEGV);
}

void pass_on(int signal, siginfo_t* info, void* context) noexcept {
    const struct sigaction action = previous;
    const bool was_sent = info->si_code <= 0;
    if (action.sa_handler == SIG_IGN && was_sent) return;
    // The kernel does not let a fault be ignored.
    if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) return die_by_default(*info);
    if ((action.sa_flags & static_cast<int>(SA_RESETHAND)) != 0) previous.sa_handler = SIG_DFL;
    sigset_t blocked_before;
    ::pthread_sigmask(SIG_BLOCK, &action.sa_mask, &blocked_before);
    if ((action.sa_flags & SA_SIGINFO) != 0) {
        action.sa_sigaction(signal, info, context);
    } else {
        action.sa_handler(signal);
    }
    ::pthread_sigmask(SIG_SETMASK, &blocked_before, nullptr);
}

void handle(int signal, siginfo_t* info, void* context) noexcept {
    const int error = errno;
    SlabEntry slab;
    const bool is_fault = info->si_code > 0;
    if (is_fault && is_overflow(reinterpret_cast<std::uintptr_t>(info->si_addr),
                                stack_pointer_of(*static_cast<ucontext_t*>(context)), slab)) {
        report_overflow(slab.stack_class);
        put_previous_back();
    } else {
        pass_on(signal, info, context);
    }
    errno = error;
}

bool is_ours(const struct sigaction& action) noexcept {
    return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == &handle;
}

void put_on_top() noexcept {
    struct sigaction on_top {};
    ::sigaction(SIGSEGV, nullptr, &on_top);
    if (is_ours(on_top)) return;
    previous = on_top;
    struct sigaction action {};
    action.sa_sigaction = &handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGSEGV, &action, nullptr);
}

// Who is larger; null if nobody is.
const char* advice_for(StackClass stack_class) noexcept {
    switch (stack_class) {
        case StackClass::small: return "StackClass::standard (128 KiB)";
        case StackClass::standard: return "StackClass::large (1024 KiB)";
        case StackClass::large: return "StackClass::huge (8192 KiB)";
        case StackClass::huge: return nullptr;
    }
    return nullptr;
}

constexpr std::size_t alternate_stack_bytes_min = std::size_t{64} << 10U;

// The kernel's minimum depends on the processor (AVX-512 and AMX registers are kept there).
std::size_t alternate_stack_bytes() noexcept {
    constexpr std::size_t handlers_need = std::size_t{32} << 10U;
    return std::max<std::size_t>(alternate_stack_bytes_min,
                                 ::getauxval(AT_MINSIGSTKSZ) + handlers_need);
}

}  // namespace

void install_overflow_report(CurrentName current_name) noexcept {
    const std::lock_guard held(install_mutex);
    current_name_of_thread.store(current_name, std::memory_order_relaxed);
    ++install_count;
    if (install_count == 1 && !is_buried) put_on_top();
}

void uninstall_overflow_report() noexcept {
    const std::lock_guard held(install_mutex);
    if (--install_count > 0) return;
    struct sigaction on_top {};
    ::sigaction(SIGSEGV, nullptr, &on_top);
    is_buried = !is_ours(on_top);
    if (!is_buried) ::sigaction(SIGSEGV, &previous, nullptr);
}

void reinstall_overflow_report() noexcept {
    const std::lock_guard held(install_mutex);
    if (install_count == 0) return;
    put_on_top();
    is_buried = false;
}

void report_overflow(StackClass stack_class) noexcept {
    const CurrentName current_name = current_name_of_thread.load(std::memory_order_relaxed);
    const char* who = current_name != nullptr ? current_name() : nullptr;
    SignalText text;
    text << "greenroom: stack overflow in " << (who != nullptr ? who : "(unnamed)")
         << ": its stack is " << (usable_bytes(stack_class) >> 10U) << " KiB (class "
         << name(stack_class) << ")\ngreenroom: ";
    if (const char* larger = advice_for(stack_class); larger != nullptr) {
        text << "spawn it with " << larger << ", or keep large objects off the stack\n";
    } else {
        text << "no class is larger: keep large objects off the stack, or recurse less\n";
    }
    text.write_to_stderr();
}

AlternateStack::AlternateStack() noexcept {
    stack_t present{};
    ::sigaltstack(nullptr, &present);
    if ((present.ss_flags & SS_DISABLE) == 0) return;
    const std::size_t bytes = alternate_stack_bytes();
    memory_.reset(new (std::nothrow) std::byte[bytes]);
    if (memory_ == nullptr) return;
    stack_t ours{};
    ours.ss_sp = memory_.get();
    ours.ss_size = bytes;
    if (::sigaltstack(&ours, nullptr) != 0) memory_.reset();
}

AlternateStack::~AlternateStack() {
    if (memory_ == nullptr) return;
    stack_t present{};
    ::sigaltstack(nullptr, &present);
    // Somebody has set another since, who takes his back himself.
    if (present.ss_sp != memory_.get()) return;
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
}

}  // namespace greenroom::detail
