// Bounded mailboxes: two senders, an actor that is slow, and each of the policies.
//
// Property  What was sent is handled once and in the order of its sender, or was dropped, refused
//           or a dead letter, and counted as that; a sender that waits goes on when there is room.
#include <algorithm>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/semaphore.hpp>
#include <greenroom/core/task.hpp>
#include <memory>

#include "simulation/model/explore.hpp"
#include "support/on_machine.hpp"

namespace greenroom::model {

namespace {

using namespace std::chrono_literals;
using detail::Mutant;

constexpr int senders = 2;
constexpr int messages_each = 4;

struct Numbered {
    int sender;
    int number;
};
struct Count {};

class Slow : public Actor {
public:
    explicit Slow(SimulatedMachine& machine) : machine_{machine} {}

    void on(Numbered message) {
        promise(message.number > last_[message.sender], "in the order sent");
        last_[message.sender] = message.number;
        machine_.pause();
        ++handled_;
    }
    int on(Count) { return handled_; }

private:
    SimulatedMachine& machine_;
    int last_[senders] = {-1, -1};
    int handled_ = 0;
};

void play(SimulatedMachine& machine, WhenFull when_full) {
    SystemOptions options;
    options.runtime = support::on_machine(machine, 2);
    System system{options};
    const TimePoint begun = machine.now();
    ActorOptions bounded;
    bounded.mailbox = {1 + machine.choose(2), when_full};
    const Ref<Slow> slow = system.spawn_with<Slow>(bounded, machine);
    int refused = 0;
    auto sends = [&](int sender) {
        return [&, sender] {
            for (int i = 0; i < messages_each; ++i) {
                try {
                    slow.tell(Numbered{sender, i});
                } catch (const MailboxFull&) {
                    ++refused;
                }
            }
        };
    };
    {
        Task<void> fiber = spawn(system.runtime(), sends(0));
        auto thread = machine.start("sender", sends(1));
        fiber.get();
    }
    while (!system.stop(StopPolicy::drain, Deadline{machine.now() + 1h}).clean) {
    }
    const SystemStats stats = system.stats();
    require(stats.failures == 0, "no handler fails");
    require(when_full == WhenFull::fail || refused == 0, "only that policy refuses");
    const bool drops = when_full == WhenFull::drop_newest || when_full == WhenFull::drop_oldest;
    require(drops || stats.dropped == 0, "only these policies drop");
    require(stats.dropped + stats.dead_letters <= senders * messages_each, "each once at most");
    require(machine.now() == begun, "nobody waits for a deadline");
}

void play_suspend(SimulatedMachine& machine) { play(machine, WhenFull::suspend_sender); }
void play_fail(SimulatedMachine& machine) { play(machine, WhenFull::fail); }
void play_newest(SimulatedMachine& machine) { play(machine, WhenFull::drop_newest); }
void play_oldest(SimulatedMachine& machine) { play(machine, WhenFull::drop_oldest); }

// Property  A sender that waits for room hears that the actor has stopped, and of a cancellation.
void play_stop(SimulatedMachine& machine) {
    SystemOptions options;
    options.runtime = support::on_machine(machine, 2);
    System system{options};
    const TimePoint begun = machine.now();
    ActorOptions bounded;
    bounded.mailbox = {1, WhenFull::suspend_sender};
    const Ref<Slow> slow = system.spawn_with<Slow>(bounded, machine);
    auto sends = [&](int sender) {
        return [&, sender] {
            for (int i = 0; i < messages_each; ++i) slow.tell(Numbered{sender, i});
        };
    };
    Task<void> fiber = spawn(system.runtime(), sends(0));
    auto thread = machine.start("sender", sends(1));
    for (std::uint32_t i = machine.choose(10); i > 0; --i) machine.pause();
    if (machine.choose(2) == 0) fiber.cancel();
    slow.stop();
    fiber.join();
    thread.reset();
    require(machine.now() == begun, "nobody is left waiting for room");
}

// Goes on with a message only when the mailbox is full again behind it.
class Paced : public Actor {
public:
    static constexpr int messages = 20;

    Paced(int bound, Semaphore& told) : bound_{bound}, told_{told} {}

    void on(Numbered message) {
        promise(message.number == handled_++, "each once, in the order sent");
        for (; seen_ < std::min(handled_ + bound_, messages); ++seen_) told_.acquire();
    }
    int on(Count) { return handled_; }

private:
    const int bound_;
    Semaphore& told_;
    int handled_ = 0;
    int seen_ = 0;
};

// Property  A sender goes on as soon as there is room, at whatever moment of a batch it found none:
//           the handlers wait for just that.
// A mailbox that is always full is served with the lock from then on: hence a new one each time.
void play_room(SimulatedMachine& machine) {
    SystemOptions options;
    options.runtime = support::on_machine(machine, 2);
    System system{options};
    const TimePoint begun = machine.now();
    for (int i = 0; i < 8; ++i) {
        const std::uint32_t bound = machine.choose(2) == 0 ? 1 + machine.choose(4) : 8;
        Semaphore told{0};
        ActorOptions bounded;
        bounded.mailbox = {bound, WhenFull::suspend_sender};
        const Ref<Paced> paced = system.spawn_with<Paced>(bounded, static_cast<int>(bound), told);
        const auto send = [&] {
            for (int number = 0; number < Paced::messages; ++number) {
                paced.tell(Numbered{0, number});
                told.release();
            }
        };
        if (machine.choose(2) == 0) {
            spawn(system.runtime(), send).get();
        } else {
            machine.start("sender", send).reset();
        }
        require(paced.ask(Count{}) == Paced::messages, "all are handled");
    }
    while (!system.stop(StopPolicy::drain, Deadline{machine.now() + 1h}).clean) {
    }
    require(machine.now() == begun, "nobody waits for a deadline");
}

constexpr SimulationOptions time_waits_for_work{.hurry_one_in = 0};
const Added suspend{{"BoundedSuspends", &play_suspend, time_waits_for_work}, {}};
const Added fail{{"BoundedFails", &play_fail, time_waits_for_work}, {}};
const Added newest{{"BoundedDropsNewest", &play_newest, time_waits_for_work}, {}};
const Added oldest{{"BoundedDropsOldest", &play_oldest, time_waits_for_work}, {}};
const Added room{{"BoundedMakesRoom", &play_room, time_waits_for_work},
                 {Mutant::bounded_turn_looks_first, Mutant::bounded_line_looks_once,
                  Mutant::suspend_keeps_held_back}};
const Added stop{{"BoundedStops", &play_stop, time_waits_for_work}, {}};

}  // namespace

}  // namespace greenroom::model
