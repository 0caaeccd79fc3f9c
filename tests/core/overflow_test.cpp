// The report of a stack overflow: each way to overflow, each handler that may be there already.
//
// Not under AddressSanitizer: it has a SIGSEGV handler of its own, and enlarges every frame.
// Not under ThreadSanitizer: it calls signal handlers late, when the fault has killed the process.
#include "overflow.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csetjmp>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <thread>

#include "context.hpp"
#include "core/scripted_stack_memory.hpp"
#include "stack_pool.hpp"

namespace greenroom::detail {
namespace {

const char* who = "session 17";
const char* name_of_who() noexcept { return who; }

// Makes the compiler believe that all of it is used.
void keep(void* memory) { asm volatile("" : : "r"(memory) : "memory"); }

// A frame that is larger than what is left of the stack, and smaller than that and the guard.
[[gnu::noinline]] char use_one_large_frame() {
    std::array<char, std::size_t{40} << 10U> frame;
    keep(&frame);
    frame.front() = 1;  // the low end, far below what is mapped
    keep(&frame);
    return frame.front();
}

// Calls itself, `frame_bytes` each, until `left_bytes` of the stack are left, and then uses them up
// in one frame; 0: until it breaks.
template <std::size_t frame_bytes>
[[gnu::noinline]] int recurse(const std::byte* low, std::size_t left_bytes) {
    std::array<char, frame_bytes> frame;
    frame.fill(1);
    keep(&frame);
    const auto here = reinterpret_cast<std::uintptr_t>(&frame);
    const auto end = reinterpret_cast<std::uintptr_t>(low) + left_bytes;
    if (left_bytes != 0 && here < end) {
        std::fputs("16 KiB left. ", stderr);
        return use_one_large_frame() + frame.back();
    }
    return recurse<frame_bytes>(low, left_bytes) + frame.back();
}

struct Victim {
    Context thread;
    Stack* stack = nullptr;
    void (*function)(const StackBounds&) = nullptr;
    Context* self = nullptr;

    static void run(void* argument) {
        Victim& victim = *static_cast<Victim*>(argument);
        victim.function(victim.stack->bounds());
        victim.self->switch_to(victim.thread);
    }
};

// Runs the function on a stack of that class.
void on_stack(StackClass stack_class, void (*function)(const StackBounds&),
              StackMemory& memory = kernel_stack_memory()) {
    StackPool pool{memory, 100, false};
    Victim victim;
    victim.stack = pool.take(stack_class);
    victim.function = function;
    Context context{victim.stack->bounds(), Victim::run, &victim};
    victim.self = &context;
    victim.thread.switch_to(context);
    pool.give_back(*victim.stack);
}

void overflow_by_recursion(const StackBounds& stack) { recurse<200>(stack.low, 0); }
void overflow_by_one_frame(const StackBounds& stack) { recurse<200>(stack.low, 16'384); }
void write_through_null(const StackBounds&) { *static_cast<volatile int*>(nullptr) = 1; }

// The rest of a death test's body: with the report, on a stack of that class.
void with_report(StackClass stack_class, void (*function)(const StackBounds&)) {
    install_overflow_report(&name_of_who);
    const AlternateStack alternate;
    on_stack(stack_class, function);
}

void host_action(int, siginfo_t* info, void*) {
    std::fprintf(stderr, "host handler, %s fault", info->si_addr == nullptr ? "null" : "guard");
    ::_exit(7);
}
void host_handler(int) {
    std::fputs("host handler", stderr);
    ::_exit(8);
}

void set_handler(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    ::sigaction(SIGSEGV, &action, nullptr);
}
void set_action(void (*handler)(int, siginfo_t*, void*)) {
    struct sigaction action {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;  // no SA_ONSTACK: most hosts do not think of it
    ::sigaction(SIGSEGV, &action, nullptr);
}

class OverflowDeathTest : public testing::Test {
protected:
    OverflowDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
    const testing::KilledBySignal killed_by_fault{SIGSEGV};
};

TEST_F(OverflowDeathTest, DeepRecursionNamesWhoItWasAndTheSizeOfItsStack) {
    EXPECT_EXIT(with_report(StackClass::standard, overflow_by_recursion), killed_by_fault,
                "greenroom: stack overflow in session 17: its stack is 128 KiB \\(class standard\\)"
                "\ngreenroom: .*StackClass::large");
}

TEST_F(OverflowDeathTest, OneFrameLargerThanWhatIsLeftIsCaught) {
    EXPECT_EXIT(with_report(StackClass::standard, overflow_by_one_frame), killed_by_fault,
                "16 KiB left. greenroom: stack overflow in session 17: .*128 KiB");
}

TEST_F(OverflowDeathTest, EachClassIsNamedWithItsSize) {
    EXPECT_EXIT(with_report(StackClass::small, overflow_by_recursion), killed_by_fault,
                "32 KiB \\(class small\\)");
    EXPECT_EXIT(with_report(StackClass::large, overflow_by_one_frame), killed_by_fault,
                "1024 KiB \\(class large\\)");
    EXPECT_EXIT(with_report(StackClass::huge, overflow_by_recursion), killed_by_fault,
                "8192 KiB \\(class huge\\)\ngreenroom: no class is larger");
}

TEST_F(OverflowDeathTest, WhereGuardsAreMappingsToo) {
    auto on_an_old_kernel = [] {
        support::ScriptedStackMemory memory;
        memory.guard_install_error = EINVAL;
        install_overflow_report(&name_of_who);
        const AlternateStack alternate;
        on_stack(StackClass::standard, overflow_by_one_frame, memory);
    };
    EXPECT_EXIT(on_an_old_kernel(), killed_by_fault, "stack overflow in session 17");
}

TEST_F(OverflowDeathTest, OneThatNobodyNamesIsReportedAllTheSame) {
    who = nullptr;
    EXPECT_EXIT(with_report(StackClass::small, overflow_by_recursion), killed_by_fault,
                "stack overflow in \\(unnamed\\)");
}

TEST_F(OverflowDeathTest, OnAnotherThreadToo) {
    EXPECT_EXIT(std::thread([] { with_report(StackClass::small, overflow_by_recursion); }).join(),
                killed_by_fault, "stack overflow in session 17");
}

TEST_F(OverflowDeathTest, AHandlerOfTheHostFromBeforeRunsAfterTheReport) {
    auto with_action = [] {
        set_action(host_action);
        with_report(StackClass::small, overflow_by_recursion);
    };
    EXPECT_EXIT(with_action(), testing::ExitedWithCode(7),
                "stack overflow in session 17(.|\n)*host handler, guard fault");
    auto with_handler = [] {
        set_handler(host_handler);
        with_report(StackClass::small, overflow_by_recursion);
    };
    EXPECT_EXIT(with_handler(), testing::ExitedWithCode(8),
                "stack overflow in session 17(.|\n)*host handler");
    auto with_ignore = [] {
        set_handler(SIG_IGN);
        with_report(StackClass::small, overflow_by_recursion);
    };
    EXPECT_EXIT(with_ignore(), killed_by_fault, "stack overflow in session 17");
}

// No line of ours: the regular expressions begin where stderr does.
TEST_F(OverflowDeathTest, AFaultThatIsNotOursGoesStraightToTheHostsHandler) {
    auto with_action = [] {
        set_action(host_action);
        with_report(StackClass::small, write_through_null);
    };
    EXPECT_EXIT(with_action(), testing::ExitedWithCode(7), "^host handler, null fault");
    auto with_handler = [] {
        set_handler(host_handler);
        with_report(StackClass::small, write_through_null);
    };
    EXPECT_EXIT(with_handler(), testing::ExitedWithCode(8), "^host handler");
    EXPECT_EXIT(with_report(StackClass::small, write_through_null), killed_by_fault, "^$");
}

TEST_F(OverflowDeathTest, AWildPointerIntoAGuardIsNoOverflow) {
    auto poke = [] {
        install_overflow_report(&name_of_who);
        StackPool pool{kernel_stack_memory(), 100, false};
        *(pool.take(StackClass::small)->bounds().low - 1) = std::byte{1};
    };
    EXPECT_EXIT(poke(), killed_by_fault, "^$");
}

TEST_F(OverflowDeathTest, AnOverflowOfTheThreadsOwnStackIsNotOurs) {
    auto overflow = [] {
        set_action(host_action);
        install_overflow_report(&name_of_who);
        const AlternateStack alternate;
        recurse<4000>(nullptr, 0);
    };
    EXPECT_EXIT(overflow(), testing::ExitedWithCode(7), "^host handler, guard fault");
}

TEST_F(OverflowDeathTest, ASignalThatSomebodySendsIsTreatedAsBefore) {
    auto with_default = [] {
        install_overflow_report(&name_of_who);
        ::raise(SIGSEGV);
        ::_exit(0);
    };
    EXPECT_EXIT(with_default(), killed_by_fault, "^$");
    auto with_ignore = [] {
        set_handler(SIG_IGN);
        install_overflow_report(&name_of_who);
        ::raise(SIGSEGV);
        ::_exit(0);
    };
    EXPECT_EXIT(with_ignore(), testing::ExitedWithCode(0), "^$");
}

sigjmp_buf before_fault;
int lives = 0;  // no local: what a jump finds in those is nobody's promise
void jump_out(int, siginfo_t*, void*) { siglongjmp(before_fault, 1); }

TEST_F(OverflowDeathTest, AHostThatLivesThroughItsFaultsStillHearsOfTheNextAndSoDoWe) {
    auto live_on = [] {
        set_action(jump_out);
        install_overflow_report(&name_of_who);
        for (lives = 0; lives < 3; ++lives) {
            if (sigsetjmp(before_fault, 1) == 0) write_through_null({});
            std::fputs("lived. ", stderr);
        }
        set_handler(SIG_DFL);
        reinstall_overflow_report();
        const AlternateStack alternate;
        on_stack(StackClass::small, overflow_by_recursion);
    };
    EXPECT_EXIT(live_on(), killed_by_fault, "^lived. lived. lived. greenroom: stack overflow");
}

TEST_F(OverflowDeathTest, AHandlerOfTheHostFromLaterComesFirstUntilOursIsReinstalled) {
    auto later = [] {
        install_overflow_report(&name_of_who);
        set_action(host_action);
        const AlternateStack alternate;
        on_stack(StackClass::small, write_through_null);
    };
    EXPECT_EXIT(later(), testing::ExitedWithCode(7), "^host handler");
    auto reinstalled = [] {
        install_overflow_report(&name_of_who);
        set_action(host_action);
        reinstall_overflow_report();
        const AlternateStack alternate;
        on_stack(StackClass::small, overflow_by_recursion);
    };
    EXPECT_EXIT(reinstalled(), testing::ExitedWithCode(7),
                "^greenroom: stack overflow in session 17(.|\n)*host handler, guard fault");
}

TEST_F(OverflowDeathTest, TheProcessDiesOfItWithTheReportTurnedOff) {
    auto off = [] {
        install_overflow_report(&name_of_who);
        uninstall_overflow_report();
        const AlternateStack alternate;
        on_stack(StackClass::small, overflow_by_recursion);
    };
    EXPECT_EXIT(off(), killed_by_fault, "^$");
}

void (*present_handler())(int, siginfo_t*, void*) {
    struct sigaction action {};
    ::sigaction(SIGSEGV, nullptr, &action);
    return action.sa_sigaction;
}

TEST(Overflow, TheHandlerStaysUntilTheLastUninstall) {
    const auto before = present_handler();
    install_overflow_report(&name_of_who);
    const auto ours = present_handler();
    EXPECT_NE(ours, before);
    install_overflow_report(&name_of_who);
    uninstall_overflow_report();
    EXPECT_EQ(present_handler(), ours);
    uninstall_overflow_report();
    EXPECT_EQ(present_handler(), before);
}

TEST(Overflow, UninstallLeavesAHandlerThatTheHostPutOnTop) {
    const auto before = present_handler();
    install_overflow_report(&name_of_who);
    set_action(host_action);
    uninstall_overflow_report();
    EXPECT_EQ(present_handler(), &host_action);
    install_overflow_report(&name_of_who);
    EXPECT_EQ(present_handler(), &host_action) << "ours may be below it, and must not be above too";
    reinstall_overflow_report();
    EXPECT_NE(present_handler(), &host_action);
    uninstall_overflow_report();
    EXPECT_EQ(present_handler(), &host_action);
    set_action(before);
}

TEST(Overflow, AnAlternateStackIsTheThreadsWhileItLivesAndAnEmbeddersIsLeftAlone) {
    std::thread([] {
        stack_t present{};
        {
            const AlternateStack alternate;
            ::sigaltstack(nullptr, &present);
            EXPECT_EQ(present.ss_flags, 0);
            const void* const first = present.ss_sp;
            { const AlternateStack nested; }
            ::sigaltstack(nullptr, &present);
            EXPECT_EQ(present.ss_sp, first);
        }
        ::sigaltstack(nullptr, &present);
        EXPECT_EQ(present.ss_flags, SS_DISABLE);
    }).join();
}

}  // namespace
}  // namespace greenroom::detail
