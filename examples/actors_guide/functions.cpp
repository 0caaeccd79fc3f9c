// Actors without a class, processes with receive, and stash.
#include <greenroom/actors/system.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

struct Add {
    int value;
};
struct Sum {};
struct Quit {};

void spawn_functions() {
    System system;
    // [functional]
    const auto total = std::make_shared<int>(0);  // state of several functions
    const auto add = [total](Add more) { *total += more.value; };
    const auto sum = [total](Sum) { return *total; };
    const auto quit = [](FunctionalActor& self, Quit) { self.stop(); };
    const Ref<Protocol<void(Add), int(Sum), void(Quit)>> counter =
        system.spawn_functional(add, sum, quit);
    counter.tell(Add{3});
    const int three = counter.ask(Sum{});
    // [end]
    counter.tell(Quit{});
    expect(three == 3, "a function handles the message that it takes");
    wait_until([&] { return counter.has_ended(); }, "it stops itself");
}

struct Begin {};
struct Beat {};
struct Beats {};

void start_a_timer_of_functions() {
    System system;
    // [functional_timer]
    const auto count = std::make_shared<int>(0);
    const auto session = system.spawn_functional(
        [beat = ActorTimer{}](FunctionalActor& self, Begin) mutable {
            beat = self.start_periodic_timer(5ms, Beat{});  // a capture, where a class has a member
        },
        [count](Beat) { ++*count; }, [count](Beats) { return *count; });
    session.tell(Begin{});
    // [end]
    wait_until([&] { return session.ask(Beats{}) >= 2; }, "its message comes to its function");
}

// [process_messages]
struct Connect {};
struct Send {
    std::string text;
};
struct Close {};
// [end]

void spawn_a_process() {
    System system;
    // [process]
    const auto talk = [](Process& self) {
        self.receive([](Connect) { return std::string{"welcome"}; });  // the others wait
        int sent = 0;
        for (bool goes_on = true; goes_on;) {
            self.receive([&](const Send&) { ++sent; },
                         [&](Close) {
                             goes_on = false;
                             return sent;
                         },
                         after(1min, [&] { goes_on = false; }));  // no such message came
        }
        // it ends when its function returns
    };
    const auto session = system.spawn_process<std::string(Connect), Send, int(Close)>(talk);
    session.tell(Send{"early"});  // kept until it is received
    const std::string greeting = session.ask(Connect{});
    const int sent = session.ask(Close{});
    // [end]
    expect(greeting == "welcome" && sent == 1, "messages are taken when they are wanted");
    wait_until([&] { return session.has_ended(); }, "the process ends with its function");
}

struct Spoil {};
struct GiveUp {};
struct Report {};

void guard_by_a_process() {
    System system;
    const auto worker = system.spawn_functional([](Spoil) { throw std::runtime_error{"spoilt"}; });
    // [process_links]
    const auto guard = [worker](Process& self) {
        self.link(worker);
        const ActorTimer patience = self.start_timer(1min, GiveUp{});  // goes with the function
        std::string news;
        self.receive([&](const LinkDown& down) { news = to_string(down.reason); },
                     [&](GiveUp) { news = "it works"; });
        self.receive([&](Report) { return news; });
    };
    const auto guarding = system.spawn_process<std::string(Report), LinkDown>(guard);
    // [end]
    worker.tell(Spoil{});
    expect(contains(guarding.ask(Report{}), "spoilt"), "it is told, and does not fail");
}

// [stash]
struct Query {};
struct Connected {};

class Database : public Actor {
public:
    void on(Query query, Reply<std::string> reply) {
        if (!is_connected_) return stash(this, query, std::move(reply));  // as if it had not come
        reply.set("a row");
    }
    void on(Connected) {
        is_connected_ = true;
        unstash();  // what was kept is next, oldest first
    }

private:
    bool is_connected_ = false;
};
// [end]

void keep_for_later() {
    System system;
    const Ref<Database> database = system.spawn<Database>();
    Future<std::string> early = database.request(Query{});
    database.tell(Connected{});
    expect(early.get() == "a row", "what was stashed is handled later");
    expect(database.ask(Query{}) == "a row", "and what comes then at once");
}

}  // namespace

std::vector<Snippet> function_snippets() {
    return {
        {"spawn_functions", spawn_functions},
        {"start_a_timer_of_functions", start_a_timer_of_functions},
        {"spawn_a_process", spawn_a_process},
        {"guard_by_a_process", guard_by_a_process},
        {"keep_for_later", keep_for_later},
    };
}
