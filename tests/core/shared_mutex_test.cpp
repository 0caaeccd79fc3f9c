// SharedMutex: readers together, writers alone, and neither kind starves.
#include <greenroom/core/shared_mutex.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/mutex.hpp>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class SharedMutexTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(SharedMutexTest);

constexpr const char* writes = "shared mutex";
constexpr const char* reads = "shared mutex, to read";

template <class Call>
void expect_error(std::errc kind, Call call) {
    try {
        call();
        ADD_FAILURE() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), kind) << error.what();
    }
}

}  // namespace

TEST_P(SharedMutexTest, ReadersShareItAndAWriterHasItAlone) {
    play([](Stage& stage) {
        SharedMutex mutex;
        mutex.lock_shared();
        stage.run([&] {
            const SharedLock held{mutex};
            EXPECT_FALSE(mutex.try_lock());
        });
        mutex.unlock_shared();
        mutex.lock();
        stage.run([&] {
            EXPECT_FALSE(mutex.try_lock_shared());
            EXPECT_FALSE(mutex.try_lock());
            EXPECT_FALSE(mutex.lock_shared_before(Deadline::after(-1s)));
        });
        mutex.unlock();
        EXPECT_TRUE(mutex.try_lock());
        mutex.unlock();
    });
}

TEST_P(SharedMutexTest, AReaderThatComesAfterAWriterWaitsBehindIt) {
    play([](Stage& stage) {
        SharedMutex mutex;
        std::vector<int> order;
        mutex.lock_shared();
        auto writer = stage.spawn([&] {
            const Lock held{mutex};
            order.push_back(1);
        });
        stage.until_waiting(writes, 1);
        EXPECT_FALSE(mutex.try_lock_shared()) << "it overtook the writer";
        auto reader = stage.spawn([&] {
            const SharedLock held{mutex};
            order.push_back(2);
        });
        stage.until_waiting(reads, 1);
        mutex.unlock_shared();
        writer.join();
        reader.join();
        EXPECT_EQ(order, (std::vector<int>{1, 2}));
    });
}

TEST_P(SharedMutexTest, ReadersNextToEachOtherInLineAreLetInTogether) {
    play([](Stage& stage) {
        SharedMutex mutex;
        Event both_in;
        detail::Atomic<int> inside{0};
        mutex.lock();
        auto read = [&] {
            const SharedLock held{mutex};
            if (inside.fetch_add(1) == 1) both_in.set();
            both_in.wait();  // for ever, if the other were not let in
        };
        auto first = stage.spawn(read);
        auto second = stage.thread(read);
        stage.until_waiting(reads, 2);
        mutex.unlock();
        first.join();
        second.reset();
    });
}

TEST_P(SharedMutexTest, AWriterThatGivesUpLetsTheReadersBehindItIn) {
    play([](Stage& stage) {
        SharedMutex mutex;
        mutex.lock_shared();
        auto writer = stage.spawn([&] { return mutex.lock_before(Deadline::after(2ms)); });
        auto patient = stage.spawn([&] { mutex.lock(); });
        auto reader = stage.spawn([&] { const SharedLock held{mutex}; });
        EXPECT_FALSE(writer.get());
        patient.cancel();
        patient.join();
        reader.join();
        mutex.unlock_shared();
    });
}

TEST_P(SharedMutexTest, UnlockingWhatOneDoesNotHaveIsAnErrorAndChangesNothing) {
    play([](Stage& stage) {
        SharedMutex mutex;
        expect_error(std::errc::operation_not_permitted, [&] { mutex.unlock(); });
        expect_error(std::errc::operation_not_permitted, [&] { mutex.unlock_shared(); });
        mutex.lock();
        expect_error(std::errc::operation_not_permitted, [&] { mutex.unlock_shared(); });
        stage.run(
            [&] { expect_error(std::errc::operation_not_permitted, [&] { mutex.unlock(); }); });
        expect_error(std::errc::resource_deadlock_would_occur, [&] { mutex.lock(); });
        expect_error(std::errc::resource_deadlock_would_occur, [&] { mutex.lock_shared(); });
        mutex.unlock();
        EXPECT_TRUE(mutex.try_lock_shared());
        mutex.unlock_shared();
    });
}

TEST_P(SharedMutexTest, TheStandardsGuardsWork) {
    play([](Stage& stage) {
        stage.run([] {
            SharedMutex mutex;
            Mutex other;
            {
                const std::shared_lock first{mutex};
                const std::shared_lock second{mutex, std::try_to_lock};
                EXPECT_TRUE(second.owns_lock());
            }
            {
                const std::scoped_lock both{mutex, other};
                EXPECT_TRUE(other.held_by_caller());
            }
            const std::unique_lock alone{mutex, std::try_to_lock};
            EXPECT_TRUE(alone.owns_lock());
        });
    });
}

TEST_P(SharedMutexTest, WhoUnlockedItLastMayDestroyIt) {
    play([](Stage& stage) {
        for (int i = 0; i < stage.times(1'000); ++i) {
            std::optional<SharedMutex> mutex{std::in_place};
            Event locked;
            auto first = stage.spawn([&] {
                const SharedLock held{*mutex};
                locked.set();
                yield();
            });
            locked.wait();
            mutex->lock();
            mutex->unlock();
            mutex.reset();
            first.join();
        }
    });
}

// Property  Two plain ints that only writers change are equal for every reader, whoever gives up.
TEST_P(SharedMutexTest, NoReaderSeesAWriterAtWorkAndNoUpdateIsLost) {
    play([](Stage& stage) {
        SharedMutex mutex;
        int left = 0;
        int right = 0;
        detail::Atomic<int> written{0};
        detail::Atomic<int> given_up{0};
        const int rounds = stage.times(1'000);
        auto uses = [&](Duration patience, int writes_one_in) {
            return [&, patience, writes_one_in] {
                for (int i = 0; i < rounds; ++i) {
                    const Deadline deadline = Deadline::after(patience);
                    const CancellationMask mask;
                    if (i % writes_one_in != 0) {
                        if (!mutex.lock_shared_before(deadline)) continue;
                        EXPECT_EQ(left, right);
                        if (i % 8 == 1) yield();
                        EXPECT_EQ(left, right);
                        mutex.unlock_shared();
                    } else if (mutex.lock_before(deadline)) {
                        ++left;
                        if (i % 3 == 0) yield();
                        ++right;
                        written.fetch_add(1);
                        mutex.unlock();
                    } else {
                        given_up.fetch_add(1);
                    }
                }
            };
        };
        {
            auto thread = stage.thread(uses(1h, 2));
            auto hasty_thread = stage.thread(uses(-1s, 4));
            std::vector<Task<void>> tasks;
            for (int i = 0; i < 6; ++i) tasks.push_back(stage.spawn(uses(i < 4 ? 1h : -1s, 2 + i)));
            for (int i = 0; i < rounds / 4; ++i) {
                auto victim = stage.spawn([&mutex] { const SharedLock held{mutex}; });
                yield();
                victim.cancel();
                victim.join();
            }
            for (auto& task : tasks) task.join();
        }
        EXPECT_EQ(left, written.load());
        EXPECT_EQ(right, written.load());
        EXPECT_TRUE(mutex.try_lock());
        mutex.unlock();
    });
}

}  // namespace greenroom
