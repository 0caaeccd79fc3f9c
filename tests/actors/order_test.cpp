// Order: of one sender's messages, by whichever reference and in whichever way they were sent.
#include <gtest/gtest.h>

#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/future.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <utility>
#include <vector>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;

class OrderTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(OrderTest);

struct Item {
    int sender;
    int number;  // from 1
};
using Items = Protocol<int(Item)>;

struct Heard {
    int handled = 0;
    int out_of_order = 0;
};
struct Hear {};

constexpr int senders = 3;

// Answers with the number; suspends now and then, so that it may go on elsewhere.
class Sink : public Actor {
public:
    int on(Item item) {
        int& last = last_[item.sender];
        if (item.number != last + 1) ++heard_.out_of_order;
        last = item.number;
        if (++heard_.handled % 7 == 0) yield();
        if (heard_.handled % 50 == 0) sleep_for(100us);
        return item.number;
    }
    Heard on(Hear) { return heard_; }

private:
    int last_[senders]{};
    Heard heard_;
};

// Has another answer in its place.
class Relay : public Actor {
public:
    explicit Relay(Ref<Items> to) : to_{std::move(to)} {}
    void on(Item item, Reply<int> reply) { to_.forward(item, std::move(reply)); }

private:
    const Ref<Items> to_;
};

// By the class where there is one, by the protocol, asked, requested and with a promise of its own.
void send_in_turns(const Ref<Sink>& direct, const Ref<Items>& to, int sender, int count) {
    std::vector<std::pair<int, Future<int>>> answers;
    for (int number = 1; number <= count; ++number) {
        const Item item{sender, number};
        switch (number % 6) {
            case 0: direct ? direct.tell(item) : to.tell(item); break;
            case 1: EXPECT_EQ(to.ask(item, 1h), number); break;
            case 2: answers.emplace_back(number, to.request(item)); break;
            case 3: {
                Promise<int> promise;
                answers.emplace_back(number, promise.future());
                to.forward(item, Reply{std::move(promise)});
                break;
            }
            case 4:
                if (to.try_tell(item) != Sent::sent) to.tell(item);
                break;
            default: to.tell(item); break;
        }
        if (number % 11 == 0) yield();
        if (number % 40 == 0) sleep_for(0us);
    }
    for (auto& [number, answer] : answers) EXPECT_EQ(answer.get(), number);
}

}  // namespace

// Property  None is lost or doubled, and each sender's come in order, however full the mailbox.
TEST_P(OrderTest, HoldsWhateverTheWayAndByARelay) {
    play([](SystemStage& stage) {
        const ActorOptions narrow{.mailbox = {.bound = 4, .when_full = WhenFull::suspend_sender}};
        const auto sink = stage.system.spawn_with<Sink>(narrow);
        const auto relay = stage.system.spawn_with<Relay>(narrow, sink);
        const int count = stage.simulated ? 24 : stage.times(1'200);
        std::vector<Task<void>> tasks;
        for (int sender = 0; sender < senders; ++sender) {
            tasks.push_back(stage.spawn([=] {
                if (sender == 0) return send_in_turns({}, relay, sender, count);
                send_in_turns(sink, sink, sender, count);
            }));
        }
        for (auto& task : tasks) task.get();
        relay.ask(Item{0, count + 1}, 1h);  // behind what it was told
        const Heard heard = sink.ask(Hear{}, 1h);
        EXPECT_EQ(heard.handled, senders * count + 1);
        EXPECT_EQ(heard.out_of_order, 0);
    });
}

}  // namespace greenroom
