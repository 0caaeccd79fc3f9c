// Actors in a program whose own loop drives them: it sleeps in poll() until they have work.
#include <gtest/gtest.h>
#include <poll.h>

#include <greenroom/actors/system.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/threads.hpp>

namespace greenroom {

namespace {

using namespace std::chrono_literals;

struct Add {
    int number;
};
struct AddLater {
    Duration delay;
};

class Sum : public Actor {
public:
    explicit Sum(int& sum) : sum_{sum} {}
    void on(Add add) { sum_ += add.number; }
    void on(AddLater later) {
        sleep_for(later.delay);
        sum_ += 100;
    }

private:
    int& sum_;
};

// A loop of an embedder, blocked in poll() until the descriptor tells of work. False: it did not.
bool sleep_until_work(const Runtime& runtime) {
    pollfd waits{runtime.fd(), POLLIN, 0};
    return ::poll(&waits, 1, 30'000) == 1;
}

SystemOptions driven_by_caller() {
    SystemOptions options;
    options.runtime.driven_by = DrivenBy::caller;
    return options;
}

}  // namespace

TEST(Embedding, ALoopBlockedInPollWakesForATellFromAnotherThread) {
    System system{driven_by_caller()};
    int sum = 0;
    auto actor = system.spawn<Sum>(sum);
    system.runtime().run_until_idle();
    for (int number = 1; number <= 100; ++number) {
        auto thread = kernel_threads().start("teller", [&] { actor.tell(Add{number}); });
        while (sum < number * (number + 1) / 2) {
            ASSERT_TRUE(sleep_until_work(system.runtime())) << "for tell " << number;
            system.runtime().run_for(1ms);
        }
    }
    EXPECT_EQ(sum, 5050);
}

TEST(Embedding, ALoopBlockedInPollWakesForATimerThatIsDue) {
    System system{driven_by_caller()};
    int sum = 0;
    auto actor = system.spawn<Sum>(sum);
    actor.tell(AddLater{20ms});
    const Deadline due = Deadline::after(20ms);
    while (sum == 0) {
        ASSERT_TRUE(sleep_until_work(system.runtime()));
        system.runtime().run_for(1ms);
    }
    EXPECT_TRUE(due.has_passed());
    EXPECT_EQ(sum, 100);
}

}  // namespace greenroom
