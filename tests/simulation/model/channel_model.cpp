// Channel: two senders and two receivers, fibers and plain threads, some of which give up.
//
// Property  Every item that was sent is received once, and each receiver gets the items of one
//           sender in the order sent. What was not sent is still the sender's.
#include <greenroom/core/channel.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/task.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulation/model/explore.hpp"
#include "support/on_machine.hpp"

namespace greenroom::model {

namespace {

using namespace std::chrono_literals;
using detail::Mutant;

constexpr int senders = 2;
constexpr int items_each = 3;

struct Item {
    int sender = 0;
    int number = 0;
};

Deadline some_deadline(SimulatedMachine& machine) {
    return machine.choose(2) == 0 ? Deadline::never() : Deadline{machine.now() + 1ms};
}

void play(SimulatedMachine& machine) {
    Runtime runtime{support::on_machine(machine, 2)};
    Channel<Item> channel{machine.choose(3)};
    int sent = 0;
    int received = 0;
    auto sends = [&](int sender) {
        return [&, sender] {
            for (int i = 0; i < items_each; ++i) {
                if (channel.send_before(some_deadline(machine), Item{sender, i})) ++sent;
            }
        };
    };
    auto receives = [&] {
        int last[senders] = {-1, -1};
        while (!channel.at_end()) {
            const std::optional<Item> item = channel.receive_before(some_deadline(machine));
            if (!item) continue;
            require(item->number > last[item->sender], "in the order sent");
            last[item->sender] = item->number;
            ++received;
        }
    };
    Task<void> fiber_receives = spawn(runtime, receives);
    auto thread_receives = machine.start("receiver", receives);
    {
        Task<void> fiber_sends = spawn(runtime, sends(0));
        auto thread_sends = machine.start("sender", sends(1));
        fiber_sends.get();
    }
    channel.close();
    fiber_receives.get();
    thread_receives.reset();
    require(received == sent, "what is sent is received");
}

// One sender and one receiver, and nobody who comes to their help.
void play_pair(SimulatedMachine& machine) {
    Channel<int> channel{machine.choose(2)};
    int received = 0;
    {
        auto receiver = machine.start("receiver", [&] {
            for (int i = 0; i < items_each; ++i) received += channel.receive().value();
        });
        for (int i = 0; i < items_each; ++i) channel.send(1);
    }
    require(received == items_each, "each send is met by a receive");
}

// A receive makes room for who waits; the end comes to all who wait.
void play_end(SimulatedMachine& machine) {
    Channel<int> channel{1};
    channel.send(0);
    Event first_is_in;
    int refused = 0;
    {
        auto sender = machine.start("sender", [&] {
            channel.send(1);
            first_is_in.set();
            try {
                channel.send(2);
            } catch (const Error&) {
                ++refused;
            }
        });
        require(channel.receive() == 0, "the oldest first");
        first_is_in.wait();
        channel.close();
    }
    require(channel.receive() == 1, "what was inside stays");
    require(!channel.receive(), "and nothing came in after the end");
    require(refused == 1, "who waited with an item hears of the end");
}

const Added added{{"Channel", &play, {.spurious_one_in = 16, .hurry_one_in = 16}},
                  {Mutant::expired_waiter_stays_linked}};
const Added pair{{"ChannelPair", &play_pair},
                 {Mutant::channel_passes_by_receivers, Mutant::channel_leaves_room_unused}};
const Added end{{"ChannelEnd", &play_end},
                {Mutant::channel_leaves_room_unused, Mutant::channel_closes_on_receivers_alone}};

}  // namespace

}  // namespace greenroom::model
