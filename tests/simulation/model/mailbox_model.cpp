// MailboxWord: two senders, one actor, two workers that run it when a push says so.
//
// Property  The actor runs on one worker at a time. Every message is handled once, in the order of
//           its sender, or its push was told that the mailbox is closed.
#include <greenroom/core/detail/mailbox_word.hpp>
#include <utility>

#include "simulation/model/explore.hpp"

namespace greenroom::model {

namespace {

using detail::MailboxLink;
using detail::MailboxWord;
using detail::Mutant;
using detail::Pushed;

constexpr int senders = 2;
constexpr int messages_each = 4;

struct Message : MailboxLink {
    int sender = 0;
    int number = 0;
};

// The members that are no atomics change without a point between: one thread plays all.
class Actor {
public:
    Actor(int closes_after, bool asks) : closes_after_{closes_after}, asks_{asks} {}

    void send(Message& message) {
        switch (word_.push(message)) {
            case Pushed::queued: return;
            case Pushed::asked: require(--asked_ >= 0, "one for each mark"); return;
            case Pushed::unusual: require(false, "a push goes on until it is decided"); return;
            case Pushed::first: return hand_over(message);
            case Pushed::wakes: require(false, "no handler waits"); return;
            case Pushed::closed: ++dead_letters_; return;
        }
    }

    // A worker that looks for work once. False: there was none.
    bool run_if_scheduled() {
        if (scheduled_ == 0) return false;
        --scheduled_;
        require(!running_, "on one worker at a time");
        running_ = true;
        turn();
        return true;
    }

    void require_all() const {
        require(handled_ + dead_letters_ == senders * messages_each, "no message is lost");
        require(!running_ || closed_, "it ends its turn");
    }

private:
    // As a cell does: of who has un-idled the actor, and nobody else.
    void hand_over(Message& message) {
        first_ = &message;
        ++scheduled_;
    }

    void turn() {
        do {
            MailboxLink* taken = std::exchange(first_, nullptr);
            if (taken == nullptr) taken = word_.take();
            if (taken != nullptr && asks_) {
                ++asked_;
                word_.ask_for_sender();
            }
            handle(taken);
            if (!closed_ && handled_ >= closes_after_) {
                closed_ = true;
                handle(word_.close());
                return;  // and stays running: nobody may schedule it any more
            }
            running_ = false;  // before try_idle(), which lets the next turn begin
        } while (!idle());
    }

    bool idle() {
        const bool idles = word_.try_idle();
        if (!idles) running_ = true;
        return idles;
    }

    void handle(MailboxLink* link) {
        while (link != nullptr) {
            const auto& message = static_cast<Message&>(*link);
            link = link->next;
            require(message.number == seen_[message.sender]++, "in the order of its sender");
            ++handled_;
        }
    }

    MailboxWord word_;
    MailboxLink* first_ = nullptr;  // of the next turn
    const int closes_after_;
    const bool asks_;  // who sends
    int asked_ = 0;    // marks that no push has found yet
    int scheduled_ = 0;
    bool running_ = false;
    bool closed_ = false;
    int handled_ = 0;
    int dead_letters_ = 0;
    int seen_[senders] = {};
};

void play(SimulatedMachine& machine) {
    const bool closes = machine.choose(2) == 0;
    const bool asks = machine.choose(2) == 0;
    Actor actor{closes ? 3 : senders * messages_each + 1, asks};
    Message messages[senders][messages_each];
    bool all_sent = false;
    auto sends = [&](int sender) {
        return [&, sender] {
            for (int i = 0; i < messages_each; ++i) {
                messages[sender][i].sender = sender;
                messages[sender][i].number = i;
                actor.send(messages[sender][i]);
            }
        };
    };
    auto works = [&] {
        while (!all_sent) {
            if (!actor.run_if_scheduled()) machine.pause();
        }
        while (actor.run_if_scheduled()) {
        }
    };
    {
        auto first_worker = machine.start("first worker", works);
        auto second_worker = machine.start("second worker", works);
        {
            auto first = machine.start("first sender", sends(0));
            auto second = machine.start("second sender", sends(1));
        }
        all_sent = true;
    }
    actor.require_all();
}

const Added added{{"Mailbox", &play},
                  {Mutant::mailbox_store_for_exchange, Mutant::mailbox_idle_without_compare,
                   Mutant::mailbox_no_schedule, Mutant::mailbox_schedules_always}};

}  // namespace

}  // namespace greenroom::model
