// Kinds of messages, handlers and references, and where an actor may live.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <any>
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/simulated_machine.hpp>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "cast.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;

class KindsTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(KindsTest);

struct Empty {};
struct alignas(256) Aligned {
    char first = 'a';
};
struct Megabyte {
    std::array<char, 1 << 20> bytes;
};
struct MoveOnly {
    std::unique_ptr<int> value;
};
struct ThrowsInCopy {
    ThrowsInCopy() = default;
    ThrowsInCopy(const ThrowsInCopy&) { throw std::runtime_error("no copies"); }
};
struct ThrowsInMove {
    ThrowsInMove() = default;
    ThrowsInMove(ThrowsInMove&&) { throw std::runtime_error("no moves"); }  // NOLINT: as it says
};
struct Immovable {
    explicit Immovable(int its_number) : number{its_number} {}
    Immovable(const Immovable&) = delete;
    Immovable& operator=(const Immovable&) = delete;
    int number;
};
struct Text {
    std::string text;
};
struct Count {};
// Counts its copies and moves.
struct Traveller {
    Traveller() = default;
    Traveller(const Traveller& other) : copies{other.copies + 1}, moves{other.moves} {}
    Traveller(Traveller&& other) noexcept : copies{other.copies}, moves{other.moves + 1} {}
    int copies = 0;
    int moves = 0;
};
struct TravelsByReference : Traveller {};
struct TravelsByRvalue : Traveller {};

class Taker : public Actor {
public:
    int on(Empty) { return 1; }
    bool on(const Aligned& aligned) {
        return reinterpret_cast<std::uintptr_t>(&aligned) % 256 == 0 && aligned.first == 'a';
    }
    char on(const Megabyte& megabyte) { return megabyte.bytes.back(); }
    int on(MoveOnly only) { return *only.value; }
    std::string on(std::unique_ptr<std::string>&& text) { return *text; }
    void on(const ThrowsInCopy&) { ++handled_; }
    void on(ThrowsInMove) { ++handled_; }
    void on(const Immovable& it) { handled_ += it.number; }
    int on(Count) const noexcept { return handled_; }
    std::pair<int, int> on(Traveller it) { return {it.copies, it.moves}; }
    std::pair<int, int> on(const TravelsByReference& it) { return {it.copies, it.moves}; }
    std::pair<int, int> on(TravelsByRvalue&& it) { return {it.copies, it.moves}; }
    std::string on(const Text& text) { return text.text; }
    std::size_t on(const std::vector<std::any>& list) { return list.size(); }
    int on(int number) { return number; }

private:
    int handled_ = 0;
};

class Base : public Actor {
public:
    int on(Empty) { return 1; }
    virtual int on(Count) { return 2; }
};
class Derived : public Base {
public:
    using Base::on;
    int on(Number) { return 3; }
    int on(Count) override { return 4; }
};

}  // namespace

TEST_P(KindsTest, EmptyOnesAndPlainTypesArrive) {
    play([](SystemStage& stage) {
        auto taker = stage.system.spawn<Taker>();
        EXPECT_EQ(taker.ask(Empty{}), 1);
        EXPECT_EQ(taker.ask(42), 42);
    });
}

TEST_P(KindsTest, OverAlignedOnesLieAligned) {
    play([](SystemStage& stage) {
        auto taker = stage.system.spawn<Taker>();
        for (int i = 0; i < 10; ++i) EXPECT_TRUE(taker.ask(Aligned{}));
        taker.tell(Aligned{});
    });
}

TEST_P(KindsTest, AMegabyteArrivesWhole) {
    play(
        [](SystemStage& stage) {
            auto taker = stage.system.spawn<Taker>();
            auto big = std::make_unique<Megabyte>();
            big->bytes.back() = 'z';
            EXPECT_EQ(taker.ask(*big), 'z');
            taker.tell(*big);
            EXPECT_EQ(taker.ask(Empty{}), 1);
        },
        {}, 3);
}

TEST_P(KindsTest, MoveOnlyOnesAreMoved) {
    play([](SystemStage& stage) {
        auto taker = stage.system.spawn<Taker>();
        EXPECT_EQ(taker.ask(MoveOnly{std::make_unique<int>(7)}), 7);
        EXPECT_EQ(taker.ask(std::make_unique<std::string>("mine")), "mine");
        taker.tell(MoveOnly{std::make_unique<int>(8)});
    });
}

TEST_P(KindsTest, ACopyThatThrowsSendsNothing) {
    play([](SystemStage& stage) {
        auto taker = stage.system.spawn<Taker>();
        const ThrowsInCopy message;
        EXPECT_THROW(taker.tell(message), std::runtime_error);
        EXPECT_THROW(taker.ask(message), std::runtime_error);
        EXPECT_THROW((void)taker.try_tell(message), std::runtime_error);
        taker.tell<ThrowsInCopy>();
        support::until([&] { return taker.ask(Count{}) == 1; });
    });
}

// Into the message: the sender's. Out of it, to a handler that takes it by value: the actor's.
TEST_P(KindsTest, AMoveThatThrowsSendsNothingOrFailsTheHandler) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        auto taker = stage.system.spawn<Taker>();
        EXPECT_THROW(taker.tell(ThrowsInMove{}), std::runtime_error);
        EXPECT_THROW(taker.ask(ThrowsInMove{}), std::runtime_error);
        EXPECT_EQ(taker.ask(Count{}), 0);
        taker.tell<ThrowsInMove>();
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_EQ(stage.system.stats().failures, 1u);
        EXPECT_TRUE(log.contain("no moves"));
    });
}

TEST_P(KindsTest, OneBuiltInPlaceNeedNotMove) {
    play([](SystemStage& stage) {
        auto taker = stage.system.spawn<Taker>();
        taker.tell<Immovable>(5);
        EXPECT_EQ(taker.ask(Count{}), 5);
    });
}

TEST_P(KindsTest, BuiltInPlaceTakesOneArgumentOrMore) {
    play([](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        const Number lvalue{3};
        listener.tell<Number>(1);
        listener.tell<Number>(Number{2});
        listener.tell<Number>(lvalue);
        EXPECT_EQ(listener.ask(Numbers{}), (std::vector<int>{1, 2, 3}));
    });
}

TEST_P(KindsTest, ByReferenceNothingIsMovedAndByValueOnce) {
    play([](SystemStage& stage) {
        auto taker = stage.system.spawn<Taker>();
        using Travels = std::pair<int, int>;
        EXPECT_EQ(taker.ask(TravelsByReference{}), (Travels{0, 1})) << "into the message only";
        EXPECT_EQ(taker.ask(TravelsByRvalue{}), (Travels{0, 1}));
        EXPECT_EQ(taker.ask(Traveller{}), (Travels{0, 2}));
        const Traveller kept;
        EXPECT_EQ(taker.ask(kept), (Travels{1, 1})) << "an lvalue is copied";
    });
}

TEST_P(KindsTest, AListOfAnythingIsNotWrappedIntoItself) {
    play([](SystemStage& stage) {
        auto taker = stage.system.spawn<Taker>();
        std::vector<std::any> list(3);
        EXPECT_EQ(taker.ask(list), 3U);
        taker.tell(list);
    });
}

TEST_P(KindsTest, InheritedHandlersWorkThroughUsingAndVirtualOnesDispatch) {
    play([](SystemStage& stage) {
        auto derived = stage.system.spawn<Derived>();
        EXPECT_EQ(derived.ask(Empty{}), 1);
        EXPECT_EQ(derived.ask(Number{}), 3);
        const Ref<Base> base = derived;
        EXPECT_EQ(base.ask(Count{}), 4);
        EXPECT_EQ(base, derived);
    });
}

TEST_P(KindsTest, ReferencesAreValues) {
    play([](SystemStage& stage) {
        auto first = stage.system.spawn<Derived>();
        auto second = stage.system.spawn<Derived>();
        Ref<Derived> none;
        EXPECT_FALSE(none);
        EXPECT_EQ(none, Ref<Derived>{});
        EXPECT_NE(first, second);
        EXPECT_NE(first.id(), second.id());
        Ref<Derived> copy = first;
        EXPECT_EQ(copy, first);
        const Ref<Derived> moved = std::move(copy);
        EXPECT_EQ(moved, first);
        copy = second;
        copy = static_cast<const Ref<Derived>&>(copy);
        EXPECT_EQ(copy.ask(Empty{}), 1);
        const std::unordered_set<Ref<Derived>> set{first, second, moved};
        EXPECT_EQ(set.size(), 2U);
        EXPECT_THAT(first.name(), testing::HasSubstr("Derived"));
    });
}

class Fragile : public Listener {
public:
    explicit Fragile(bool breaks) {
        if (breaks) throw std::runtime_error("broken from the start");
    }
};

TEST_P(KindsTest, AConstructorThatThrowsThrowsOutOfSpawn) {
    play([](SystemStage& stage) {
        EXPECT_THROW(stage.system.spawn<Fragile>(true), std::runtime_error);
        EXPECT_EQ(stage.system.stats().actors, 0U);
        EXPECT_TRUE(stage.system.spawn<Fragile>(false).ask(Numbers{}).empty());
    });
}

struct Dig {
    int kilobytes;
};

class Digger : public Actor {
public:
    int on(Dig dig) { return down(dig.kilobytes); }

private:
    static int down(int kilobytes) {
        std::array<volatile char, 1024> used;
        used[0] = 1;
        yield();
        const int below = kilobytes > 1 ? down(kilobytes - 1) : 0;
        return below + used[0];
    }
};

TEST_P(KindsTest, AnActorMayHaveALargerStack) {
    play(
        [](SystemStage& stage) {
            const ActorOptions large{.mailbox = {}, .stack_class = StackClass::large};
            auto digger = stage.system.spawn_with<Digger>(large);
            auto other = stage.system.spawn<Taker>();
            EXPECT_EQ(digger.ask(Dig{400}), 400);
            EXPECT_EQ(other.ask(Empty{}), 1);
            EXPECT_EQ(digger.ask(Dig{100}), 100);
        },
        {}, 3);
}

TEST_P(KindsTest, OverAlignedActorsLieAligned) {
    play([](SystemStage& stage) {
        class alignas(128) Cached : public Actor {
        public:
            bool on(Empty) { return reinterpret_cast<std::uintptr_t>(this) % 128 == 0; }
        };
        EXPECT_TRUE(stage.system.spawn<Cached>().ask(Empty{}));
    });
}

TEST_P(KindsTest, SeveralSystemsLiveInOneProcessAndTalk) {
    play([](SystemStage& stage) {
        SystemOptions options;
        options.runtime.workers = 1;
        if (stage.simulated) {
            auto& machine = static_cast<SimulatedMachine&>(stage.threads);
            options.runtime.clock = &machine;
            options.runtime.threads = &machine;
            options.runtime.chance = &machine;
        }
        Ref<Listener> survivor;
        {
            System other{options};
            survivor = other.spawn<Listener>();
            for (int i = 0; i < 20; ++i) {
                stage.run([&] { survivor.tell(Number{i}); });
                EXPECT_EQ(stage.run([&] { return survivor.ask(Numbers{}).size(); }),
                          static_cast<std::size_t>(i + 1));
            }
        }
        survivor.tell(Number{1});
        EXPECT_THROW(survivor.ask(Numbers{}), ActorStopped) << "it outlives its system";
        EXPECT_THROW(stage.run([&] { survivor.ask(Numbers{}); }), ActorStopped);
        EXPECT_TRUE(survivor.has_ended());
        survivor.kill();
        auto watcher = stage.system.spawn<Watcher>(survivor);
        support::until([&] { return watcher.ask(Downs{}).size() == 1; });
    });
}

// ---- Without a runtime, or on one kind of it.

TEST(Actor, CanBeMadeAndTestedWithoutASystem) {
    Taker taker;
    EXPECT_EQ(taker.on(Empty{}), 1);
    EXPECT_EQ(taker.on(42), 42);
}

TEST(Actor, ReferencesOutliveASystemOnAnotherThread) {
    Ref<Listener> survivor;
    {
        System system{{.runtime = {.workers = 2}}};
        survivor = system.spawn<Listener>();
    }
    std::thread other([copy = survivor] { copy.tell(Number{1}); });
    other.join();
    survivor.tell(Number{1});
}

TEST(Actor, LivesOnARuntimeThatItsCallerDrives) {
    SystemOptions options;
    options.runtime.driven_by = DrivenBy::caller;
    System system{options};
    auto listener = system.spawn<Listener>();
    listener.tell(Number{5});
    std::vector<int> heard;
    auto asker = spawn(system.runtime(), [&] { heard = listener.ask(Numbers{}); });
    while (!asker.done()) system.runtime().run_for(1ms);
    EXPECT_EQ(heard, std::vector<int>{5});
}  // and the end of the system drives it, too

// Hooks cost a turn each: an actor of a class without them has none.
class WithoutHooks : public Actor {};
class WithHooks : public Actor {
    void on_start() override {}

protected:
    void on_stop(const ExitReason&) override {}
};
class InheritsHooks : public WithHooks {};

template <class A>
constexpr bool has_hooks(bool both) {
    const detail::ActorType& type = detail::TypeOf<A>::type;
    return type.has_start_hook == both && type.has_stop_hook == both;
}

TEST(Kinds, HooksAreKnownOfClassesThatOverrideThem) {
    static_assert(has_hooks<WithoutHooks>(false));
    static_assert(has_hooks<WithHooks>(true));
    static_assert(has_hooks<InheritsHooks>(true));
}

}  // namespace greenroom
