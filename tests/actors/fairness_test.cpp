// Who has its turn where there is more to run than a worker's ring holds.
#include <gtest/gtest.h>

#include <greenroom/actors/system.hpp>
#include <memory>
#include <vector>

#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using support::SystemStage;

class FairnessTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(FairnessTest);

class Talker;

struct Word {
    Ref<Talker> to;
    std::shared_ptr<detail::Atomic<bool>> enough;  // the last word comes after the test's end
};

// Answers each word with one, so that of two there is always one to run.
class Talker : public Actor {
public:
    void on(const Word& word) {
        // relaxed: it is seen some day.
        if (word.enough->load(std::memory_order_relaxed)) return;
        word.to.tell(Word{self(this), word.enough});
    }
};

struct Hear {};

class Other : public Actor {
public:
    bool on(Hear) { return true; }
};

}  // namespace

TEST_P(FairnessTest, AnOutsiderIsHeardWhereTheRingIsAlwaysFull) {
    const auto body = [](SystemStage& stage) {
        constexpr int pairs = 300;  // a ring holds 256
        const auto enough = std::make_shared<detail::Atomic<bool>>(false);
        std::vector<Ref<Talker>> talkers;
        for (int i = 0; i < 2 * pairs; ++i) talkers.push_back(stage.system.spawn<Talker>());
        for (std::size_t i = 0; i < talkers.size(); i += 2) {
            talkers[i].tell(Word{talkers[i + 1], enough});
        }
        auto other = stage.system.spawn<Other>();
        for (int i = 0; i < 5; ++i) EXPECT_TRUE(other.ask(Hear{}));
        enough->store(true, std::memory_order_relaxed);
    };
    play(body, {}, 3);
}

}  // namespace greenroom
