// Requests that end without an answer: the future tells the same as an ask throws in that place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <greenroom/actors/faults.hpp>
#include <greenroom/actors/router.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/task.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cast.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::StartsWith;

struct Work {
    std::function<void()> doing;
};
struct Later {
    std::function<void()> doing;
};
struct Take {
    std::optional<Reply<int>>& place;
};
struct Lose {};

class Desk : public Actor {
public:
    int on(const Work& work) {
        work.doing();
        return 1;
    }
    void on(const Later& later, Reply<int> reply) {
        later.doing();
        kept_.push_back(std::move(reply));
    }
    void on(const Take& take, Reply<int> reply) { take.place = std::move(reply); }
    void on(const Hold& hold) { hold.wait(); }
    std::size_t on(Numbers) { return kept_.size(); }
    void on(Lose) { kept_.clear(); }
    void on(Stop) { stop(); }
    void on(Fail) { throw std::runtime_error("no luck"); }

private:
    std::vector<Reply<int>> kept_;
};

// Has the desk answer in its place.
class Porter : public Actor {
public:
    explicit Porter(Ref<Desk> desk) : desk_{std::move(desk)} {}
    void on(const Later& later, Reply<int> reply) { desk_.forward(later, std::move(reply)); }
    void on(const Work& work, Reply<int> reply) { desk_.forward(work, std::move(reply)); }

private:
    Ref<Desk> desk_;
};

void nothing() {}
void throws() { throw std::runtime_error{"no luck"}; }

// Its kind, and what it says.
std::string end_of(const std::function<int()>& call) {
    try {
        return std::to_string(call());
    } catch (const ActorStopped& error) {
        return std::string{"ActorStopped: "} + error.what();
    } catch (const HandlerFailed& error) {
        return std::string{"HandlerFailed: "} + error.what();
    } catch (const MailboxFull& error) {
        return std::string{"MailboxFull: "} + error.what();
    } catch (const Error& error) {
        return std::string{"Error: "} + error.what();
    } catch (const std::exception& error) {
        return std::string{"std::exception: "} + error.what();
    }
}

constexpr Where here{"here.cpp", 7};

// Asks, or requests.
class Client {
public:
    Client(SystemStage& its_stage, bool asks) noexcept : stage{its_stage}, asks_{asks} {}

    // The message is in when this returns.
    template <class A, class M>
    std::function<int()> send(const Ref<A>& to, const M& message) {
        if (asks_) {
            auto task = std::make_shared<Task<int>>(
                stage.spawn([to, message] { return to.ask(message, 1h, here); }));
            stage.until_waiting("ask", 1);
            return [task] { return task->get(); };
        }
        auto future = std::make_shared<Future<int>>(to.request(message, here));
        return [future] { return future->get(); };
    }
    template <class A, class M>
    std::string end_of_sent(const Ref<A>& to, const M& message) {
        return end_of(
            [&] { return asks_ ? to.ask(message, 1h, here) : to.request(message, here).get(); });
    }

    SystemStage& stage;

private:
    const bool asks_;
};

// Outlives all copies: their common text is counted where ThreadSanitizer does not see it.
const auto broken = std::runtime_error{"the disk is full"};

// A message does not know whom it was sent to; who asks does.
std::string without_receiver(std::string story) {
    const std::size_t to = story.find(" to ");
    const std::size_t at = story.find(" at here.cpp");
    if (to < at && at != std::string::npos) story.erase(to, at - to);
    return story;
}

class RequestTest : public support::OnSystems {
protected:
    using Way = std::function<std::string(Client&)>;

    // Goes one way with an ask and with a request.
    void both_end(const Way& way, const std::string& begin, bool handled = true) {
        play(
            [&](SystemStage& stage) {
                const support::LogLines log;
                Client asks{stage, true};
                Client requests{stage, false};
                const std::string asked = way(asks);
                EXPECT_THAT(asked, StartsWith(begin));
                EXPECT_EQ(way(requests), handled ? asked : without_receiver(asked));
            },
            {}, 10);
    }
};
GREENROOM_ON_ALL_RUNTIMES(RequestTest);

// Does something to a desk that is in a handler, and has it go on.
std::string while_held(Client& client, const std::function<void(Ref<Desk>&)>& act) {
    auto desk = client.stage.system.spawn<Desk>();
    Event begun;
    Event go_on;
    Event left;
    desk.tell(Hold{begun, go_on, &left});
    begun.wait();
    const auto get = client.send(desk, Work{&nothing});
    act(desk);
    go_on.set();
    left.wait();
    return end_of(get);
}

// Likewise to one that keeps a reply.
std::string while_kept(Client& client, const std::function<void(Ref<Desk>&)>& act) {
    auto desk = client.stage.system.spawn<Desk>();
    const auto get = client.send(desk, Later{&nothing});
    while (desk.ask(Numbers{}) < 1) yield();
    act(desk);
    return end_of(get);
}

// Kills one whose handler waits.
template <class M>
std::string when_killed(Client& client) {
    auto desk = client.stage.system.spawn<Desk>();
    const auto begun = std::make_shared<Event>();
    const auto never = std::make_shared<Event>();
    const auto get = client.send(desk, M{[=] {
                                     begun->set();
                                     never->wait();
                                 }});
    begun->wait();
    desk.kill();
    return end_of(get);
}

}  // namespace

TEST_P(RequestTest, OfAnActorThatHasEndedOrEndsBeforeItHandles) {
    const auto ended = [](Client& client) {
        auto desk = client.stage.system.spawn<Desk>();
        desk.stop();
        support::until([&] { return desk.has_ended(); });
        return client.end_of_sent(desk, Work{&nothing});
    };
    both_end(ended, "ActorStopped: ask of ", false);
    const auto stops = [](Client& client) {
        return while_held(client, [](Ref<Desk>& desk) { desk.stop(); });
    };
    both_end(stops, "ActorStopped: ask of ", false);
    const auto is_killed = [](Client& client) {
        return while_held(client, [](Ref<Desk>& desk) { desk.kill(); });
    };
    both_end(is_killed, "ActorStopped: ask of ", false);
}

TEST_P(RequestTest, OfAHandlerThatIsKilled) {
    both_end([](Client& client) { return when_killed<Later>(client); }, "ActorStopped: ask of ");
    both_end([](Client& client) { return when_killed<Work>(client); }, "ActorStopped: ask of ");
}

TEST_P(RequestTest, OfAHandlerThatThrows) {
    const auto at_once = [](Client& client) {
        return client.end_of_sent(client.stage.system.spawn<Desk>(), Work{&throws});
    };
    both_end(at_once, "HandlerFailed: ask of ");
    const auto with_its_reply = [](Client& client) {
        return client.end_of_sent(client.stage.system.spawn<Desk>(), Later{&throws});
    };
    both_end(with_its_reply, "HandlerFailed: ask of ");
}

TEST_P(RequestTest, WhoseReplyIsKeptByAnActorThatEnds) {
    for (const auto& act :
         {+[](Ref<Desk>& desk) { desk.tell(Stop{}); }, +[](Ref<Desk>& desk) { desk.tell(Fail{}); },
          +[](Ref<Desk>& desk) { desk.kill(); }}) {
        both_end([&](Client& client) { return while_kept(client, act); }, "ActorStopped: ask of ");
    }
}

TEST_P(RequestTest, WhoseReplyIsDropped) {
    const auto lose = [](Client& client) {
        return while_kept(client, [](Ref<Desk>& desk) { desk.tell(Lose{}); });
    };
    both_end(lose, "Error: ask of ");
}

TEST_P(RequestTest, WhoseReplyIsDroppedByOthers) {
    const auto by_an_exception = [](Client& client) {
        auto desk = client.stage.system.spawn<Desk>();
        std::optional<Reply<int>> place;
        const auto get = client.send(desk, Take{place});
        (void)desk.ask(Numbers{});
        client.stage.run([&] {
            try {
                const Reply<int> mine = std::move(*place);
                throws();
            } catch (const std::runtime_error&) {
            }
        });
        return end_of(get);
    };
    both_end(by_an_exception, "HandlerFailed: ask of ");
    const auto when_it_has_ended = [](Client& client) {
        auto desk = client.stage.system.spawn<Desk>();
        std::optional<Reply<int>> place;
        const auto get = client.send(desk, Take{place});
        (void)desk.ask(Numbers{});
        desk.stop();
        support::until([&] { return desk.has_ended(); });
        place.reset();
        return end_of(get);
    };
    both_end(when_it_has_ended, "ActorStopped: ask of ");
}

TEST_P(RequestTest, ThatAFullMailboxDrops) {
    const auto of_full = [](Client& client, WhenFull policy) {
        auto desk =
            client.stage.system.spawn_with<Desk>({.mailbox = {.bound = 1, .when_full = policy}});
        Event begun;
        Event go_on;
        Event left;
        desk.tell(Hold{begun, go_on, &left});
        begun.wait();
        std::string end;
        if (policy == WhenFull::drop_oldest) {
            const auto get = client.send(desk, Work{&nothing});
            desk.tell(Lose{});
            end = end_of(get);
        } else {
            desk.tell(Lose{});
            end = client.end_of_sent(desk, Work{&nothing});
            end.resize(end.find(':'));
        }
        go_on.set();
        left.wait();
        return end;
    };
    both_end([&](Client& client) { return of_full(client, WhenFull::fail); }, "MailboxFull");
    both_end([&](Client& client) { return of_full(client, WhenFull::drop_newest); }, "MailboxFull");
    both_end([&](Client& client) { return of_full(client, WhenFull::drop_oldest); },
             "MailboxFull: ask of ", false);
}

TEST_P(RequestTest, ThatARuleOfATestStrikes) {
    const auto fails = [](Client& client) {
        Faults faults{client.stage.system};
        faults.fail<Work>(broken);
        return client.end_of_sent(client.stage.system.spawn<Desk>(), Work{&nothing});
    };
    both_end(fails, "HandlerFailed: ask of ", false);
    const auto drops = [](Client& client) {
        std::optional<Faults> faults{client.stage.system};
        auto rule = faults->drop<Work>();
        const auto get = client.send(client.stage.system.spawn<Desk>(), Work{&nothing});
        support::until([&] { return rule.struck() == 1; });
        faults.reset();
        return end_of(get);
    };
    both_end(drops, "HandlerFailed: ask of ", false);
}

TEST_P(RequestTest, ThatIsForwarded) {
    const auto forwarded = [](Client& client, const std::function<void(Ref<Desk>&)>& act) {
        auto desk = client.stage.system.spawn<Desk>();
        auto porter = client.stage.system.spawn<Porter>(desk);
        const auto get = client.send(porter, Later{&nothing});
        while (desk.ask(Numbers{}) < 1) yield();
        act(desk);
        const std::string end = end_of(get);
        EXPECT_FALSE(porter.has_ended());
        return end.substr(0, end.find(" to "));
    };
    const auto stops = [&](Client& client) {
        return forwarded(client, [](Ref<Desk>& desk) { desk.tell(Stop{}); });
    };
    both_end(stops, "ActorStopped: ask of ");
    const auto loses = [&](Client& client) {
        return forwarded(client, [](Ref<Desk>& desk) { desk.tell(Lose{}); });
    };
    both_end(loses, "Error: ask of ");
    const auto throwing = [](Client& client, const auto& message) {
        auto porter = client.stage.system.spawn<Porter>(client.stage.system.spawn<Desk>());
        const std::string end = client.end_of_sent(porter, message);
        return end.substr(0, end.find(" to "));
    };
    both_end([&](Client& client) { return throwing(client, Work{&throws}); },
             "HandlerFailed: ask of ");
    both_end([&](Client& client) { return throwing(client, Later{&throws}); },
             "HandlerFailed: ask of ");
}

// The one that it was forwarded by is not the one that keeps it.
TEST_P(RequestTest, ThatIsForwardedByAnActorThatEndsIsAnsweredAllTheSame) {
    const auto answered = [](Client& client) {
        auto desk = client.stage.system.spawn<Desk>();
        auto porter = client.stage.system.spawn<Porter>(desk);
        const auto get = client.send(porter, Later{&nothing});
        while (desk.ask(Numbers{}) < 1) yield();
        porter.stop();
        support::until([&] { return porter.has_ended(); });
        desk.tell(Lose{});
        const std::string end = end_of(get);
        return end.substr(0, end.find(" to "));
    };
    both_end(answered, "Error: ask of ");
}

TEST_P(RequestTest, WhoseFutureOutlivesTheSystem) {
    std::vector<Future<int>> futures;
    play(
        [&](SystemStage& stage) {
            auto desk = stage.system.spawn<Desk>();
            futures.push_back(desk.request(Later{&nothing}));
            futures.push_back(desk.request(Work{&nothing}));
            futures.push_back(desk.request(Later{&nothing}));
        },
        {}, 5);
    for (Future<int>& future : futures) {
        const Result<int> end = future.result();
        if (end.ok()) continue;
        EXPECT_EQ(end.code(), Errc::actor_stopped) << end.story();
    }
}

}  // namespace greenroom
