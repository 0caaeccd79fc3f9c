// operator new and delete over the block pool: a process that is forked, and one without memory.
// Not under ThreadSanitizer: it ends a process that asks for too much, and takes far more address
// space than the limit here.
// Not under AddressSanitizer: a program keeps the sanitizer's own there.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

namespace greenroom {

namespace {

// Kept from an optimiser that would leave a new and its delete out.
void* volatile kept = nullptr;

// True if the child's checks did.
bool in_child(const std::function<bool()>& checks) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(30);  // a hang is a failure as well
        ::_exit(checks() ? 0 : 1);
    }
    int status = 0;
    return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Of address space.
rlim_t mapped_bytes() {
    rlim_t pages = 0;
    std::ifstream{"/proc/self/statm"} >> pages;
    return pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}

// Many enough to ask the depots of their sizes.
bool allocate_many() {
    std::vector<std::unique_ptr<std::string>> texts;
    for (std::size_t i = 0; i < 4'000; ++i) {
        texts.push_back(std::make_unique<std::string>(16 + i % 200, 'x'));
    }
    return true;
}

// As a library may register some when it is loaded.
void allocate_at_a_fork() { static_cast<void>(allocate_many()); }
void allocate_in_the_child() {
    ::alarm(30);
    allocate_at_a_fork();
}
[[maybe_unused]] const int handlers =
    ::pthread_atfork(&allocate_at_a_fork, &allocate_at_a_fork, &allocate_in_the_child);

}  // namespace

TEST(PooledNewProcess, WhatIsTooMuchAsksTheProgramsHandlerAndFails) {
    static int asked = 0;
    asked = 0;
    const std::new_handler before = std::set_new_handler([] {
        if (++asked == 3) std::set_new_handler(nullptr);
    });
    const volatile std::size_t far_too_much = std::size_t{1} << 60;
    EXPECT_THROW(kept = ::operator new(far_too_much), std::bad_alloc);
    EXPECT_EQ(asked, 3);
    EXPECT_EQ(::operator new(far_too_much, std::nothrow), nullptr);
    std::set_new_handler(before);
}

TEST(PooledNewProcess, AChildAllocatesThoughOtherThreadsDidAtTheFork) {
    std::atomic<bool> stop{false};
    std::vector<std::thread> busy;
    for (int i = 0; i < 3; ++i) {
        busy.emplace_back([&stop] {
            while (!stop.load()) static_cast<void>(allocate_many());
        });
    }
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(in_child(&allocate_many)) << "fork " << i;
    stop.store(true);
    for (std::thread& thread : busy) thread.join();
}

TEST(PooledNewProcess, WithoutMemoryTheProgramsHandlerIsAskedAndMayHelp) {
    static std::vector<std::unique_ptr<char[]>> hoard;
    static int asked = 0;
    const auto run_out_of_memory = [] {
        hoard.reserve(1'000'000);
        const rlim_t mapped_max = mapped_bytes() + (rlim_t{100} << 20);
        const rlimit limit{mapped_max, mapped_max};
        if (::setrlimit(RLIMIT_AS, &limit) != 0) return false;
        std::set_new_handler([] {
            if (++asked == 2) std::set_new_handler(nullptr);
            if (asked == 1) hoard.resize(hoard.size() / 2);
        });
        try {
            for (;;) hoard.emplace_back(new char[1'000]);
        } catch (const std::bad_alloc&) {
            const bool had_much = hoard.size() > 10'000;
            hoard.clear();
            return asked == 2 && had_much && allocate_many();
        }
    };
    EXPECT_TRUE(in_child(run_out_of_memory));
}

}  // namespace greenroom
