// Stopping one actor and the system, and looking inside.
#include <greenroom/actors/system.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/sleep.hpp>
#include <string>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

struct Number {
    int value;
};
struct Sleep {
    Event& begun;
};

class Sleeper : public Actor {
public:
    explicit Sleeper(int& sum) : sum_{sum} {}
    void on(Number number) { sum_ += number.value; }
    void on(const Sleep& sleep) {
        sleep.begun.set();
        sleep_for(1h);
    }

private:
    int& sum_;
};

void end_an_actor() {
    int sums[3] = {0, 0, 0};
    System system;
    const Ref<Sleeper> first = system.spawn<Sleeper>(sums[0]);
    const Ref<Sleeper> second = system.spawn<Sleeper>(sums[1]);
    const Ref<Sleeper> third = system.spawn<Sleeper>(sums[2]);
    Event begun;
    second.tell(Number{1});
    third.tell(Sleep{begun});
    begun.wait();
    // [stop]
    first.stop();                // after the handler that it is in; the rest are dead letters
    second.stop_when_drained();  // after what is queued
    third.kill();                // its handler is cancelled where it waits
    // [end]
    wait_until([&] { return system.stats().actors == 0; }, "all have ended");
    expect(sums[1] == 1, "the second has handled what it had");
}

void end_the_system() {
    int sum = 0;
    System system;
    const Ref<Sleeper> sleeper = system.spawn<Sleeper>(sum);
    sleeper.tell(Number{1});
    // [stop_system]
    const StopReport report = system.stop(StopPolicy::drain, Deadline::after(10s));
    // [end]
    expect(report.clean && report.killed == 0, "all ended by themselves");
    expect(sum == 1, "and have handled what they had");
    expect(throws<Error>([&] { system.spawn<Sleeper>(sum); }), "spawns are refused");
}

void end_who_is_late() {
    int sum = 0;
    Event begun;
    System system;
    system.spawn<Sleeper>(sum).tell(Sleep{begun});
    begun.wait();
    // [late]
    const StopReport report = system.stop(StopPolicy::now, Deadline::after(20ms));
    const std::vector<std::string>& names = report.late;  // of those that had to be killed
    // [end]
    expect(!report.clean && report.killed == 1, "who does not end by then is killed");
    expect(names.size() == 1 && contains(names[0], "Sleeper"), "and named");
}

void call_hooks_of_the_stop() {
    System system;
    std::string done;
    int sum = 0;
    const Ref<Sleeper> sleeper = system.spawn<Sleeper>(sum);
    const auto close_listener = [&] { done += sleeper.has_ended() ? "" : "doors, "; };
    const auto flush_files = [&] { done += sleeper.has_ended() ? "files" : ""; };
    // [hooks]
    system.on_stop(StopPhase::close_doors, "listener", close_listener);  // all actors still work
    system.on_stop(StopPhase::after_actors, "files", flush_files);       // they have ended
    const StopReport report = system.stop(StopPolicy::drain, Deadline::after(10s));
    // [end]
    expect(report.failed_hooks.empty(), "no hook has failed");
    expect(done == "doors, files", "each is called in its phase");
}

class Desk : public Actor {};

class Shop : public Actor {
public:
    bool on(Number) { return true; }

protected:
    void on_start() override {
        spawn<Desk>();
        spawn<Desk>();
    }
};

void look_at_the_tree() {
    System system;
    const Ref<Shop> shop = system.spawn<Shop>();
    shop.ask(Number{1});
    // [tree]
    const std::vector<ActorNode> tree = system.tree();  // those without a parent first
    const ActorNode& top = tree.at(0);                  // its class, its id, and its children
    const std::string story = to_string(tree);          // a line for each, below its parent
    // [end]
    expect(top.id == shop.id() && top.children.size() == 2, "the shop has two desks");
    expect(contains(story, "Shop\n  ") && contains(story, "Desk\n"), "as the text says");
}

void tell_who_waits() {
    int sum = 0;
    Event begun;
    System system;
    const Ref<Sleeper> sleeper = system.spawn<Sleeper>(sum);
    sleeper.tell(Sleep{begun});
    begun.wait();
    std::string story;
    const auto is_asleep = [&] {
        // [dump]
        story = system.dump();  // who waits, for what, where, how long
        // [end]
        return contains(story, "Sleeper");
    };
    wait_until(is_asleep, "the dump names the actor");
    expect(contains(story, "sleep") && contains(story, "ending.cpp"), "for what, and where");
    sleeper.kill();
}

void count_dead_letters() {
    int sum = 0;
    System system;
    const Ref<Sleeper> sleeper = system.spawn<Sleeper>(sum);
    sleeper.stop();
    wait_until([&] { return sleeper.has_ended(); }, "it ends");
    // [dead_letters]
    sleeper.tell(Number{1});                        // it has ended: that is no error
    const Sent sent = sleeper.try_tell(Number{2});  // says so: Sent::stopped
    const SystemStats stats = system.stats();       // counts both
    // [end]
    expect(sent == Sent::stopped && stats.dead_letters == 2, "dead letters are counted");
    expect(sum == 0, "none was handled");
}

}  // namespace

std::vector<Snippet> ending_snippets() {
    return {
        {"end_an_actor", end_an_actor},
        {"end_the_system", end_the_system},
        {"end_who_is_late", end_who_is_late},
        {"call_hooks_of_the_stop", call_hooks_of_the_stop},
        {"look_at_the_tree", look_at_the_tree},
        {"tell_who_waits", tell_who_waits},
        {"count_dead_letters", count_dead_letters},
    };
}
