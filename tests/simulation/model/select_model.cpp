// select: a fiber and a plain thread, whose selects name the same channels in opposite orders.
//
// Property  Each select does one of its cases, and what one side gives in it the other side gets:
//           nothing is lost, doubled, or received by who sent it; and nobody waits for ever.
#include <greenroom/core/event.hpp>
#include <greenroom/core/select.hpp>
#include <greenroom/core/task.hpp>
#include <memory>
#include <optional>

#include "simulation/model/explore.hpp"
#include "support/on_machine.hpp"

namespace greenroom::model {

namespace {

using namespace std::chrono_literals;
using detail::Mutant;

constexpr int rounds = 3;

// Each exchange is one select of either side, so both end together.
void play_exchange(SimulatedMachine& machine) {
    Runtime runtime{support::on_machine(machine, 2)};
    Channel<int> there{0};
    Channel<int> back{0};
    int near = 0;
    int far = 0;
    Task<void> fiber = spawn(runtime, [&] {
        for (int i = 0; i < rounds; ++i) {
            select(on_send(there, 1, [&] { --far; }),
                   on_receive(back, [&](int item) { far += item; }));
        }
    });
    for (int i = 0; i < rounds; ++i) {
        select(on_send(back, 1, [&] { --near; }),
               on_receive(there, [&](int item) { near += item; }));
    }
    fiber.get();
    require(near + far == 0, "what one gives the other gets");
}

// Both sides send and receive on one channel.
void play_one_channel(SimulatedMachine& machine) {
    Runtime runtime{support::on_machine(machine, 2)};
    Channel<int> channel{0};
    const auto exchanges = [&channel](int self) {
        return [&channel, self] {
            int balance = 0;
            for (int i = 0; i < rounds; ++i) {
                select(on_receive(channel,
                                  [&](int sender) {
                                      require(sender != self, "nobody receives what it sent");
                                      ++balance;
                                  }),
                       on_send(channel, self, [&] { --balance; }));
            }
            return balance;
        };
    };
    Task<int> fiber = spawn(runtime, exchanges(1));
    const int mine = exchanges(2)();
    require(mine + fiber.get() == 0, "each send is met by a receive");
}

struct Books {
    int sent = 0;
    int received = 0;
};

// Until both channels have ended; with patience, or without.
void receive_all(SimulatedMachine& machine, Channel<int>& left, Channel<int>& right, Books& books) {
    bool left_open = true;
    bool right_open = true;
    const auto receives = [&books](bool& open) {
        return [&books, &open](std::optional<int> item) {
            open = item.has_value();
            books.received += item.value_or(0);
        };
    };
    while (left_open || right_open) {
        const bool patient = machine.choose(2) == 0;
        select(when(left_open, on_receive(left, receives(left_open))),
               when(right_open, on_receive(right, receives(right_open))),
               when(!patient, at(Deadline{machine.now() + 1ms})));
    }
}

// Senders that give up, receivers that look elsewhere, a cancellation.
void play_giving_up(SimulatedMachine& machine) {
    Runtime runtime{support::on_machine(machine, 2)};
    Channel<int> left{machine.choose(2)};
    Channel<int> right{0};
    Books books;
    Task<void> fiber_receives = spawn(runtime, [&] { receive_all(machine, left, right, books); });
    auto thread_receives =
        machine.start("receiver", [&] { receive_all(machine, right, left, books); });
    {
        Task<void> fiber_sends = spawn(runtime, [&] {
            for (int i = 0; i < rounds; ++i) {
                select(on_send(right, 1, [&] { ++books.sent; }),
                       on_send(left, 1, [&] { ++books.sent; }));
            }
        });
        for (int i = 0; i < rounds; ++i) {
            if (left.send_before(Deadline{machine.now() + 1ms}, 1)) ++books.sent;
        }
        if (machine.choose(2) == 0) fiber_sends.cancel();
        fiber_sends.join();
    }
    left.close();
    right.close();
    fiber_receives.get();
    thread_receives.reset();
    require(books.received == books.sent, "what is sent is received");
}

// An event, a task and a deadline as cases: each comes once.
void play_events(SimulatedMachine& machine) {
    Runtime runtime{support::on_machine(machine, 2)};
    Event event{Event::Reset::automatic};
    Task<void> task = spawn(runtime, [&] { event.set(); });
    int seen = 0;
    bool joined = false;
    while (seen == 0 || !joined) {
        select(on_event(event, [&] { ++seen; }),
               when(!joined, on_join(task, [&] { joined = true; })),
               at(Deadline{machine.now() + 1ms}));
    }
    require(seen == 1, "an automatic event lets one pass");
    require(!event.is_set(), "and is taken by it");
}

constexpr SimulationOptions restless{.spurious_one_in = 16, .hurry_one_in = 16};

const Added exchange{{"SelectExchange", &play_exchange},
                     {Mutant::select_locks_as_written, Mutant::select_looks_before_listing,
                      Mutant::select_leaves_its_entries}};
const Added one_channel{{"SelectOneChannel", &play_one_channel},
                        {Mutant::select_looks_before_listing, Mutant::select_leaves_its_entries}};
const Added giving_up{{"SelectGivingUp", &play_giving_up, restless},
                      {Mutant::select_locks_as_written, Mutant::select_leaves_its_entries}};
const Added events{{"SelectEvents", &play_events, restless}, {Mutant::select_leaves_its_entries}};

}  // namespace

}  // namespace greenroom::model
