// What references keep: an actor that stops without them, and WeakRef, which is none.
#include <gtest/gtest.h>

#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/actors/weak_ref.hpp>
#include <optional>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace cast;
using support::SystemStage;

class ReferencesTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(ReferencesTest);

constexpr ActorOptions stops_unreferenced{.stop_when_unreferenced = true};

// Counts what it was told, and says so when it ends.
class Guest : public Actor {
public:
    Guest(int& count, Event& left) : count_{count}, left_{left} {}
    void on(Number) { ++count_; }
    void on(const Hold& hold) { hold.wait(); }
    void on_stop(const ExitReason& reason) override {
        EXPECT_EQ(reason.kind, ExitKind::stopped);
        left_.set();
    }

private:
    int& count_;
    Event& left_;
};

}  // namespace

TEST_P(ReferencesTest, WithoutTheOptionAnActorLivesOn) {
    play([](SystemStage& stage) {
        int count = 0;
        Event left;
        WeakRef<Guest> weak = stage.system.spawn<Guest>(count, left);
        const Ref<Guest> guest = weak.lock();
        ASSERT_TRUE(guest);
        guest.tell(Number{1});
        guest.stop();
        left.wait();
    });
}

TEST_P(ReferencesTest, WithTheOptionItHandlesWhatItWasSentAndStops) {
    play([](SystemStage& stage) {
        int count = 0;
        Event left;
        {
            const auto guest = stage.system.spawn_with<Guest>(stops_unreferenced, count, left);
            const Ref<Guest> second = guest;
            for (int i = 0; i < 10; ++i) second.tell(Number{i});
        }
        left.wait();
        EXPECT_EQ(count, 10);
    });
}

TEST_P(ReferencesTest, WhoWatchesItDoesNotKeepIt) {
    play([](SystemStage& stage) {
        int count = 0;
        Event left;
        std::optional<Ref<Guest>> guest =
            stage.system.spawn_with<Guest>(stops_unreferenced, count, left);
        class Friend : public Actor {
        public:
            Friend(const Ref<Guest>& guest, Event& heard) : guest_{guest}, heard_{heard} {}
            void on_start() override { watch(this, guest_.lock()); }
            void on(const Down&) { heard_.set(); }
            void on(Number) {}

        private:
            WeakRef<Guest> guest_;
            Event& heard_;
        };
        Event heard;
        auto watcher = stage.system.spawn<Friend>(*guest, heard);
        watcher.ask(Number{0});
        guest.reset();
        left.wait();
        heard.wait();
    });
}

TEST_P(ReferencesTest, AWeakOneLeadsToItAsLongAsItLives) {
    play([](SystemStage& stage) {
        int count = 0;
        Event left;
        std::optional<Ref<Guest>> guest =
            stage.system.spawn_with<Guest>(stops_unreferenced, count, left);
        const WeakRef<Guest> weak = *guest;
        const WeakRef<Protocol<void(Number)>> weaker = Ref<Protocol<void(Number)>>{*guest};
        EXPECT_EQ(weak.lock(), *guest);
        weaker.lock().ask(Number{1});
        EXPECT_FALSE(weak.expired());
        guest.reset();
        left.wait();
        while (!weak.expired()) yield();
        EXPECT_FALSE(weak.lock());
        EXPECT_FALSE(weaker.lock());
        EXPECT_FALSE(WeakRef<Guest>{}.lock());
        EXPECT_EQ(count, 1);
    });
}

// Property  However the last references of two threads meet, it ends, and once; and all that was
//           sent by way of one was handled.
TEST_P(ReferencesTest, TheLastTwoMayBeDroppedAtOnce) {
    play(
        [](SystemStage& stage) {
            for (int i = 0; i < stage.times(200); ++i) {
                int count = 0;
                Event left;
                std::optional<Ref<Guest>> first =
                    stage.system.spawn_with<Guest>(stops_unreferenced, count, left);
                const WeakRef<Guest> weak = *first;
                auto drops = stage.spawn([ref = *first]() mutable {
                    ref.tell(Number{1});
                    ref = {};
                });
                auto locks = stage.spawn([weak] {
                    if (const Ref<Guest> ref = weak.lock()) (void)ref.try_tell(Number{1});
                });
                first->tell(Number{1});
                first.reset();
                drops.get();
                locks.get();
                left.wait();
                EXPECT_GE(count, 2);
            }
        },
        {}, 20);
}

}  // namespace greenroom
