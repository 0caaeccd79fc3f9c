// Supervision: children that are made anew, what a restart keeps, and the rules of a parent.
#include <exception>
#include <greenroom/actors/system.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

// [worker]
struct Job {
    int number;
};
struct Count {};

class Worker : public Actor {
public:
    int on(Job job) {
        if (job.number == 0) throw std::invalid_argument{"there is no job 0"};
        return ++done_;
    }
    int on(Count) { return done_; }

private:
    int done_ = 0;
};
// [end]

void restart_a_worker() {
    System system;
    // [supervise]
    const Ref<Worker> worker = system.supervise([] { return Worker{}; });
    system.register_name("worker", worker);
    worker.ask(Job{1});
    worker.tell(Job{0});                        // it fails, and is made anew
    const int done = worker.ask(Job{2});        // the same Ref, mailbox and name
    const bool has_ended = worker.has_ended();  // it has not, and watchers heard nothing
    // [end]
    expect(done == 1, "the state is new, and the message behind was handled");
    expect(!has_ended && system.find<Worker>("worker") == worker, "the name is kept");
}

struct Spoil {};

// [shop]
class Shop : public Actor {
public:
    int on(Job job) { return desk_.ask(job); }
    void on(Spoil) { desk_.tell(Job{0}); }

protected:
    void on_start() override {
        desk_ = supervise([] { return Worker{}; });
        scout_ = supervise([] { return Worker{}; }, {.restart = Restart::transient});
    }

private:
    Ref<Worker> desk_;
    Ref<Worker> scout_;
};
// [end]

void restart_together() {
    System system;
    // [strategy]
    const Ref<Shop> shop = system.spawn_with<Shop>(
        {.supervision = {.strategy = Strategy::rest_for_one, .restarts_max = 5, .within = 10s}});
    // [end]
    expect(shop.ask(Job{1}) == 1 && shop.ask(Job{2}) == 2, "the desk counts");
    shop.tell(Spoil{});
    wait_until([&] { return shop.ask(Job{3}) == 1; }, "the desk was made anew");
    expect(!shop.has_ended(), "and the shop is as it was");
}

void decide_by_the_failure() {
    System system;
    // [directive]
    const Ref<Worker> worker = system.supervise(
        [] { return Worker{}; }, {.on_failure = [](const std::exception_ptr& failure) {
            try {
                std::rethrow_exception(failure);
            } catch (const std::invalid_argument&) {
                return Directive::resume;  // the message is gone, and the worker stays as it is
            } catch (...) {
                return Directive::restart;
            }
        }});
    // [end]
    worker.ask(Job{1});
    expect(throws<HandlerFailed>([&] { worker.ask(Job{0}); }), "the asker hears of it");
    expect(worker.ask(Count{}) == 1, "the state is kept");
}

void end_by_a_stop() {
    System system;
    const Ref<Worker> permanent = system.supervise([] { return Worker{}; });
    const Ref<Worker> transient =
        system.supervise([] { return Worker{}; }, {.restart = Restart::transient});
    permanent.ask(Job{1});
    permanent.stop();
    transient.stop();
    wait_until([&] { return transient.has_ended(); }, "a transient one ends by a stop");
    wait_until([&] { return permanent.ask(Count{}) == 0; }, "a permanent one is made anew");
}

void end_after_too_many() {
    System system;
    const Ref<Worker> worker = system.supervise([] { return Worker{}; });
    for (int i = 0; i < 3; ++i) worker.tell(Job{0});
    expect(worker.ask(Count{}) == 0, "three restarts in five seconds are allowed");
    worker.tell(Job{0});
    wait_until([&] { return worker.has_ended(); }, "one more is one too many");
}

void wait_before_restarts() {
    // [backoff]
    SystemOptions options;  // the rules for actors without a parent
    options.supervision = {
        .restarts_max = 100, .within = 1min, .backoff = {.first = 10ms, .max = 5s, .calm = 1min}};
    System system{options};
    const Ref<Worker> worker = system.supervise([] { return Worker{}; });
    // [end]
    for (int i = 0; i < 3; ++i) worker.tell(Job{0});
    expect(worker.ask(Job{1}) == 1, "an ask waits for the restart");
}

struct Why {};

// [on_restart]
class Reader : public Actor {
public:
    void on(Job) { throw std::runtime_error{"the disk is gone"}; }
    std::string on(Why) { return why_; }

protected:
    void on_restart(const ExitReason& why) override {  // in place of on_start, of the new object
        why_ = to_string(why);
        on_start();
    }

private:
    std::string why_;
};
// [end]

void know_of_the_restart() {
    System system;
    const Ref<Reader> reader = system.supervise([] { return Reader{}; });
    reader.tell(Job{1});
    expect(contains(reader.ask(Why{}), "the disk is gone"), "the new one knows why");
}

struct Open {};

// Keeps its jobs until it is opened; fails when it is spoilt.
class Office : public Actor {
public:
    int on(Job job) {
        if (!is_open_) {
            stash(this, job);
            return 0;
        }
        return ++done_;
    }
    int on(Count) { return done_; }
    void on(Spoil) { throw std::runtime_error{"a fire"}; }
    void on(Open) {
        is_open_ = true;
        unstash();
    }

protected:
    void on_restart(const ExitReason&) override { is_open_ = true; }

private:
    bool is_open_ = false;
    int done_ = 0;
};

void handle_what_was_stashed() {
    System system;
    const Ref<Office> office = system.supervise([] { return Office{}; });
    office.tell(Job{1});
    office.tell(Job{2});
    office.tell(Spoil{});
    expect(office.ask(Count{}) == 2, "the new object is given what the old one had stashed");
}

}  // namespace

std::vector<Snippet> supervision_snippets() {
    return {
        {"restart_a_worker", restart_a_worker},
        {"restart_together", restart_together},
        {"decide_by_the_failure", decide_by_the_failure},
        {"end_by_a_stop", end_by_a_stop},
        {"end_after_too_many", end_after_too_many},
        {"wait_before_restarts", wait_before_restarts},
        {"handle_what_was_stashed", handle_what_was_stashed},
        {"know_of_the_restart", know_of_the_restart},
    };
}
