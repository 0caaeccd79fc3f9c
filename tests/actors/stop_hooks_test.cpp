// Hooks of a system's stop: when they are called, in which order, and what becomes of failures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/system.hpp>
#include <greenroom/core/event.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "cast.hpp"
#include "diary.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::ElementsAre;
using testing::IsEmpty;

class StopHooksTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(StopHooksTest);

StopReport stop(SystemStage& stage) {
    return stage.system.stop(StopPolicy::drain, Deadline::after(1min));
}

}  // namespace

TEST_P(StopHooksTest, TheDoorsCloseWhileActorsWorkAndTheRestComesWhenTheyHaveEnded) {
    play([](SystemStage& stage) {
        Diary diary;
        auto listener = stage.system.spawn<Listener>();
        auto& system = stage.system;
        const auto note = [&](std::string what) {
            diary.note(std::move(what) + " " + std::to_string(system.stats().actors));
        };
        system.on_stop(StopPhase::after_actors, "files", [&] { note("files"); });
        system.on_stop(StopPhase::close_doors, "first door", [&] {
            EXPECT_THAT(listener.ask(Numbers{}), IsEmpty());
            note("first door");
        });
        system.on_stop(StopPhase::close_doors, "second door", [&] { note("second door"); });
        const StopReport report = stop(stage);
        EXPECT_TRUE(report.clean);
        EXPECT_THAT(report.failed_hooks, IsEmpty());
        EXPECT_THAT(diary.lines(), ElementsAre("second door 1", "first door 1", "files 0"));
        (void)stop(stage);  // calls none again
        EXPECT_EQ(diary.lines().size(), 3u);
    });
}

TEST_P(StopHooksTest, OneThatFailsOrDoesNotEndIsReportedAndTheOthersAreCalled) {
    play([](SystemStage& stage) {
        if (!stage.simulated) return;
        Diary diary;
        Event never;
        stage.system.spawn<Listener>();
        stage.system.on_stop(StopPhase::after_actors, "last", [&] { diary.note("last"); });
        stage.system.on_stop(StopPhase::close_doors, "stuck", [&] { never.wait(); });
        stage.system.on_stop(StopPhase::close_doors, "broken",
                             [] { throw std::runtime_error("no key"); });
        const StopReport report = stop(stage);
        EXPECT_THAT(report.failed_hooks,
                    ElementsAre("broken: no key", "stuck: has not ended in time"));
        EXPECT_THAT(diary.lines(), ElementsAre("last"));
        EXPECT_THAT(report.survivors, IsEmpty());
        EXPECT_EQ(stage.system.stats().actors, 0u);
    });
}

}  // namespace greenroom
