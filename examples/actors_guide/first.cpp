// A first actor: its class, spawn, tell, ask, answers and errors, hooks and children.
#include <greenroom/actors/system.hpp>
#include <greenroom/core/event.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

// [messages]
struct Deposit {
    int cents;
};
struct Withdraw {
    int cents;
};
struct Balance {};
// [end]

// [account]
class Account : public Actor {
public:
    explicit Account(int cents) : cents_{cents} {}

    void on(Deposit deposit) { cents_ += deposit.cents; }  // one message at a time: no lock
    int on(Balance) { return cents_; }                     // what it returns is the answer
    Result<int> on(Withdraw withdraw) {                    // an answer, or why there is none
        if (withdraw.cents > cents_) return std::runtime_error{"too little money"};
        return cents_ -= withdraw.cents;
    }

private:
    int cents_;
};
// [end]

void spawn_tell_and_ask() {
    // [spawn]
    System system;  // starts a worker thread for each processor
    const Ref<Account> account = system.spawn<Account>(100);
    account.tell(Deposit{25});                 // goes on at once
    const int cents = account.ask(Balance{});  // waits for the answer
    // [end]
    expect(cents == 125, "messages of one sender are handled in their order");
}

void answer_with_an_error() {
    System system;
    const Ref<Account> account = system.spawn<Account>(100);
    std::string why;
    // [refusal]
    try {
        account.ask(Withdraw{1000});
    } catch (const std::runtime_error& refusal) {  // what the Result was made from
        why = refusal.what();
    }
    const int cents = account.ask(Balance{});  // the account has not failed
    // [end]
    expect(why == "too little money", "the asker catches what the handler returned");
    expect(cents == 100, "the account lives on");
}

// [fragile]
struct Total {};

class Ledger : public Actor {
public:
    int on(Total) { throw std::runtime_error{"the ledger is torn"}; }
};
// [end]

void fail_in_a_handler() {
    System system;
    const Ref<Ledger> ledger = system.spawn<Ledger>();
    std::string why;
    // [failure]
    try {
        ledger.ask(Total{});
    } catch (const HandlerFailed& failure) {
        why = failure.what();  // names the actor and the message, and what was thrown
    }
    // [end]
    expect(contains(why, "the ledger is torn"), "the story has what was thrown");
    expect(contains(why, "Ledger") && contains(why, "Total"), "it names actor and message");
    expect(throws<ActorStopped>([&] { ledger.ask(Total{}); }), "the actor has ended by that");
    expect(system.stats().failures == 1, "it is counted");
}

// Does not answer before it is let.
class Slow : public Actor {
public:
    explicit Slow(Event& go_on) : go_on_{go_on} {}
    int on(Balance) {
        go_on_.wait();
        return 0;
    }

private:
    Event& go_on_;
};

void wait_only_so_long() {
    Event go_on;
    System system;
    const Ref<Slow> slow = system.spawn<Slow>(go_on);
    bool gave_up = false;
    // [timeout]
    try {
        slow.ask(Balance{}, 20ms);  // five seconds unless told
    } catch (const Timeout&) {
        gave_up = true;  // the request may still be handled
    }
    // [end]
    go_on.set();
    expect(gave_up, "an ask ends by its time");
    const auto is_counted = [&] {
        const SystemStats stats = system.stats();
        return stats.late_answers + stats.expired_asks == 1;  // the handler had begun, or not
    };
    wait_until(is_counted, "an answer for which it is too late is counted");
}

// [hooks]
class Bank : public Actor {
public:
    explicit Bank(Event& closed) : closed_{closed} {}

    Ref<Account> on(Balance) { return vault_; }

protected:
    void on_start() override { vault_ = spawn<Account>(500); }  // a child, which ends before it
    void on_stop(const ExitReason&) override { closed_.set(); }

private:
    Event& closed_;
    Ref<Account> vault_;
};
// [end]

void start_and_stop() {
    Event closed;
    System system;
    const Ref<Bank> bank = system.spawn<Bank>(closed);
    const Ref<Account> vault = bank.ask(Balance{});
    expect(vault.ask(Balance{}) == 500, "on_start has made the child");
    bank.stop();
    closed.wait();
    expect(vault.has_ended(), "a child ends before its parent's on_stop");
}

void tell_in_place() {
    System system;
    const Ref<Account> account = system.spawn<Account>(0);
    // [tell_forms]
    const Deposit deposit{5};
    account.tell(deposit);                        // a copy
    account.tell(Deposit{5});                     // moved
    account.tell<Deposit>(5);                     // built in its place
    const Sent sent = account.try_tell(deposit);  // never waits, and says how it ended
    // [end]
    expect(sent == Sent::sent, "the mailbox has room");
    expect(account.ask(Balance{}) == 20, "four messages were handled");
}

}  // namespace

std::vector<Snippet> first_snippets() {
    return {
        {"spawn_tell_and_ask", spawn_tell_and_ask}, {"answer_with_an_error", answer_with_an_error},
        {"fail_in_a_handler", fail_in_a_handler},   {"wait_only_so_long", wait_only_so_long},
        {"start_and_stop", start_and_stop},         {"tell_in_place", tell_in_place},
    };
}
