// Watching a name: who is told that somebody has it, and that it is free.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/actors/system.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace cast;
using support::SystemStage;

class NamesWatchTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(NamesWatchTest);

struct WatchName {
    std::string name;
};
struct UnwatchName {
    std::string name;
};
struct News {};

// Keeps what it hears: "ear: Listener 7", "ear: free", "down 7".
class Reader : public Actor {
public:
    void on(const WatchName& what) { watch_name(this, what.name); }
    bool on(const UnwatchName& what) { return unwatch_name(what.name); }
    void on(const Ref<Listener>& watched) { watch(this, watched); }
    void on(const NameRegistered& news) {
        heard_.push_back(news.name + ": " + std::to_string(news.ref.id().number));
    }
    void on(const NameFreed& news) { heard_.push_back(news.name + ": free"); }
    void on(const Down& down) { heard_.push_back("down " + std::to_string(down.actor.number)); }
    void on(const Hold& hold) { hold.wait(); }
    std::vector<std::string> on(News) { return heard_; }

private:
    std::vector<std::string> heard_;
};

std::vector<std::string> heard(const Ref<Reader>& reader, std::size_t count) {
    support::until([&] { return reader.ask(News{}).size() >= count; });
    return reader.ask(News{});
}

std::string number_of(const AnyRef& ref) { return std::to_string(ref.id().number); }

}  // namespace

TEST_P(NamesWatchTest, TellsOfEachRegistrationAndOfItsEnd) {
    play([](SystemStage& stage) {
        auto reader = stage.system.spawn<Reader>();
        reader.ask(WatchName{"ear"});
        EXPECT_TRUE(reader.ask(News{}).empty());
        auto first = stage.system.spawn<Listener>();
        auto second = stage.system.spawn<Listener>();
        stage.system.register_name("eye", first);
        stage.system.register_name("ear", first);
        std::vector<std::string> wanted{"ear: " + number_of(first)};
        EXPECT_EQ(heard(reader, 1), wanted);
        first.stop();
        wanted.push_back("ear: free");
        EXPECT_EQ(heard(reader, 2), wanted);
        stage.system.register_name("ear", second);
        wanted.push_back("ear: " + number_of(second));
        EXPECT_EQ(heard(reader, 3), wanted);
        stage.system.unregister_name("ear");
        wanted.push_back("ear: free");
        EXPECT_EQ(heard(reader, 4), wanted);
    });
}

TEST_P(NamesWatchTest, OfANameThatSomebodyHasTellsAtOnceAndOnce) {
    play([](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        stage.system.register_name("ear", listener);
        auto reader = stage.system.spawn<Reader>();
        reader.tell(WatchName{"ear"});
        reader.tell(WatchName{"ear"});
        EXPECT_EQ(heard(reader, 1), std::vector{"ear: " + number_of(listener)});
        EXPECT_EQ(stage.system.stats().name_watches, 1U);
        reader.ask(WatchName{"eye"});
        EXPECT_EQ(stage.system.stats().name_watches, 2U);
        EXPECT_EQ(reader.ask(News{}).size(), 1U);
    });
}

TEST_P(NamesWatchTest, TheNameIsFreedAfterTheDownOfItsActor) {
    play([](SystemStage& stage) {
        for (int round = 0; round < stage.times(200); ++round) {
            auto listener = stage.system.spawn<Listener>();
            stage.system.register_name("ear", listener);
            auto reader = stage.system.spawn<Reader>();
            reader.ask(Ref<Listener>{listener});
            reader.ask(WatchName{"ear"});
            const std::string number = number_of(listener);
            EXPECT_EQ(heard(reader, 1), std::vector{"ear: " + number});
            listener.kill();
            EXPECT_EQ(heard(reader, 3),
                      (std::vector<std::string>{"ear: " + number, "down " + number, "ear: free"}));
            reader.kill();
            support::until([&] { return stage.system.stats().actors == 0; });
        }
    });
}

TEST_P(NamesWatchTest, WhoDoesNotWatchAnyMoreHearsNothing) {
    play([](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        auto reader = stage.system.spawn<Reader>();
        reader.ask(WatchName{"ear"});
        EXPECT_TRUE(reader.ask(UnwatchName{"ear"}));
        EXPECT_FALSE(reader.ask(UnwatchName{"ear"}));
        stage.system.register_name("ear", listener);
        EXPECT_TRUE(reader.ask(News{}).empty());
        // Nor what is in its mailbox by then.
        reader.ask(WatchName{"eye"});
        Event begun;
        Event go_on;
        Event left;
        reader.tell(Hold{begun, go_on, &left});
        begun.wait();
        reader.tell(UnwatchName{"eye"});
        reader.tell(WatchName{"eye"});
        stage.system.register_name("eye", listener);
        go_on.set();
        left.wait();
        EXPECT_EQ(heard(reader, 1), std::vector{"eye: " + number_of(listener)});
        EXPECT_EQ(stage.system.stats().name_watches, 1U);
    });
}

// Property  A name that changes a thousand times while its watcher is busy costs that one message,
//           and then the watcher hears what holds.
TEST_P(NamesWatchTest, WhoIsSlowerThanTheChangesHearsOfTheLastOne) {
    play([](SystemStage& stage) {
        auto reader =
            stage.system.spawn_with<Reader>({.mailbox = {.bound = 1, .when_full = WhenFull::fail}});
        auto listener = stage.system.spawn<Listener>();
        reader.ask(WatchName{"ear"});
        for (const bool ends_registered : {true, false}) {
            Event begun;
            Event go_on;
            Event left;
            reader.tell(Hold{begun, go_on, &left});
            begun.wait();
            for (int i = 0; i < 1000; ++i) {
                stage.system.register_name("ear", listener);
                stage.system.unregister_name("ear");
            }
            if (ends_registered) stage.system.register_name("ear", listener);
            go_on.set();
            left.wait();
            if (ends_registered) {
                EXPECT_EQ(heard(reader, 1), std::vector{"ear: " + number_of(listener)});
                stage.system.unregister_name("ear");
                EXPECT_EQ(heard(reader, 2).back(), "ear: free");
            } else {
                EXPECT_EQ(heard(reader, 2).size(), 2U) << "of what is over nothing is told";
            }
        }
    });
}

// Between two that have it the name was free, and that is told.
TEST_P(NamesWatchTest, ASuccessorIsToldAfterTheNameWasFree) {
    play([](SystemStage& stage) {
        auto reader = stage.system.spawn<Reader>();
        auto first = stage.system.spawn<Listener>();
        auto second = stage.system.spawn<Listener>();
        stage.system.register_name("ear", first);
        reader.ask(WatchName{"ear"});
        EXPECT_EQ(heard(reader, 1).size(), 1U);
        Event begun;
        Event go_on;
        Event left;
        reader.tell(Hold{begun, go_on, &left});
        begun.wait();
        stage.system.unregister_name("ear");
        stage.system.register_name("ear", second);
        go_on.set();
        left.wait();
        EXPECT_EQ(heard(reader, 3),
                  (std::vector<std::string>{"ear: " + number_of(first), "ear: free",
                                            "ear: " + number_of(second)}));
    });
}

TEST_P(NamesWatchTest, MayBeEndedByTheNewsItself) {
    play([](SystemStage& stage) {
        class Once : public Actor {
        public:
            explicit Once(std::atomic<int>& heard) : heard_{heard} {}
            void on_start() override { watch_name(this, "ear"); }
            void on(NameRegistered news) {
                heard_.fetch_add(1);
                EXPECT_TRUE(unwatch_name(news.name));
            }
            void on(NameFreed&&) { ADD_FAILURE() << "it does not watch any more"; }
            void on(Number) {}

        private:
            std::atomic<int>& heard_;
        };
        std::atomic<int> count{0};
        auto once = stage.system.spawn<Once>(count);
        auto listener = stage.system.spawn<Listener>();
        once.ask(Number{1});
        stage.system.register_name("ear", listener);
        support::until([&] { return count.load() == 1; });
        stage.system.unregister_name("ear");
        once.ask(Number{1});
        EXPECT_EQ(stage.system.stats().name_watches, 0U);
    });
}

// Property  Watchers that end, whatever is on the way to them, leave nothing behind, and harm
//           nobody who tells.
TEST_P(NamesWatchTest, TheEndOfAWatcherMeetsTheNews) {
    int heard_it = 0;
    int died_before = 0;
    play([&](SystemStage& stage) {
        class Hears : public Actor {
        public:
            Hears(std::atomic<int>& heard, std::atomic<int>& died) : heard_{heard}, died_{died} {}
            void on_start() override { watch_name(this, "ear"); }
            void on(const NameRegistered&) { hears_ = true; }
            void on(const NameFreed&) {}
            void on(Number) {}
            void on_stop(const ExitReason&) override { (hears_ ? heard_ : died_).fetch_add(1); }

        private:
            std::atomic<int>& heard_;
            std::atomic<int>& died_;
            bool hears_ = false;
        };
        std::atomic<int> heard{0};
        std::atomic<int> died{0};
        auto listener = stage.system.spawn<Listener>();
        for (int round = 0; round < stage.times(300); ++round) {
            std::vector<Ref<Hears>> readers;
            for (int i = 0; i < 3; ++i) readers.push_back(stage.system.spawn<Hears>(heard, died));
            readers[0].ask(Number{1});
            auto changes = stage.spawn([&] {
                stage.system.register_name("ear", listener);
                for (int i = round % 3; i > 0; --i) yield();
                stage.system.unregister_name("ear");
            });
            auto ends = stage.spawn([&] {
                for (int i = round % 2; i > 0; --i) yield();
                readers[0].kill();
                readers[1].stop();
                readers[2].stop_when_drained();
            });
            changes.get();
            ends.get();
            support::until([&] { return stage.system.stats().actors == 1; });
            EXPECT_EQ(stage.system.stats().name_watches, 0U);
        }
        heard_it += heard.load();
        died_before += died.load();
    });
    expect_both(heard_it, died_before);
}

// Property  Whatever a watcher misses, what it hears alternates, and the last that it hears holds.
TEST_P(NamesWatchTest, NewsComeInTurnHoweverTheyRace) {
    int all = 0;
    int missed = 0;
    play([&](SystemStage& stage) {
        auto reader = stage.system.spawn<Reader>();
        reader.ask(WatchName{"ear"});
        const int rounds = stage.times(500);
        std::vector<Task<void>> tasks;
        for (int i = 0; i < 2; ++i) {
            tasks.push_back(stage.spawn([&, i] {
                for (int round = 0; round < rounds; ++round) {
                    auto listener = stage.system.spawn<Listener>();
                    while (true) {
                        try {
                            stage.system.register_name("ear", listener);
                            break;
                        } catch (const Error&) {
                            yield();
                        }
                    }
                    if (i == 0) (void)stage.system.unregister_name("ear");
                    listener.kill();
                }
            }));
        }
        for (Task<void>& task : tasks) task.get();
        support::until([&] { return stage.system.stats().actors == 1; });
        auto last = stage.system.spawn<Listener>();
        stage.system.register_name("ear", last);
        support::until([&] {
            const auto news = reader.ask(News{});
            return !news.empty() && news.back() == "ear: " + number_of(last);
        });
        const std::vector<std::string> news = reader.ask(News{});
        for (std::size_t i = 0; i < news.size(); ++i) {
            EXPECT_EQ(news[i] == "ear: free", i % 2 == 1) << news[i];
        }
        const int told = static_cast<int>(news.size() / 2);
        all += told;
        missed += 2 * rounds - told;
    });
    EXPECT_GT(all, 0);
    expect_both(all, missed);
}

}  // namespace greenroom
