// Who inherits the deadline of an ask, and who does not, by what current_deadline() says.
#include <gtest/gtest.h>

#include <greenroom/actors/system.hpp>
#include <greenroom/core/gather.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/task_group.hpp>
#include <greenroom/core/timeout.hpp>
#include <vector>

#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::SystemStage;

class DeadlineScopesTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(DeadlineScopesTest);

struct Look {};
struct LookAround {};
struct LookTwice {};
struct LookFree {};
struct LookThen {};
struct LookLater {};
struct Tell {};
struct Seen {};

// The deadlines that its handlers and their tasks have seen.
class Lookout : public Actor {
public:
    Deadline on(Look) { return current_deadline(); }
    std::vector<Deadline> on(LookAround) {
        std::vector<Deadline> seen{current_deadline()};
        const auto [near, far] = gather([] { return current_deadline(); },
                                        [] {
                                            yield();
                                            return current_deadline();
                                        });
        const auto [elsewhere, same] = gather(
            parallel, [] { return current_deadline(); }, [] { return current_deadline(); });
        TaskGroup<Deadline> group;
        group.spawn([] {
            return std::get<0>(
                gather([] { return current_deadline(); }, [] { return current_deadline(); }));
        });
        const Deadline grouped = group.next()->value();
        seen.insert(seen.end(), {near, far, elsewhere, same, grouped});
        return seen;
    }
    std::vector<Deadline> on(LookTwice) {
        std::vector<Deadline> seen{current_deadline()};
        for (int i = 0; i < 5; ++i) yield();
        seen.push_back(current_deadline());
        return seen;
    }
    Deadline on(LookFree) {
        return greenroom::spawn([] { return current_deadline(); }).get();
    }
    void on(LookThen, Reply<Deadline> reply) {
        self(this).request(Look{}).then(
            [reply = std::move(reply)](Deadline) mutable { reply.set(current_deadline()); });
    }
    void on(LookLater, Reply<Deadline> reply) {
        kept_ = std::move(reply);
        self(this).tell(Tell{});
    }
    void on(Tell) {
        seen_ = current_deadline();
        if (kept_.is_awaited()) kept_.set(seen_);
    }
    Deadline on(Seen) { return seen_; }

private:
    Reply<Deadline> kept_;
    Deadline seen_{TimePoint{}};
};

}  // namespace

TEST_P(DeadlineScopesTest, AHandlerSeesTheDeadlineOfItsAsker) {
    play([](SystemStage& stage) {
        auto lookout = stage.system.spawn<Lookout>();
        const Deadline first = Deadline::after(1h);
        const Deadline seen = lookout.ask(Look{}, 1h);
        EXPECT_GE(seen, first);
        EXPECT_LE(seen, Deadline::after(1h + 1s));
        EXPECT_TRUE(lookout.ask(Look{}, Duration::max()).is_never());
        const Deadline soon = Deadline::after(1min);
        EXPECT_EQ(with_deadline(soon, [&] { return lookout.ask(Look{}, 1h); }), soon);
        EXPECT_EQ(
            stage.run([&] { return with_deadline(soon, [&] { return lookout.ask(Look{}, 1h); }); }),
            soon);
    });
}

TEST_P(DeadlineScopesTest, SoDoItsStructuredTasks) {
    play([](SystemStage& stage) {
        auto lookout = stage.system.spawn<Lookout>();
        const Deadline soon = Deadline::after(1min);
        const auto seen = with_deadline(soon, [&] { return lookout.ask(LookAround{}, 1h); });
        EXPECT_EQ(seen, std::vector<Deadline>(6, soon));
        EXPECT_TRUE(stage.run([] { return current_deadline(); }).is_never()) << "nothing is left";
    });
}

TEST_P(DeadlineScopesTest, EachHandlerOfAReentrantActorHasItsOwn) {
    play([](SystemStage& stage) {
        auto lookout = stage.system.spawn_with<Lookout>(ActorOptions{.reentrant = true});
        std::vector<Task<void>> askers;
        for (int i = 1; i <= 4; ++i) {
            askers.push_back(stage.spawn([lookout, i] {
                const Deadline own = Deadline::after(i * 1min);
                const auto seen = with_deadline(own, [&] { return lookout.ask(LookTwice{}, 1h); });
                EXPECT_EQ(seen, std::vector<Deadline>(2, own));
            }));
        }
        for (Task<void>& asker : askers) asker.get();
    });
}

TEST_P(DeadlineScopesTest, TellsRequestsFreeTasksAndLaterHandlersHaveNone) {
    play([](SystemStage& stage) {
        auto lookout = stage.system.spawn<Lookout>();
        lookout.tell(Tell{});
        EXPECT_TRUE(lookout.ask(Seen{}, 1h).is_never()) << "a tell";
        EXPECT_TRUE(lookout.request(Look{}).get().is_never()) << "a request";
        EXPECT_TRUE(lookout.ask(LookFree{}, 1h).is_never()) << "a free task";
        EXPECT_TRUE(lookout.ask(LookThen{}, 1h).is_never()) << "a continuation";
        EXPECT_TRUE(lookout.ask(LookLater{}, 1h).is_never()) << "another handler";
    });
}

TEST_P(DeadlineScopesTest, AProcessHasThatOfTheMessageItHandles) {
    play([](SystemStage& stage) {
        const auto process =
            stage.system.spawn_process<Deadline(Look), Deadline(Seen)>([](Process& self) {
                for (;;) {
                    self.receive([](Look) { return current_deadline(); },
                                 [&self](Seen) {
                                     self.receive([](Look) { return current_deadline(); });
                                     return current_deadline();
                                 });
                    EXPECT_TRUE(current_deadline().is_never());
                }
            });
        const Deadline soon = Deadline::after(1min);
        const Deadline sooner = Deadline::after(30s);
        auto outer = stage.spawn(
            [&] { return with_deadline(soon, [&] { return process.ask(Seen{}, 1h); }); });
        stage.until_waiting("ask", 1);
        EXPECT_EQ(with_deadline(sooner, [&] { return process.ask(Look{}, 1h); }), sooner);
        if (!outer.done()) (void)process.request(Look{}).get();
        EXPECT_EQ(outer.get(), soon);
    });
}

}  // namespace greenroom
