// Channel: two senders and two receivers, fibers and plain threads, some of which give up.
//
// Property  Every item that was sent is received once, and each receiver gets the items of one
//           sender in the order sent. What was not sent is still the sender's.
#include <greenroom/core/channel.hpp>
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

const Added added{{"Channel", &play, {.spurious_one_in = 16, .hurry_one_in = 16}},
                  {Mutant::expired_waiter_stays_linked}};

}  // namespace

}  // namespace greenroom::model
