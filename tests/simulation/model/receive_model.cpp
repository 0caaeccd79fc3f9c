// A process that receives, and those who send to it: who has the turn while the mailbox is idle.
#include <greenroom/actors/system.hpp>
#include <memory>
#include <vector>

#include "simulation/model/explore.hpp"
#include "support/on_machine.hpp"

namespace greenroom::model {

namespace {

using namespace std::chrono_literals;
using detail::Mutant;

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

std::vector<std::unique_ptr<Threads::Handle>> send_all(
    SimulatedMachine& machine, const Ref<Protocol<void(Numbered)>>& process) {
    std::vector<std::unique_ptr<Threads::Handle>> threads;
    for (int sender = 0; sender < senders; ++sender) {
        threads.push_back(machine.start("sender", [&machine, process, sender] {
            for (int i = 0; i < messages_each; ++i) {
                process.tell(Numbered{sender, i});
                for (std::uint32_t n = machine.choose(10); n > 0; --n) machine.pause();
            }
        }));
    }
    return threads;
}

class Receiver {
public:
    explicit Receiver(SimulatedMachine& machine) : machine_{machine} {}

    void take(Numbered message) {
        promise(!inside_, "one message at a time");
        inside_ = true;
        promise(message.number == next_[message.sender]++, "in the order sent");
        machine_.pause();
        inside_ = false;
        ++received_;
    }
    bool has_all() const { return received_ == senders * messages_each; }

private:
    SimulatedMachine& machine_;
    bool inside_ = false;
    int next_[senders] = {};
    int received_ = 0;
};

// Property  Every message is received once, in the order of its sender, and at once.
void play_receive(SimulatedMachine& machine) {
    const TimePoint begun = machine.now();
    Receiver receiver{machine};
    {
        System system{system_on(machine)};
        const Ref<Protocol<void(Numbered)>> process =
            system.spawn_process<Numbered>([&](Process& self) {
                while (!receiver.has_all()) {
                    self.receive([&](Numbered message) { receiver.take(message); });
                }
            });
        send_all(machine, process).clear();
        while (!process.has_ended()) machine.pause();
    }
    require(receiver.has_all(), "every message is received");
    require(machine.now() == begun, "and none waits while a worker sleeps");
}

// Property  Nor is one lost, or received beside another, where deadlines end the waits, whether the
//           mailbox has a bound or not.
void play_deadlines(SimulatedMachine& machine) {
    Receiver receiver{machine};
    const ActorOptions options{.mailbox = {.bound = machine.choose(2) == 0 ? 0U : 8U}};
    {
        System system{system_on(machine)};
        const Ref<Protocol<void(Numbered)>> process = system.spawn_process<Numbered>(
            [&](Process& self) {
                while (!receiver.has_all()) {
                    self.receive([&](Numbered message) { receiver.take(message); },
                                 after(1ms, [] {}));
                }
            },
            options);
        send_all(machine, process).clear();
        while (!process.has_ended()) machine.pause();
    }
    require(receiver.has_all(), "every message is received");
}

// Property  A stop ends it where it receives, whoever sends meanwhile.
void play_stop(SimulatedMachine& machine) {
    const TimePoint begun = machine.now();
    Receiver receiver{machine};
    {
        System system{system_on(machine)};
        const Ref<Protocol<void(Numbered)>> process =
            system.spawn_process<Numbered>([&](Process& self) {
                for (;;) self.receive([&](Numbered message) { receiver.take(message); });
            });
        auto threads = send_all(machine, process);
        for (std::uint32_t n = machine.choose(40); n > 0; --n) machine.pause();
        process.stop();
        threads.clear();
        require(system.stop(StopPolicy::drain, Deadline{machine.now() + 1h}).clean, "it ends");
    }
    require(machine.now() == begun, "at once");
}

constexpr SimulationOptions time_waits_for_work{.hurry_one_in = 0};
constexpr SimulationOptions restless{.spurious_one_in = 16, .hurry_one_in = 8};

const Added receive{{"ProcessReceives", &play_receive, time_waits_for_work},
                    {Mutant::receiver_is_scheduled}};
const Added deadlines{{"ProcessGivesUp", &play_deadlines, restless},
                      {Mutant::receive_gives_up_unclaimed}};
const Added stop{{"ProcessStops", &play_stop, time_waits_for_work},
                 {Mutant::receiver_hears_no_close}};

}  // namespace

}  // namespace greenroom::model
