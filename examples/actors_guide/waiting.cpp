// Waiting inside of a handler, reentrant actors, and circles of asks.
#include <greenroom/actors/system.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/gather.hpp>
#include <greenroom/core/sleep.hpp>
#include <string>
#include <utility>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

struct Rate {
    std::string currency;
};

class Rates : public Actor {
public:
    int on(const Rate& rate) { return rate.currency == "EUR" ? 100 : 90; }
};

// [wait]
struct Convert {
    int cents;
    std::string currency;
};

class Desk : public Actor {
public:
    explicit Desk(Ref<Rates> rates) : rates_{std::move(rates)} {}

    int on(const Convert& wish) {
        const int rate = rates_.ask(Rate{wish.currency});  // this handler waits, and no thread
        sleep_for(1ms);                                    // here, too
        return wish.cents * rate / 100;
    }

private:
    Ref<Rates> rates_;
};
// [end]

void wait_in_a_handler() {
    System system;
    const Ref<Desk> desk = system.spawn<Desk>(system.spawn<Rates>());
    expect(desk.ask(Convert{200, "USD"}) == 180, "the handler went on with the answer");
}

// [gather]
struct Compare {};

class Analyst : public Actor {
public:
    explicit Analyst(Ref<Rates> rates) : rates_{std::move(rates)} {}

    int on(Compare) {
        const auto [euro, dollar] = gather([this] { return rates_.ask(Rate{"EUR"}); },
                                           [this] { return rates_.ask(Rate{"USD"}); });
        return euro - dollar;
    }

private:
    Ref<Rates> rates_;
};
// [end]

void ask_two_at_once() {
    System system;
    const Ref<Analyst> analyst = system.spawn<Analyst>(system.spawn<Rates>());
    expect(analyst.ask(Compare{}) == 10, "both were asked");
}

// [reentrant]
struct Pass {};
struct Open {};

class Gate : public Actor {
public:
    void on(Pass) { is_open_.wait(); }  // many of these may stand here
    void on(Open) { is_open_.set(); }   // meanwhile this is handled

private:
    Event is_open_;
};
// [end]

void handle_others_meanwhile() {
    System system;
    // [spawn_reentrant]
    const Ref<Gate> gate = system.spawn_with<Gate>({.reentrant = true});
    Future<void> first = gate.request(Pass{});
    Future<void> second = gate.request(Pass{});
    gate.tell(Open{});
    first.get();
    second.get();
    // [end]
    expect(!gate.has_ended(), "all three were handled");
}

// [circle]
struct Name {};
struct Sign {
    Ref<Protocol<std::string(Name)>> whose;
};
struct Apply {};

class Clerk : public Actor {
public:
    std::string on(const Sign& sign) {
        try {
            return "for " + sign.whose.ask(Name{});  // who waits for this clerk
        } catch (const AskCycle& circle) {
            return circle.what();
        }
    }
};

class Applicant : public Actor {
public:
    explicit Applicant(Ref<Clerk> clerk) : clerk_{std::move(clerk)} {}
    std::string on(Name) { return "Ada"; }
    std::string on(Apply) { return clerk_.ask(Sign{self(this)}); }

private:
    Ref<Clerk> clerk_;
};
// [end]

// [task_circle]
class Librarian : public Actor {
public:
    std::string on(Name) { return "Grace"; }
    std::string on(Apply) {
        const auto [name, other] = gather([&] { return name_of(self(this)); }, [] { return 1; });
        return name;
    }

private:
    static std::string name_of(const Ref<Librarian>& librarian) {
        try {
            return librarian.ask(Name{});  // a call of on(Name{}) would do
        } catch (const AskCycle& circle) {
            return circle.what();
        }
    }
};
// [end]

void find_a_circle() {
    System system;
    const Ref<Clerk> clerk = system.spawn<Clerk>();
    const std::string story = system.spawn<Applicant>(clerk).ask(Apply{});
    expect(contains(story, "closes a circle"), "it fails at once");
    expect(contains(story, "Sign") && contains(story, "Name") && contains(story, "waiting.cpp"),
           "the story names messages and lines");
    // [open_circle]
    const auto applicant = system.spawn_with<Applicant>({.reentrant = true}, clerk);
    const std::string signature = applicant.ask(Apply{});  // it tells its name while it waits
    // [end]
    expect(signature == "for Ada", "a reentrant actor closes no circle");
    const std::string of_task = system.spawn<Librarian>().ask(Apply{});
    expect(contains(of_task, "closes a circle"), "nor may a task ask its own actor");
}

}  // namespace

std::vector<Snippet> waiting_snippets() {
    return {
        {"wait_in_a_handler", wait_in_a_handler},
        {"ask_two_at_once", ask_two_at_once},
        {"handle_others_meanwhile", handle_others_meanwhile},
        {"find_a_circle", find_a_circle},
    };
}
