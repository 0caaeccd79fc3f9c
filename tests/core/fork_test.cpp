// fork() in a program with runtimes: neither process is harmed.
// Not under ThreadSanitizer: it lets no child of a program with threads start any.
// Not under AddressSanitizer: clang 14's allocator may be locked by another thread at the fork, and
// nobody unlocks it in the child.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/task.hpp>
#include <optional>

namespace greenroom {

namespace {

using namespace std::chrono_literals;

// The number of the first check that failed in a child; 0: none did.
int in_child(const std::function<int()>& checks) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(30);  // a hang is a failure as well
        ::_exit(checks());
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
    return WEXITSTATUS(status);
}

bool refuses(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code() == make_error_code(Errc::stopping);
    }
    return false;
}

RuntimeOptions with_workers(int workers) {
    RuntimeOptions options;
    options.workers = workers;
    return options;
}

}  // namespace

TEST(Fork, TheChildFindsDeadRuntimesAndMayMakeItsOwnAndTheParentGoesOn) {
    std::optional<Runtime> first{with_workers(2)};
    std::optional<Runtime> second{with_workers(1)};
    Event event;
    std::optional<Task<void>> task{spawn(*first, [&] { event.wait(); })};
    std::optional<Task<void>> other{spawn(*second, [&] { event.wait(); })};
    EXPECT_EQ(run(*first, [] { return 7; }), 7);
    const int failed = in_child([&] {
        if (!refuses([&] { spawn(*first, [] {}).detach(); })) return 1;
        if (!refuses([&] { task->join(); })) return 2;
        if (!refuses([&] { (void)second->dump(); })) return 3;
        task.reset();  // returns at once: it does not run here
        first.reset();
        second.reset();
        Runtime own{with_workers(2)};
        return run(own, [] { return spawn([] { return 0; }).get(); });
    });
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(run(*first, [] { return 8; }), 8);
    EXPECT_EQ(run(*second, [] { return 9; }), 9);
    event.set();
    task->join();
    other->join();
}

TEST(Fork, ACallerDrivenRuntimeIsDeadInTheChildToo) {
    RuntimeOptions options;
    options.driven_by = DrivenBy::caller;
    std::optional<Runtime> runtime{options};
    int ran = 0;
    auto task = spawn(*runtime, [&] {
        for (;;) {
            next_tick();
            ++ran;
        }
    });
    runtime->run_for(1h);
    runtime->run_for(1h);
    EXPECT_EQ(ran, 1);
    const int failed = in_child([&] {
        if (!refuses([&] { runtime->run_for(1ms); })) return 1;
        runtime.reset();
        return ran == 1 ? 0 : 2;
    });
    EXPECT_EQ(failed, 0);
    runtime->run_for(1h);
    EXPECT_EQ(ran, 2);
    task.cancel();
    runtime->run_until_idle();
}

}  // namespace greenroom
