// Actors as they are: cells, mailboxes, asks, stopping and watching, on two workers.
//
// As in runtime_model.cpp, virtual time is the witness that no wake and no signal was lost.
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/sleep.hpp>
#include <memory>
#include <string>
#include <vector>

#include "simulation/model/explore.hpp"
#include "support/on_machine.hpp"

namespace greenroom::model {

namespace {

using namespace std::chrono_literals;
using detail::Mutant;

constexpr SimulationOptions time_waits_for_work{.hurry_one_in = 0};
constexpr int senders = 2;
constexpr int messages_each = 4;

SystemOptions system_on(SimulatedMachine& machine) {
    SystemOptions options;
    options.runtime = support::on_machine(machine, 2);
    return options;
}

struct Numbered {
    int sender;
    int number;
};
struct Count {};
struct Sleep {};

// Requires what the floor promises of every actor.
class Counter : public Actor {
public:
    explicit Counter(SimulatedMachine& machine) : machine_{machine} {}

    void on(Numbered message) {
        const Inside inside{*this};
        promise(message.number == next_[message.sender]++, "in the order sent");
        machine_.pause();
        ++handled_;
    }
    int on(Count) {
        const Inside inside{*this};
        return handled_;
    }
    void on(Sleep) {
        const Inside inside{*this};
        sleep_for(1h);
    }

private:
    struct Inside {
        explicit Inside(Counter& its_counter) : counter{its_counter} {
            promise(!counter.inside_, "one handler at a time");
            counter.inside_ = true;
        }
        ~Inside() { counter.inside_ = false; }
        Counter& counter;
    };

    SimulatedMachine& machine_;
    bool inside_ = false;
    int next_[senders] = {};
    int handled_ = 0;
};

// Asks the one behind it, while its own asker waits.
class Middle : public Actor {
public:
    explicit Middle(Ref<Counter> behind) : behind_{std::move(behind)} {}
    int on(Count) { return behind_.ask(Count{}); }

private:
    Ref<Counter> behind_;
};

struct Watch {
    Ref<Counter> whom;
};

class Watcher : public Actor {
public:
    explicit Watcher(int& downs) : downs_{downs} {}
    void on(const Watch& request) { watch(this, request.whom); }
    void on(const Down&) { ++downs_; }

private:
    int& downs_;
};

// Plain threads that tell `counter` its messages.
void tell_all(SimulatedMachine& machine, const Ref<Counter>& counter) {
    std::vector<std::unique_ptr<Threads::Handle>> threads;
    for (int sender = 0; sender < senders; ++sender) {
        threads.push_back(machine.start("sender", [&, sender] {
            for (int i = 0; i < messages_each; ++i) counter.tell(Numbered{sender, i});
        }));
    }
}

// Property  Every message is handled once, in the order of its sender, one at a time and at once.
void play_tells(SimulatedMachine& machine) {
    System system{system_on(machine)};
    const TimePoint begun = machine.now();
    const Ref<Counter> counter = system.spawn<Counter>(machine);
    tell_all(machine, counter);
    require(counter.ask(Count{}) == senders * messages_each, "every message is handled");
    require(machine.now() == begun, "and none waits while a worker sleeps");
}

// Property  Whoever asks is answered, through an actor that waits for another.
void play_asks(SimulatedMachine& machine) {
    System system{system_on(machine)};
    const TimePoint begun = machine.now();
    const Ref<Counter> counter = system.spawn<Counter>(machine);
    const Ref<Middle> middle = system.spawn<Middle>(counter);
    {
        auto other = machine.start("asker", [&] { promise(middle.ask(Count{}) >= 0, "answered"); });
        tell_all(machine, counter);
        require(counter.ask(Count{}) == senders * messages_each, "answered");
        require(middle.ask(Count{}) == senders * messages_each, "answered in turn");
    }
    require(machine.now() == begun, "at once");
}

// Property  An ask that races with a stop is answered or refused, and never left to its deadline.
void play_stop(SimulatedMachine& machine) {
    int downs = 0;
    const TimePoint begun = machine.now();
    {
        System system{system_on(machine)};
        const Ref<Counter> counter = system.spawn<Counter>(machine);
        const Ref<Watcher> watcher = system.spawn<Watcher>(downs);
        watcher.tell(Watch{counter});
        auto stopper = machine.start("stopper", [&] { counter.stop(); });
        tell_all(machine, counter);
        try {
            static_cast<void>(counter.ask(Count{}));
        } catch (const ActorStopped&) {
        }
        stopper.reset();
        while (downs == 0) machine.pause();
        require(system.stop(StopPolicy::drain, Deadline{machine.now() + 1h}).clean, "it ends");
    }
    require(downs == 1, "a watcher hears of it once");
    require(machine.now() == begun, "nobody waits for a deadline");
}

// Property  A kill reaches a handler that waits for an hour, wherever it is on the way there.
void play_kill(SimulatedMachine& machine) {
    int downs = 0;
    System system{system_on(machine)};
    const TimePoint begun = machine.now();
    const Ref<Counter> counter = system.spawn<Counter>(machine);
    const Ref<Watcher> watcher = system.spawn<Watcher>(downs);
    watcher.tell(Watch{counter});
    counter.tell(Sleep{});
    for (std::uint32_t i = machine.choose(40); i > 0; --i) machine.pause();
    counter.kill();
    try {
        static_cast<void>(counter.ask(Count{}));
    } catch (const ActorStopped&) {
    }
    while (downs == 0) machine.pause();
    require(machine.now() == begun, "at once");
}

// Property  A System ends though its actors are in the middle of something.
void play_end(SimulatedMachine& machine) {
    const TimePoint begun = machine.now();
    {
        SystemOptions options = system_on(machine);
        options.grace = 10ms;
        System system{options};
        const Ref<Counter> counter = system.spawn<Counter>(machine);
        tell_all(machine, counter);
        if (machine.choose(2) == 0) counter.tell(Sleep{});
        for (std::uint32_t i = machine.choose(20); i > 0; --i) machine.pause();
    }
    require(machine.now() < begun + 1s, "within its grace");
}

const Added tells{{"ActorsTell", &play_tells, time_waits_for_work},
                  {Mutant::mailbox_store_for_exchange, Mutant::mailbox_idle_without_compare,
                   Mutant::mailbox_no_schedule, Mutant::mailbox_schedules_always}};
const Added asks{{"ActorsAsk", &play_asks, time_waits_for_work}, {}};
const Added stop{{"ActorsStop", &play_stop, time_waits_for_work}, {}};
const Added kill{{"ActorsKill", &play_kill, time_waits_for_work},
                 {Mutant::signal_without_poke, Mutant::suspend_checks_before}};
const Added end{{"EndOfASystem", &play_end, time_waits_for_work}, {}};

}  // namespace

}  // namespace greenroom::model
