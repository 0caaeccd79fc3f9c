// Bounded mailboxes and their policies, and one payload for many.
#include <greenroom/actors/shared.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/event.hpp>
#include <string>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

struct Hold {
    Event& begun;
    Event& go_on;
};
struct Line {
    int number;
};
struct Lines {};

class Log : public Actor {
public:
    void on(const Hold& hold) {
        hold.begun.set();
        hold.go_on.wait();
    }
    void on(Line line) { numbers_.push_back(line.number); }
    std::vector<int> on(Lines) { return numbers_; }

private:
    std::vector<int> numbers_;
};

// Keeps a log busy while it lives.
class Busy {
public:
    explicit Busy(const Ref<Log>& log) {
        log.tell(Hold{begun_, go_on_});
        begun_.wait();
    }
    void end() { go_on_.set(); }

private:
    Event begun_;
    Event go_on_;
};

std::vector<int> lines_of(const Ref<Log>& log) {
    wait_until([&] { return log.queued() == 0; }, "its mailbox is empty in the end");
    return log.ask(Lines{});
}

void drop_the_oldest() {
    System system;
    // [drop_oldest]
    const Ref<Log> log =
        system.spawn_with<Log>({.mailbox = {.bound = 2, .when_full = WhenFull::drop_oldest}});
    // [end]
    Busy busy{log};
    for (int i = 1; i <= 3; ++i) log.tell(Line{i});
    expect(log.queued() == 2, "no more than the bound are queued");
    busy.end();
    expect(lines_of(log) == std::vector<int>{2, 3}, "the oldest was dropped");
    expect(system.stats().dropped == 1, "and counted");
}

void fail_when_full() {
    System system;
    const Ref<Log> log =
        system.spawn_with<Log>({.mailbox = {.bound = 1, .when_full = WhenFull::fail}});
    Busy busy{log};
    log.tell(Line{1});
    bool refused = false;
    // [fail]
    try {
        log.tell(Line{2});
    } catch (const MailboxFull&) {
        refused = true;
    }
    const Sent sent = log.try_tell(Line{3});  // of any policy: never waits, never throws that
    // [end]
    busy.end();
    expect(refused && sent == Sent::full, "a full mailbox is told to the sender");
    expect(lines_of(log) == std::vector<int>{1}, "nothing else was sent");
}

void wait_for_room() {
    System system;
    const Ref<Log> log = system.spawn_with<Log>({.mailbox = {.bound = 1}});
    // [wait_for_room]
    for (int i = 1; i <= 100; ++i) log.tell(Line{i});  // no faster than they are handled
    // [end]
    expect(lines_of(log).size() == 100, "nothing was lost");
}

void tell_of_overload() {
    std::string story;
    // [overload]
    SystemOptions options;
    options.on_overload = [&](const Overload& overload) {  // in the actor's turn: it must not wait
        story = to_string(overload);
    };
    System system{options};
    const Ref<Log> log = system.spawn_with<Log>({.mailbox = {.overload_at = 100}});
    // [end]
    Busy busy{log};
    for (int i = 1; i <= 200; ++i) log.tell(Line{i});
    busy.end();
    expect(lines_of(log).size() == 200, "all are handled");
    expect(contains(story, "Line"), "it names the types");
}

struct Snapshot {
    std::vector<int> prices;
};
struct Seen {};

// [shared]
class Viewer : public Actor {
public:
    void on(const Snapshot& snapshot) { seen_ = &snapshot; }  // the one that all are given
    const void* on(Seen) { return seen_; }

private:
    const void* seen_ = nullptr;
};
// [end]

void share_a_payload() {
    System system;
    const std::vector<Ref<Viewer>> viewers{system.spawn<Viewer>(), system.spawn<Viewer>()};
    // [share]
    const Shared<Snapshot> snapshot = share(Snapshot{{1, 2, 3}});
    for (const Ref<Viewer>& viewer : viewers) viewer.tell(snapshot);
    // [end]
    expect(viewers[0].ask(Seen{}) == &*snapshot, "the payload is not copied");
    expect(viewers[1].ask(Seen{}) == &*snapshot, "all have the same");
}

}  // namespace

std::vector<Snippet> mailbox_snippets() {
    return {
        {"drop_the_oldest", drop_the_oldest}, {"fail_when_full", fail_when_full},
        {"wait_for_room", wait_for_room},     {"tell_of_overload", tell_of_overload},
        {"share_a_payload", share_a_payload},
    };
}
