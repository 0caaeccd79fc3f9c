// Shared: one payload for many receivers.
#include <gtest/gtest.h>

#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/shared.hpp>
#include <greenroom/actors/system.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "cast.hpp"
#include "picture.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace cast;
using support::SystemStage;

class SharedTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(SharedTest);

}  // namespace

TEST_P(SharedTest, AllReceiversSeeTheOnePayloadWhichDiesWithTheLast) {
    play([](SystemStage& stage) {
        const auto counts = std::make_shared<Counts>();
        std::vector<Ref<Viewer>> viewers;
        const int many = stage.times(10'000);
        for (int i = 0; i < many; ++i) viewers.push_back(stage.system.spawn<Viewer>());
        const void* where = nullptr;
        {
            const Shared<Picture> picture{std::in_place, counts};
            where = &*picture;
            for (const auto& viewer : viewers) viewer.tell(picture);
        }
        for (const auto& viewer : viewers) EXPECT_EQ(viewer.ask(Numbers{}), where);
        EXPECT_EQ(counts->made.load(), 1);
        EXPECT_EQ(counts->copied.load(), 0);
        EXPECT_EQ(counts->destroyed.load(), 1);
    });
}

TEST_P(SharedTest, WhoTakesItByValueGetsACopy) {
    play([](SystemStage& stage) {
        const auto counts = std::make_shared<Counts>();
        auto painter = stage.system.spawn<Painter>();
        auto picture = share(Picture{counts});
        painter.tell(picture);
        EXPECT_EQ(painter.try_tell(std::move(picture)), Sent::sent);
        EXPECT_EQ(painter.ask(Numbers{}), 2u);
        EXPECT_EQ(counts->copied.load(), 2);
        EXPECT_EQ(counts->destroyed.load(), 1);
    });
}

TEST_P(SharedTest, GoesThroughAProtocolAsWell) {
    play([](SystemStage& stage) {
        using Sees = Protocol<void(Picture)>;
        const auto counts = std::make_shared<Counts>();
        auto viewer = stage.system.spawn<Viewer>();
        auto painter = stage.system.spawn<Painter>();
        const Shared<Picture> picture{std::in_place, counts};
        for (const Ref<Sees>& sees : std::vector<Ref<Sees>>{viewer, painter}) sees.tell(picture);
        EXPECT_EQ(viewer.ask(Numbers{}), &*picture);
        EXPECT_EQ(painter.ask(Numbers{}), 1u);
        EXPECT_EQ(counts->copied.load(), 1);
    });
}

TEST_P(SharedTest, ADeadLetterLetsGoOfIt) {
    play([](SystemStage& stage) {
        const auto counts = std::make_shared<Counts>();
        auto viewer = stage.system.spawn<Viewer>();
        viewer.stop();
        while (!viewer.has_ended()) yield();
        viewer.tell(Shared<Picture>{std::in_place, counts});
        EXPECT_EQ(counts->destroyed.load(), 1);
        EXPECT_EQ(stage.system.stats().dead_letters, 1u);
    });
}

}  // namespace greenroom
