// Actors that ask one another: of a circle exactly one call fails, and without one none does.
#include <array>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/gather.hpp>
#include <greenroom/core/latch.hpp>
#include <greenroom/core/race.hpp>
#include <greenroom/core/task_group.hpp>
#include <memory>
#include <vector>

#include "simulation/model/explore.hpp"
#include "support/on_machine.hpp"

namespace greenroom::model {

namespace {

using namespace std::chrono_literals;
using detail::Mutant;

constexpr std::size_t members = 3;

SystemOptions system_on(SimulatedMachine& machine) {
    SystemOptions options;
    options.runtime = support::on_machine(machine, members);
    return options;
}

class Member;

struct Look {};
// Asks another, once all have come so far.
struct Ask {
    Ref<Member> other;
    Latch* together = nullptr;
};
// The same by a task, which its handler waits for; or begins to wait for, at the same time.
struct AskByTask {
    Ref<Member> other;
    Latch* together;
};
struct AskAndJoin {
    Ref<Member> other;
    Latch* together;
};
// The same by a task that is cancelled at that time.
struct AskInRace {
    Ref<Member> other;
    Latch* together;
};
// Answers, and asks another only then.
struct AskAfter {
    Ref<Member> other;
};
// Has another ask a third when it has answered.
struct Relay {
    Ref<Member> other;
    Ref<Member> third;
};

// Sends the ask of it on, once all have come so far.
struct Forward {
    Ref<Member> to;
    Latch* together;
};

struct AskThrough {
    Ref<Member> by;
    Ref<Member> to;
    Latch* together;
};

class Member : public Actor {
public:
    explicit Member(int& circles) : circles_{circles} {}

    void on(Look) {}
    void on(const Ask& ask) {
        if (ask.together != nullptr) ask.together->arrive_and_wait();
        look_at(ask.other);
    }
    void on(const AskByTask& ask) {
        ask.together->arrive_and_wait();
        gather([&] { look_at(ask.other); }, [] {});
    }
    void on(const AskAndJoin& ask) {
        TaskGroup<void> group{parallel};
        Event begins;
        group.spawn([&] {
            begins.wait();
            look_at(ask.other);
        });
        ask.together->arrive_and_wait();
        begins.set();
        yield();
        group.join();
    }
    void on(const AskInRace& ask) {
        (void)race([&] { look_at(ask.other); }, [&] { ask.together->arrive_and_wait(); });
    }
    void on(const AskAfter& ask) { self(this).tell(Ask{ask.other}); }
    void on(const Forward& forward, Reply<void> reply) {
        forward.together->arrive_and_wait();
        forward.to.forward(Look{}, std::move(reply));
    }
    void on(const AskThrough& ask) {
        try {
            ask.by.ask(Forward{ask.to, ask.together}, 1h);
        } catch (const AskCycle&) {
            ++circles_;
        }
    }
    void on(const Relay& relay) {
        try {
            relay.other.ask(AskAfter{relay.third}, 1h);
        } catch (const AskCycle&) {
            ++circles_;
        }
    }

private:
    void look_at(const Ref<Member>& other) {
        try {
            other.ask(Look{}, 1h);
        } catch (const AskCycle&) {
            ++circles_;
        }
    }

    int& circles_;
};

using Members = std::array<Ref<Member>, members>;

Members members_of(System& system, int& circles) {
    Members all;
    for (auto& member : all) member = system.spawn<Member>(circles);
    return all;
}

// Property  Of calls that close a circle at the same time exactly one fails, and at once.
void play_circle(SimulatedMachine& machine) {
    const TimePoint begun = machine.now();
    int circles = 0;
    {
        System system{system_on(machine)};
        const Members all = members_of(system, circles);
        Latch together{members};
        for (std::size_t i = 0; i < members; ++i) {
            all[i].tell(Ask{all[(i + 1) % members], &together});
        }
        for (const auto& member : all) member.ask(Look{}, 2h);
        require(system.stop(StopPolicy::drain, Deadline{machine.now() + 1h}).clean, "it ends");
    }
    require(circles == 1, "exactly one fails");
    require(machine.now() == begun, "at once");
}

// Property  The same where tasks ask, whenever their handlers come to wait for them.
void play_tasks(SimulatedMachine& machine) {
    const TimePoint begun = machine.now();
    int circles = 0;
    {
        System system{system_on(machine)};
        const auto [x, y, z] = members_of(system, circles);
        Latch together{members};
        x.tell(AskByTask{y, &together});
        y.tell(AskAndJoin{z, &together});
        z.tell(AskAndJoin{x, &together});
        for (const auto& member : {x, y, z}) member.ask(Look{}, 2h);
        require(system.stop(StopPolicy::drain, Deadline{machine.now() + 1h}).clean, "it ends");
    }
    require(circles == 1, "exactly one fails");
    require(machine.now() == begun, "at once");
}

// Property  A task whose handler goes on without it closes none.
void play_race(SimulatedMachine& machine) {
    int circles = 0;
    {
        System system{system_on(machine)};
        const auto [x, y, z] = members_of(system, circles);
        Latch together{2};
        x.tell(AskInRace{y, &together});
        y.tell(Ask{x, &together});
        for (const auto& member : {x, y, z}) member.ask(Look{}, 2h);
        require(system.stop(StopPolicy::drain, Deadline{machine.now() + 1h}).clean, "it ends");
    }
    require(circles == 0, "no call fails");
}

// Property  The same where one of them is forwarded.
void play_forward(SimulatedMachine& machine) {
    const TimePoint begun = machine.now();
    int circles = 0;
    {
        System system{system_on(machine)};
        const auto [x, y, z] = members_of(system, circles);
        Latch together{2};
        x.tell(AskThrough{y, z, &together});  // x asks y, which sends that on to z
        z.tell(Ask{x, &together});
        for (const auto& member : {x, y, z}) member.ask(Look{}, 2h);
        require(system.stop(StopPolicy::drain, Deadline{machine.now() + 1h}).clean, "it ends");
    }
    require(circles == 1, "exactly one fails");
    require(machine.now() == begun, "at once");
}

// Property  No call fails where the first of the would-be circle was answered before the last.
void play_chain(SimulatedMachine& machine) {
    int circles = 0;
    {
        System system{system_on(machine)};
        const Members all = members_of(system, circles);
        const auto [x, y, z] = all;
        std::vector<std::unique_ptr<Threads::Handle>> threads;
        // y asks z, which answers and asks x; x asks y.
        threads.push_back(machine.start("y", [x = x, y = y, z = z] { y.tell(Relay{z, x}); }));
        threads.push_back(machine.start("x", [x = x, y = y] { x.tell(Ask{y}); }));
        threads.clear();
        for (const auto& member : {y, z, x}) member.ask(Look{}, 2h);
        require(system.stop(StopPolicy::drain, Deadline{machine.now() + 1h}).clean, "it ends");
    }
    require(circles == 0, "no call fails");
}

constexpr SimulationOptions time_waits_for_work{.hurry_one_in = 0};

const Added circle{{"AsksCloseACircle", &play_circle, time_waits_for_work},
                   {Mutant::circle_seen_before_published, Mutant::circle_fails_all}};
const Added tasks{{"TasksCloseACircle", &play_tasks, time_waits_for_work},
                  {Mutant::circle_seen_before_published, Mutant::task_joins_unseen}};
const Added one_of_several{{"ATaskOfARaceClosesNone", &play_race, time_waits_for_work},
                           {Mutant::circle_of_cancelled}};
const Added forward{{"AForwardClosesACircle", &play_forward, time_waits_for_work},
                    {Mutant::circle_seen_before_published}};
const Added chain{{"AsksCloseNone", &play_chain, time_waits_for_work}, {Mutant::circle_seen_once}};

}  // namespace

}  // namespace greenroom::model
