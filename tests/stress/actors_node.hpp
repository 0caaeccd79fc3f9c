// Node, Watcher, Driver: who does random things with an ActorsWorld.
#pragma once

#include <exception>
#include <greenroom/actors/errors.hpp>
#include <greenroom/core/blocking.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/stack_class.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/timeout.hpp>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

#include "actors_world.hpp"

namespace greenroom::stress {

class PlannedFailure : public std::runtime_error {
public:
    PlannedFailure() : std::runtime_error{"as planned"} {}
};

struct Hello {
    ActorId from;
};
struct Watch {
    Ref<Node> node;
    ActorId id;
};
struct Owed {};

// Watches who it is told to, and lives until all of them have ended.
class Watcher : public Actor {
public:
    explicit Watcher(World& world) : world_{world} {}

    void on_start() override {
        for (unsigned i = 0; i < 8; ++i) watch_name(this, "n" + std::to_string(i));
    }
    void on(const NameRegistered& news) {
        require(!std::exchange(has_owner_[news.name], true), "a name is freed before it is given");
    }
    void on(const NameFreed& news) {
        require(std::exchange(has_owner_[news.name], false), "a name is given before it is freed");
    }
    void on(const Hello& hello) {
        world_.handled.fetch_add(1);
        require(!ended_.contains(hello.from.number),
                "Down comes after all that the dead actor had sent");
    }
    void on(const Watch& wanted) {
        world_.handled.fetch_add(1);
        ++owed_[wanted.id.number];
        watch(this, wanted.node);
    }
    void on(const Down& down) {
        figures.downs.fetch_add(1);
        require(owed_[down.actor.number]-- > 0, "one Down for each watch");
        ended_[down.actor.number] = true;
    }
    std::uint64_t on(Owed) {
        std::uint64_t sum = 0;
        for (const auto& [id, count] : owed_) sum += count;
        return sum;
    }

private:
    World& world_;
    std::map<std::uint64_t, std::uint64_t> owed_;
    std::map<std::uint64_t, bool> ended_;
    std::map<std::string, bool> has_owner_;
};

// Sends, and keeps the books.
class Sender {
public:
    Sender(World& world, std::uint64_t seed, std::uint32_t rank)
        : world_{world}, random_{seed}, teller_{world.tellers.fetch_add(1)}, rank_{rank} {}

    Random& random() noexcept { return random_; }
    bool may_wait_for(const Contact& contact) const noexcept {
        return contact.mailbox.bound == 0 || rank_ < contact.rank ||
               contact.mailbox.when_full != WhenFull::suspend_sender;
    }

    void tell(const Contact& contact);
    template <class M, class A>
    void tell_always(const Ref<A>& ref, M message) {
        ref.tell(std::move(message));
        world_.sent.fetch_add(1);
    }
    // Throws what the ask throws, but not what is to be expected here.
    void ask(const Contact& contact, Duration timeout);

private:
    World& world_;
    Random random_;
    const std::uint32_t teller_;
    const std::uint32_t rank_;
    std::uint64_t number_ = 0;
};

class Node : public Actor {
public:
    Node(World& world, std::uint64_t seed, std::uint32_t rank, int depth)
        : world_{world}, sender_{world, seed, rank}, depth_{depth} {
        if (sender_.random().one_in(50)) throw PlannedFailure{};
        world_.nodes_made.fetch_add(1);
    }
    ~Node() override {
        world_.nodes_destroyed.fetch_add(1);
        if (sender_.random().one_in(30)) yield();
    }

    void on(const Item& item) {
        enter();
        std::uint64_t& last = last_of_[item.teller];
        require(last < item.number, "messages of one sender come in the order sent");
        last = item.number;
        act();
        leave();
    }
    std::uint64_t on(const Question& question) {
        enter();
        act();
        leave();
        return answer_to(question.value);
    }

    void on(const Down&) {
        require(started_ && !stopped_, "Down comes between on_start and on_stop");
        require(!inside_, "one handler at a time");
        if (random().one_in(4)) act();
    }

private:
    void on_start() override {
        world_.starts.fetch_add(1);
        started_ = true;
        if (random().one_in(50)) throw PlannedFailure{};
        if (random().one_in(20)) sleep_for(1ms);
    }
    void on_stop(const ExitReason&) override {
        require(!stopped_, "on_stop runs once");
        stopped_ = true;
        world_.stops.fetch_add(1);
        if (random().one_in(4)) act();
    }

    Random& random() noexcept { return sender_.random(); }
    void enter() {
        require(started_ && !stopped_, "a handler runs between on_start and on_stop");
        require(!std::exchange(inside_, true), "one handler at a time");
        world_.handled.fetch_add(1);
        support::progress().step();
    }
    // Not on the way of an exception: then nothing is handled any more.
    void leave() { inside_ = false; }

    void act() {
        const bool sends_on = world_.left.load() > 0;
        switch (random().below(24)) {
            case 0:
            case 1:
            case 2:
                if (sends_on) sender_.tell(world_.contact(random()));
                break;
            case 3:
            case 4:
                if (sends_on) sender_.ask(world_.contact(random()), 2ms);
                break;
            case 5: yield(); break;
            case 6: sleep_for(random().of<Duration>({0us, 100us, 2ms})); break;
            case 7:
                if (random().one_in(4)) throw PlannedFailure{};
                break;
            case 8:
                if (random().one_in(4)) stop();
                break;
            case 9:
                if (sends_on && depth_ < 3) have_child();
                break;
            case 10:
            case 11: sender_.tell_always(world_.watcher_in(system(), random()), Hello{id()}); break;
            case 12:
                friend_ = random().one_in(2) ? self(this) : world_.contact(random()).node;
                break;
            case 13:
                // Some of these end first, and some of those.
                if (const Contact other = world_.contact(random()); other.node && !stopped_) {
                    watch(this, other.node);
                }
                break;
            case 14:
                if (random().one_in(4)) (void)blocking([] { return 1; });
                break;
            default: break;
        }
    }
    void have_child();

    World& world_;
    Sender sender_;
    const int depth_;
    bool started_ = false;
    bool stopped_ = false;
    bool inside_ = false;
    Ref<Node> friend_;  // a ring of references keeps nobody alive
    std::map<std::uint32_t, std::uint64_t> last_of_;
};

inline ActorOptions random_node(Random& random) {
    ActorOptions options;
    if (random.one_in(2)) {
        options.mailbox.bound = 1 + random.below(8U);
        options.mailbox.when_full = random.of({WhenFull::suspend_sender, WhenFull::fail,
                                               WhenFull::drop_newest, WhenFull::drop_oldest});
    }
    if (random.one_in(20)) options.stack_class = random.of({StackClass::small, StackClass::large});
    return options;
}

// By `spawner`: a System, or a node. Counted in; who does not come to life is not.
template <class Spawn>
void make_node(World& world, Random& random, int depth, const Spawn& spawn) {
    const std::uint32_t rank = world.ranks.fetch_add(1);
    const ActorOptions options = random_node(random);
    try {
        Ref<Node> node = spawn(options, random.next(), rank, depth);
        world.put({std::move(node), options.mailbox, rank});
    } catch (const PlannedFailure&) {
    } catch (const Error& error) {
        require(error.code() == Errc::stopping, error.what());
    }
}

inline void Node::have_child() {
    make_node(world_, random(), depth_ + 1,
              [this](const ActorOptions& options, std::uint64_t seed, std::uint32_t rank,
                     int depth) { return spawn_with<Node>(options, world_, seed, rank, depth); });
}

inline void Sender::tell(const Contact& contact) {
    if (!contact.node) return;
    figures.messages.fetch_add(1);
    const Item item{teller_, ++number_};
    if (random_.one_in(4) || !may_wait_for(contact)) {
        // Full: nothing was sent.
        if (contact.node.try_tell(item) != Sent::full) world_.sent.fetch_add(1);
        return;
    }
    try {
        contact.node.tell(item);
        world_.sent.fetch_add(1);
    } catch (const MailboxFull&) {
        figures.full.fetch_add(1);
    } catch (const AskCycle&) {  // nothing was sent
        figures.circles.fetch_add(1);
    }
}

inline void Sender::ask(const Contact& contact, Duration timeout) {
    if (!contact.node) return;
    figures.messages.fetch_add(1);
    const std::uint64_t value = random_.next();
    const WhenFull when_full = contact.mailbox.when_full;
    const bool drops = when_full == WhenFull::drop_newest || when_full == WhenFull::drop_oldest;
    // Who gives up in the line of a full mailbox has sent nothing, and cannot tell; nor can who
    // asks for somebody whose own time is up.
    const bool may_be_in_line = contact.mailbox.bound != 0 && when_full == WhenFull::suspend_sender;
    const bool perhaps = may_be_in_line || !current_deadline().is_never();
    const auto gave_up = [&] { (perhaps ? world_.perhaps_sent : world_.sent).fetch_add(1); };
    try {
        const std::uint64_t answer = contact.node.ask(Question{value}, timeout);
        world_.sent.fetch_add(1);
        require(answer == answer_to(value), "each ask gets its own answer");
        figures.answered.fetch_add(1);
    } catch (const Timeout&) {
        gave_up();
        figures.timed_out.fetch_add(1);
    } catch (const ActorStopped&) {
        world_.sent.fetch_add(1);
        figures.stopped.fetch_add(1);
    } catch (const AskCycle&) {
        gave_up();
        figures.circles.fetch_add(1);
    } catch (const HandlerFailed&) {
        world_.sent.fetch_add(1);
        figures.failed.fetch_add(1);
    } catch (const MailboxFull&) {
        if (drops) world_.sent.fetch_add(1);
        figures.full.fetch_add(1);
    } catch (const Cancelled&) {
        // At its entry, when nothing was sent, or in its wait.
        world_.perhaps_sent.fetch_add(1);
        figures.cancelled.fetch_add(1);
        throw;
    }
}

}  // namespace greenroom::stress
